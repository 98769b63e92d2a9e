using System.Text.RegularExpressions;
using Pipeline.Domain.Validation.Security.Reading;

namespace Pipeline.Domain.Validation.Security;

/// <summary>The patterns of a signal or a rule, ready to be matched in time proportional to the text.</summary>
internal sealed class Matcher(string id, TextContext contexts, IReadOnlyList<string> patterns, IReadOnlyList<string> unless)
{
    // More of the same in one text says nothing new, and a hostile text may have a million.
    private const int MostHits = 12;

    // Of the sentence before a match: where an order is turned into a warning.
    private const int SentenceBefore = 60;

    private readonly Regex[] patterns = [.. patterns.Select(SecurityRules.Compiled)];
    private readonly Regex[] unless = [.. unless.Select(SecurityRules.Compiled)];

    public string Id => id;

    public bool LooksAt(TextContext context) => (contexts & context) != TextContext.None;

    public void Match(Layer layer, List<Hit> hits)
    {
        var found = 0;
        foreach (var pattern in patterns)
            foreach (var match in pattern.EnumerateMatches(layer.Text))
            {
                if (IsTakenBack(layer.Text, match.Index, match.Length)) continue;
                hits.Add(layer.HitAt(id, match.Index, match.Length));
                if (++found >= MostHits) return;
            }
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
