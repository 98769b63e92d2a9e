using System.Text.RegularExpressions;
using Pipeline.Domain.Validation.Security.Reading;

namespace Pipeline.Domain.Validation.Security.Measures;

/// <summary>Where data are sent to, against what the skill says it is about.</summary>
internal static partial class HostMeasures
{
    private const int ShortestWord = 4;

    // More places than this, and the host is what the skill is about, whether its description says so or not.
    private const int FewMentions = 3;

    // A name mentions the names that it ends with; longer ones are no hosts.
    private const int MostLabels = 10;

    private static readonly HashSet<string> Common = new(
        "http https localhost example domain your host server test api-server myapp site internal local".Split(' '), StringComparer.Ordinal);

    /// <summary>Commands that send something to a host of which neither name nor description of the skill say a word.</summary>
    /// <param name="about">Name, description and headings of the skill, in lower case.</param>
    public static IEnumerable<Hit> Unrelated(Layer layer, string about)
    {
        var sent = new List<(int Index, int Length, string Host)>();
        foreach (var (index, length) in Matches(Sending(), layer.Text))
        {
            var host = Host().Match(layer.Text.Substring(index, length)).Value;
            if (host.Length == 0) continue;
            host = host[(host.IndexOf("//", StringComparison.Ordinal) + 2)..].TrimEnd('.').ToLowerInvariant();
            if (IsOutside(host) && !IsRelated(host, about)) sent.Add((index, length, host));
        }
        var mentions = Mentions(layer.Text, sent.Select(s => s.Host));
        foreach (var (index, length, host) in sent)
            if (mentions[host] <= FewMentions) yield return layer.HitAt(SecurityMeasures.UnrelatedHost, index, length);
    }

    private static bool IsOutside(string host) =>
        host.Contains('.', StringComparison.Ordinal) && !host.StartsWith("127.", StringComparison.Ordinal) && !host.StartsWith("192.168.", StringComparison.Ordinal)
        && !host.StartsWith("10.", StringComparison.Ordinal) && !host.StartsWith("0.0.0.0", StringComparison.Ordinal) && !host.Contains("your", StringComparison.Ordinal)
        && host.Split('.')[^1] is not ("local" or "internal" or "localhost" or "test" or "invalid") && host.Split('.') is not [.., "example", _];

    // Words of the host in what the skill says of itself, or the other way round: api.openai.com and "OpenAI".
    private static bool IsRelated(string host, string about) =>
        host.Split('.').SkipLast(1).Append(host).SelectMany(label => label.Split('-').Append(label))
            .Any(word => word.Length >= ShortestWord && !Common.Contains(word) && about.Contains(word, StringComparison.Ordinal))
        || (host.Split('.') is [.., { Length: < ShortestWord } site, _] && about.Split(' ', '-', '/', ',', '.', '(', ')', ':', '"').Contains(site, StringComparer.Ordinal));

    // Counted in one go: a text may name as many hosts as it has lines.
    private static Dictionary<string, int> Mentions(string text, IEnumerable<string> hosts)
    {
        var mentions = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var host in hosts) mentions[host] = 0;
        if (mentions.Count == 0) return mentions;
        var counted = mentions.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var (index, length) in Matches(Name(), text))
        {
            var name = text.AsSpan(index, length);
            for (var labels = 0; labels < MostLabels; labels++)
            {
                if (counted.TryGetValue(name, out var count)) counted[name] = count + 1;
                if (name.IndexOf('.') is not (>= 0 and var dot)) break;
                name = name[(dot + 1)..];
            }
        }
        return mentions;
    }

    private static List<(int Index, int Length)> Matches(Regex pattern, string text)
    {
        var matches = new List<(int, int)>();
        foreach (var match in pattern.EnumerateMatches(text)) matches.Add((match.Index, match.Length));
        return matches;
    }

    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    [GeneratedRegex("""\bcurl\b[^\n|;]{0,200}(\s-d\b|\s-F\b|\s-T\b|--data|--form|--upload-file|-X ?(POST|PUT))[^\n|;]{0,120}https?://[\w.-]+|\bcurl\b[^\n|;]{0,80}https?://[\w.-]+[^\n|;]{0,120}(\s-d\b|\s-F\b|\s-T\b|--data|--form|--upload-file)|\bwget\b[^\n|;]{0,80}--post[^\n|;]{0,80}https?://[\w.-]+|\b(requests|httpx|axios|session)\.(post|put)\(\s*f?["']https?://[\w.-]+""", Linear)]
    private static partial Regex Sending();

    [GeneratedRegex(@"https?://[\w.-]+", Linear)]
    private static partial Regex Host();

    [GeneratedRegex(@"[\w-]+(\.[\w-]+)+", Linear)]
    private static partial Regex Name();
}
