using System.Globalization;

namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>Marks of Markdown and HTML that are not shown, and stand for another character or for nothing.</summary>
internal static class Rendering
{
    private const int LongestReference = 10;
    private const int LongestTag = 12;
    private const int LongestAside = 300;

    private static readonly HashSet<string> Formats = new(
        "b i u s em strong span sub sup mark font wbr small big tt ins del kbd code nobr center".Split(' '), StringComparer.OrdinalIgnoreCase);

    /// <param name="shown">What is shown instead; U+0000 for nothing.</param>
    /// <returns>How many characters the mark takes; 0 where there is none.</returns>
    public static int Length(string text, int i, int end, out char shown)
    {
        shown = '\0';
        return text[i] switch
        {
            '*' => 1,
            '_' when !IsInWord(text, i) => 1,
            '&' => Reference(text.AsSpan(i, Math.Min(end - i, LongestReference)), out shown),
            '<' => Format(text.AsSpan(i, Math.Min(end - i, LongestTag))),
            _ => 0,
        };
    }

    /// <summary>Whether a quotation mark begins the title of a link or an attribute of an element.</summary>
    public static bool IsAside(string text, int i)
    {
        var before = text.AsSpan(Math.Max(0, i - LongestAside), Math.Min(i, LongestAside));
        before = before[(before.LastIndexOf('\n') + 1)..];
        var (link, element) = (before.LastIndexOf("]("), before.LastIndexOf('<'));
        return (link >= 0 && !before[link..].Contains(')')) || (element >= 0 && before[^1] == '=' && !before[element..].Contains('>'));
    }

    // snake_case is a word; what stands at its edge marks it.
    private static bool IsInWord(string text, int i) =>
        i > 0 && i + 1 < text.Length && char.IsLetterOrDigit(text[i - 1]) && (char.IsLetterOrDigit(text[i + 1]) || text[i + 1] == '_');

    private static int Reference(ReadOnlySpan<char> rest, out char shown)
    {
        shown = '\0';
        var length = rest.IndexOf(';') + 1;
        if (length < 4) return 0;
        var name = rest[1..(length - 1)];
        var isNumber = name is ['#', 'x' or 'X', ..] ? int.TryParse(name[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            : int.TryParse(name[1..], NumberStyles.None, CultureInfo.InvariantCulture, out code) && name[0] == '#';
        shown = isNumber ? code is > 31 and < 0xD800 ? (char)code : '\0' : name switch
        {
            "nbsp" or "ensp" or "emsp" or "thinsp" => ' ',
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => '\0',
        };
        return isNumber || shown != '\0' || name is "shy" or "zwj" or "zwnj" ? length : 0;
    }

    private static int Format(ReadOnlySpan<char> rest)
    {
        var length = rest.IndexOf('>') + 1;
        return length > 2 && Formats.GetAlternateLookup<ReadOnlySpan<char>>().Contains(rest[1..(length - 1)].Trim("/ ")) ? length : 0;
    }
}
