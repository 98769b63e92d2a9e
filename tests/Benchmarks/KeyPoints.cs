using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Pipeline.Benchmarks;

/// <summary>The rule by which a text covers a key point: within so many consecutive words of the text stand at least so much of the point's
/// distinct content words, by their stems. So a point is not covered by words that are strewn over a long text.</summary>
internal static partial class KeyPoints
{
    public const int Window = 120;
    public const double Share = 0.6;

    private static readonly FrozenSet<string> s_common = (
        "a an and any are as at be been before both but by can could do does e each for from g get had has have how i if in into is it its may must no not of off on one only or other out over per should so some "
        + "such than that the their them then there these they this to up use used using via was were what when where whether which while will with would you your all also after g etc s t").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Words as stems, in order; identifiers are taken apart.</summary>
    public static List<string> Stems(string text) =>
        [.. Word().Matches(text).Select(m => Stem(m.Value.ToLowerInvariant())).Where(w => !s_common.Contains(w))];

    /// <param name="text">As stems.</param>
    public static bool Covers(List<string> text, string point)
    {
        var wanted = Stems(point).ToHashSet(StringComparer.Ordinal);
        var needed = (int)Math.Ceiling(Share * wanted.Count);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var end = 0; end < text.Count; end++)
        {
            if (wanted.Contains(text[end])) counts[text[end]] = counts.GetValueOrDefault(text[end]) + 1;
            if (end >= Window && counts.TryGetValue(text[end - Window], out var left) && --left is var now)
            {
                if (now == 0) counts.Remove(text[end - Window]);
                else counts[text[end - Window]] = now;
            }
            if (counts.Count >= needed) return true;
        }
        return false;
    }

    private static string Stem(string word) => word switch
    {
        [.., 'i', 'n', 'g'] when word.Length > 5 => word[..^3].TrimEnd('e'),
        [.., 'e', 'd'] when word.Length > 4 => word[..^2],
        [.., 'e', 's'] when word.Length > 4 => word[..^2],
        [.., 's'] when word.Length > 3 && word[^2] != 's' => word[..^1],
        [.., 'e'] when word.Length > 4 => word[..^1],
        _ => word,
    };

    [GeneratedRegex("[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+(?:\\.[0-9]+)?")]
    private static partial Regex Word();
}
