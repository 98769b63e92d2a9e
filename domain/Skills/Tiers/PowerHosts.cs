using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>Hosts that a text names: in addresses, and as what programs of the network are given.</summary>
internal static partial class PowerHosts
{
    // Any operand of these is a place, with a dot in it or not.
    private static readonly FrozenSet<string> Connecting = Set("nc ncat netcat ssh sftp telnet ftp mosh ping");

    private static readonly FrozenSet<string> Fetching = Set(
        "curl wget scp rsync socat http https xh aria2c axel lftp tftp dig nslookup host nmap openssl git iwr irm invoke-webrequest invoke-restmethod");

    public static IEnumerable<string> In(string text) => Address().Matches(text).Select(m => HostOf(m.Groups["host"].Value));

    public static IEnumerable<string> Of(CommandHead head)
    {
        var connects = Connecting.Contains(head.Program);
        if (!connects && !Fetching.Contains(head.Program)) return [];
        return head.Words.Skip(1).Where(w => !w.Contains("://", StringComparison.Ordinal)).Select(ValueOf).Select(v => Operand().Match(v).Groups["host"].Value)
            .Where(h => h.Length > 0 && (connects || h[0] == '[' || h.Contains('$', StringComparison.Ordinal) || Place().IsMatch(h))).Select(HostOf);
    }

    // --url=evil.example, and no other option.
    private static string ValueOf(string word) =>
        word is ['-', ..] ? word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? word[(at + 1)..] : "" : word;

    private static string HostOf(string authority)
    {
        var host = authority[(authority.LastIndexOf('@') + 1)..].TrimEnd('.', ',', ':', ';').ToLowerInvariant();
        return host.StartsWith("www.", StringComparison.Ordinal) ? host[4..] : host;
    }

    private static FrozenSet<string> Set(string words) => words.Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    [GeneratedRegex("(?:[a-z][a-z0-9+.-]{1,20}://|\\bgit@|/dev/(?:tcp|udp)/)(?<host>(?:[^\\s/\"'<>()\\[\\]{}`|\\\\?#@]{0,255}@)?(?:\\[[0-9a-z:.%]{1,100}\\](?::[0-9]{1,5})?|[^\\s/\"'<>()\\[\\]{}`|\\\\?#]{1,255}))", Linear)]
    private static partial Regex Address();

    [GeneratedRegex("\\A(?:[^\\s/@]{0,255}@)?(?<host>\\[[0-9a-z:.%]{1,100}\\]|[^\\s/:?#@\\[\\]\"'{}]{1,255})", Linear)]
    private static partial Regex Operand();

    // A name with a dot, this machine, or an address written as one number.
    [GeneratedRegex("\\A(?:[\\p{L}\\p{N}_-]+(?:\\.[\\p{L}\\p{N}_-]+)+\\.?|localhost|[0-9]{6,10}|0x[0-9a-f]{6,8})\\z", Linear)]
    private static partial Regex Place();
}
