using System.Text.RegularExpressions;
using Pipeline.Domain.Validation.Security.Reading;

namespace Pipeline.Domain.Validation.Security;

/// <summary>The patterns of a signal or a rule, ready to be matched in time proportional to the text.</summary>
/// <param name="isSignal">Whether it is part of combinations, where each place counts; of a rule's own matches the first few say it all.</param>
internal sealed class Matcher(string id, TextContext contexts, IReadOnlyList<string> patterns, IReadOnlyList<string> unless, bool isSignal)
{
    /// <summary>Of a signal in one text; a hostile text may have a million.</summary>
    public const int MostLines = 10_000;

    // Of a rule; of a signal, those that are kept with all that was matched.
    private const int MostHits = 12;

    private const int ShortExcerpt = 40;

    // Of the sentence before a match: where an order is turned into a warning.
    private const int SentenceBefore = 60;

    private readonly Regex[] patterns = [.. patterns.Select(SecurityRules.Compiled)];
    private readonly Regex[] unless = [.. unless.Select(SecurityRules.Compiled)];

    public string Id => id;

    public bool LooksAt(TextContext context) => (contexts & context) != TextContext.None;

    /// <summary>Adds the first hits of a rule, or one for each line that shows a signal.</summary>
    /// <returns>False where there are more lines than are kept.</returns>
    public bool Match(Layer layer, List<Hit> hits)
    {
        var (found, lines) = (0, new HashSet<int>());
        foreach (var pattern in patterns)
            foreach (var match in pattern.EnumerateMatches(layer.Text))
            {
                if (IsTakenBack(layer.Text, match.Index, match.Length)) continue;
                if (!isSignal)
                {
                    hits.Add(layer.HitAt(id, match.Index, match.Length));
                    if (++found >= MostHits) return true;
                    continue;
                }
                var hit = layer.HitAt(id, match.Index, lines.Count < MostHits ? match.Length : Math.Min(match.Length, ShortExcerpt));
                if (!lines.Add(hit.Line)) continue;
                if (lines.Count > MostLines) return false;
                hits.Add(hit);
            }
        return true;
    }

    private bool IsTakenBack(string text, int at, int length)
    {
        if (unless.Length == 0) return false;
        var from = Math.Max(0, at - SentenceBefore);
        for (var i = at - 1; i >= from; i--)
        {
            if (text[i] is not ('\n' or ';') && !(text[i] is '.' or '!' or '?' && i + 1 < text.Length && text[i + 1] == ' ')) continue;
            from = i + 1;
            break;
        }
        foreach (var exception in unless)
            if (exception.IsMatch(text.AsSpan(from, at + length - from))) return true;
        return false;
    }
}
