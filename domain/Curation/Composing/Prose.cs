using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>How texts from trajectories get into a skill: cut, on one line, and never able to end the code span they stand in.</summary>
public static partial class Prose
{
    private const int LongestCode = 80;
    private const int LongestNote = 200;
    private const int LongestCommand = 160;
    private const int LongestError = 140;
    private const int LongestErrorRead = 2000;
    private const int LongestPhrase = 80;
    private const int ShortestValue = 3;

    // Stands where nothing that can be shown is left: an empty code span would swallow what follows it.
    private const string Nothing = "…";

    /// <summary>A name or value fit to stand between backticks.</summary>
    public static string Code(string text) => Clean(text, LongestCode);

    /// <summary>A command or a line of code fit to stand between backticks.</summary>
    public static string Command(string text) => Clean(text, LongestCommand);

    /// <summary>A note fit to stand in running text: no mark-up of any kind, so that it is text and nothing else.</summary>
    public static string Note(string text) => Clean(string.Concat(text.Select(c => c is '<' or '>' or '[' or ']' or '*' or '|' or '\\' ? ' ' : c)), LongestNote);

    /// <summary>A name fit to stand in running text: letters, digits and what names are joined with.</summary>
    public static string Label(string text) => Clean(string.Concat(text.Select(c => char.IsLetterOrDigit(c) || c is ' ' or '_' or '-' or '.' ? c : ' ')), LongestCode);

    /// <summary>An error message without what differs from run to run: ids, amounts, quoted values, and the values asked for.</summary>
    public static string ErrorText(string content, IReadOnlyList<string> asked)
    {
        var start = content.AsSpan().TrimStart();
        var end = start.IndexOfAny('\r', '\n');
        var line = start[..Math.Min(end < 0 ? start.Length : end, LongestErrorRead)].ToString();
        foreach (var value in asked.Where(v => v.Length >= ShortestValue).OrderByDescending(v => v.Length).ThenBy(v => v, StringComparer.Ordinal))
            line = line.Replace(value, Nothing, StringComparison.OrdinalIgnoreCase);
        return Clean(Varying().Replace(Quoted().Replace(line, Nothing), Nothing), LongestError);
    }

    /// <summary>"return_delivered_order_items" as words, the first one capitalised; a name without Latin words as it is.</summary>
    public static string Phrase(string identifier)
    {
        var words = Clean(string.Join(' ', Names.Words(identifier)), LongestPhrase);
        return words == Nothing ? $"`{Code(identifier)}`" : char.ToUpperInvariant(words[0]) + words[1..];
    }

    /// <summary>The same within a sentence.</summary>
    public static string Clause(string identifier)
    {
        var phrase = Phrase(identifier);
        return char.ToLowerInvariant(phrase[0]) + phrase[1..];
    }

    public static string Listed(IReadOnlyList<string> items, string conjunction) => items.Count switch
    {
        0 => "",
        1 => items[0],
        _ => $"{string.Join(", ", items.Take(items.Count - 1))} {conjunction} {items[^1]}",
    };

    private static string Clean(string raw, int atMost)
    {
        var kept = new StringBuilder(Math.Min(raw.Length, atMost));
        foreach (var c in raw)
        {
            if (kept.Length == atMost)
            {
                kept.Append('…');
                break;
            }
            if (c is '`') kept.Append('\'');
            else kept.Append(IsVisible(c) ? c : ' ');
        }
        var text = kept.ToString().Trim();
        return text.Length > 0 ? text : Nothing;
    }

    private static bool IsVisible(char c) => char.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    // A run of digits with what clings to it: #W123, 12.50, user_4711, 2024-05-01.
    [GeneratedRegex(@"[\w#$€.-]*\d[\w.-]*", RegexOptions.NonBacktracking)]
    private static partial Regex Varying();

    [GeneratedRegex("\"[^\"]{1,200}\"|'[^']{1,200}'", RegexOptions.NonBacktracking)]
    private static partial Regex Quoted();
}
