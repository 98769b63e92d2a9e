using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>How texts from trajectories get into a skill: cut, on one line, and never able to end the code span they stand in.</summary>
public static partial class Prose
{
    private const int LongestCode = 80;
    private const int LongestError = 140;

    /// <summary>A name or value fit to stand between backticks.</summary>
    public static string Code(string text) => Clean(text, LongestCode);

    /// <summary>An error message without what differs from run to run: ids, amounts, quoted values.</summary>
    public static string ErrorText(string content)
    {
        var line = content.Split('\n', 2)[0];
        return Clean(Varying().Replace(Quoted().Replace(line, "…"), "…"), LongestError);
    }

    /// <summary>"return_delivered_order_items" as words, the first one capitalised when asked.</summary>
    public static string Phrase(string identifier, bool capital)
    {
        var words = string.Join(' ', Names.Words(identifier));
        return capital && words.Length > 0 ? char.ToUpperInvariant(words[0]) + words[1..] : words;
    }

    public static string Listed(IReadOnlyList<string> items, string conjunction) => items.Count switch
    {
        0 => "",
        1 => items[0],
        _ => $"{string.Join(", ", items.Take(items.Count - 1))} {conjunction} {items[^1]}",
    };

    private static string Clean(string text, int atMost)
    {
        var kept = new StringBuilder(Math.Min(text.Length, atMost));
        foreach (var c in text)
        {
            if (kept.Length == atMost)
            {
                kept.Append('…');
                break;
            }
            if (c is '`') kept.Append('\'');
            else if (char.IsControl(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format) kept.Append(' ');
            else kept.Append(c);
        }
        return kept.ToString().Trim();
    }

    // A run of digits with what clings to it: #W123, 12.50, user_4711, 2024-05-01.
    [GeneratedRegex(@"[\w#$€.-]*\d[\w.-]*", RegexOptions.NonBacktracking)]
    private static partial Regex Varying();

    [GeneratedRegex("\"[^\"]{1,200}\"|'[^']{1,200}'", RegexOptions.NonBacktracking)]
    private static partial Regex Quoted();
}
