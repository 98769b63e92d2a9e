using System.Text;

namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>Words in pieces: "cu" + "rl", c''url, c\url, c$@url, ${IFS}, and commands that go on in the next line.</summary>
internal static class Concatenation
{
    public static (string Text, int[] Indexes)? Undo(string text)
    {
        if (!text.AsSpan().ContainsAny("\"'\\^`") && !text.Contains('$', StringComparison.Ordinal)) return null;
        var (undone, indexes) = (new StringBuilder(text.Length), new List<int>(text.Length));
        var changed = false;
        for (var i = 0; i < text.Length;)
        {
            var skip = Joint(text, i);
            changed |= skip > 0;
            if (skip == 6 && text[i] == '$') Keep(' ', i);
            else if (skip == 0) Keep(text[i], i);
            i += Math.Max(1, skip);
        }
        return changed ? (undone.ToString(), [.. indexes]) : null;

        void Keep(char c, int at)
        {
            undone.Append(c);
            indexes.Add(at);
        }
    }

    private static int Joint(string text, int i)
    {
        switch (text[i])
        {
            case '$':
                if (string.CompareOrdinal(text, i, "${IFS}", 0, 6) == 0) return 6;
                return i > 0 && i + 2 < text.Length && text[i + 1] is '@' or '*' && char.IsAsciiLetter(text[i - 1]) && char.IsAsciiLetter(text[i + 2]) ? 2 : 0;
            case '\\' or '^' or '`' when i + 1 < text.Length && text[i + 1] == '\n':
                return 2;
            case '^' or '\\' when i > 0 && i + 1 < text.Length && char.IsAsciiLetterLower(text[i - 1]) && char.IsAsciiLetterLower(text[i + 1]) && !(text[i] == '\\' && text[i + 1] is 'n' or 't' or 'r' or 'u' or 'x' or 'b' or 'd' or 's' or 'w'):
                return 1;
            case '"' or '\'':
                var end = i + 1;
                while (end < text.Length && end - i < 12 && text[end] is ' ' or '+' or '\t') end++;
                if (end >= text.Length || text[end] != text[i]) return 0;
                // '' within a word, or quotes with a plus between.
                var isPlus = text.AsSpan(i, end - i).Contains('+');
                var inWord = end == i + 1 && i > 0 && end + 1 < text.Length && char.IsAsciiLetterOrDigit(text[i - 1]) && char.IsAsciiLetterOrDigit(text[end + 1]);
                return isPlus || inWord ? end + 1 - i : 0;
            default:
                return 0;
        }
    }
}
