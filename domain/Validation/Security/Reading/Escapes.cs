using System.Globalization;
using System.Text;

namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>Escapes of characters, by runs of at least a few: \x41, \u0041, %41, &amp;#65;, chr(65), and lists of codes.</summary>
internal static class Escapes
{
    private const int ShortestEscapes = 4;

    public static (string Text, int[] Indexes)? Undo(string text)
    {
        var (undone, indexes, changed) = (new StringBuilder(text.Length), new List<int>(text.Length), false);
        for (var i = 0; i < text.Length;)
        {
            var (start, run) = (i, new StringBuilder());
            while (One(text, i) is { Length: > 0 } one)
            {
                run.Append(one.Character);
                i += one.Length;
            }
            if (run.Length >= ShortestEscapes)
            {
                changed = true;
                undone.Append(run);
                for (var k = 0; k < run.Length; k++) indexes.Add(start);
                continue;
            }
            for (i = Math.Max(i, start + 1); start < i; start++)
            {
                undone.Append(text[start]);
                indexes.Add(start);
            }
        }
        return changed ? (undone.ToString(), [.. indexes]) : null;
    }

    private static (char Character, int Length) One(string text, int i)
    {
        if (i >= text.Length) return default;
        var rest = text.AsSpan(i, Math.Min(text.Length - i, 14));
        return rest switch
        {
            ['\\', 'x' or 'X', ..] => Hex(rest, 2, 2, ""),
            ['\\', 'u' or 'U', '{', ..] => Hex(rest, 3, rest.IndexOf('}') - 3, "}"),
            ['\\', 'u', ..] => Hex(rest, 2, 4, ""),
            ['%', ..] => Hex(rest, 1, 2, ""),
            ['&', '#', 'x' or 'X', ..] => Hex(rest, 3, rest.IndexOf(';') - 3, ";"),
            ['&', '#', ..] => Decimal(rest, 2, ";"),
            ['\\', >= '0' and <= '1', ..] => Octal(rest),
            ['c' or 'C', 'h', 'r', '(', ..] => Decimal(rest, 4, ")"),
            [>= '0' and <= '9', ..] => Listed(text, i),
            _ => default,
        };
    }

    private static (char, int) Hex(ReadOnlySpan<char> rest, int at, int digits, string close) =>
        digits is > 0 and < 7 && at + digits + close.Length <= rest.Length
        && int.TryParse(rest.Slice(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) && code is > 8 and < 0xD800
            ? ((char)code, at + digits + close.Length + Joint(rest[(at + digits + close.Length)..])) : default;

    private static (char, int) Decimal(ReadOnlySpan<char> rest, int at, string close)
    {
        var end = rest.IndexOf(close);
        return end > at && end - at < 6 && int.TryParse(rest[at..end], NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is > 8 and < 0xD800
            ? ((char)code, end + 1 + Joint(rest[(end + 1)..])) : default;
    }

    private static (char, int) Octal(ReadOnlySpan<char> rest) =>
        rest.Length >= 4 && rest[1..4].IndexOfAnyExceptInRange('0', '7') < 0 ? ((char)(((rest[1] - '0') * 64) + ((rest[2] - '0') * 8) + rest[3] - '0'), 4) : default;

    // A number in a list of codes: only with a comma on a side, and only where it is a letter's.
    private static (char, int) Listed(string text, int i)
    {
        if (i > 0 && (char.IsAsciiLetterOrDigit(text[i - 1]) || text[i - 1] is '.' or '-')) return default;
        var end = i;
        while (end < text.Length && end - i < 4 && char.IsAsciiDigit(text[end])) end++;
        if (end - i is < 2 or > 3 || !int.TryParse(text.AsSpan(i, end - i), NumberStyles.None, CultureInfo.InvariantCulture, out var code) || code is < 32 or > 126) return default;
        var next = end;
        while (next < text.Length && next - end < 3 && text[next] is ',' or ' ') next++;
        return next > end || (end < text.Length && text[end] is ']' or ')' or '}') ? ((char)code, Math.Max(next, end) - i) : default;
    }

    // chr(65)+chr(66), and the like.
    private static int Joint(ReadOnlySpan<char> rest)
    {
        var length = 0;
        while (length < rest.Length && rest[length] is '+' or '.' or ' ' && length < 3) length++;
        return length < rest.Length && rest[length] is 'c' or 'C' ? length : 0;
    }
}
