using System.Text.RegularExpressions;
using Pipeline.Domain.Validation.Security.Reading;

namespace Pipeline.Domain.Validation.Security.Measures;

/// <summary>Where data are sent to, against what the skill says it is about.</summary>
internal static partial class HostMeasures
{
    private const int ShortestWord = 4;

    // More places than this, and the host is what the skill is about, whether its description says so or not.
    private const int FewMentions = 3;

    private static readonly HashSet<string> Common = new(
        "http https localhost example domain your host server test api-server myapp site internal local".Split(' '), StringComparer.Ordinal);

    /// <summary>Commands that send something to a host of which neither name nor description of the skill say a word.</summary>
    /// <param name="about">Name, description and headings of the skill, in lower case.</param>
    public static IEnumerable<Hit> Unrelated(Layer layer, string about)
    {
        foreach (var (index, length) in Matches(layer.Text))
        {
            var command = layer.Text.Substring(index, length);
            var host = Host().Match(command).Value;
            if (host.Length == 0) continue;
            host = host[(host.IndexOf("//", StringComparison.Ordinal) + 2)..].ToLowerInvariant();
            if (!IsOutside(host) || IsRelated(host, about) || Mentions(layer.Text, host) > FewMentions) continue;
            yield return layer.HitAt(SecurityMeasures.UnrelatedHost, index, length);
        }
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

    private static int Mentions(string text, string host)
    {
        var count = 0;
        for (var at = text.IndexOf(host, StringComparison.OrdinalIgnoreCase); at >= 0 && count <= FewMentions; at = text.IndexOf(host, at + host.Length, StringComparison.OrdinalIgnoreCase)) count++;
        return count;
    }

    private static List<(int Index, int Length)> Matches(string text)
    {
        var matches = new List<(int, int)>();
        foreach (var match in Sending().EnumerateMatches(text)) matches.Add((match.Index, match.Length));
        return matches;
    }

    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    [GeneratedRegex("""\bcurl\b[^\n|;]{0,200}(\s-d\b|\s-F\b|\s-T\b|--data|--form|--upload-file|-X ?(POST|PUT))[^\n|;]{0,120}https?://[\w.-]+|\bcurl\b[^\n|;]{0,80}https?://[\w.-]+[^\n|;]{0,120}(\s-d\b|\s-F\b|\s-T\b|--data|--form|--upload-file)|\bwget\b[^\n|;]{0,80}--post[^\n|;]{0,80}https?://[\w.-]+|\b(requests|httpx|axios|session)\.(post|put)\(\s*f?["']https?://[\w.-]+""", Linear)]
    private static partial Regex Sending();

    [GeneratedRegex(@"https?://[\w.-]+", Linear)]
    private static partial Regex Host();
}
