namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>A fence that is open, by the rules of CommonMark 0.31 (4.5) as far as lines alone show them.</summary>
/// <param name="Indent">Columns before it, list marks counted.</param>
/// <param name="InList">Whether it may belong to a point of a list.</param>
/// <param name="InQuote">Whether it stands behind a <c>&gt;</c>.</param>
/// <param name="Start">Where its line begins.</param>
internal readonly record struct CodeFence(char Mark, int Length, int Indent, bool InList, bool InQuote, int Start)
{
    // Deeper, a line is code by its indentation and no fence.
    private const int DeepestIndent = 3;

    /// <summary>Whether readers who go by the rules take it for no fence.</summary>
    public bool IsDoubtful => !InList && Indent > DeepestIndent;

    /// <param name="start">Of the line.</param>
    /// <param name="info">Behind the fence, on its line.</param>
    public static CodeFence? Opens(string text, int start, int end, bool inList, out int info)
    {
        var at = Content(text, start, end, out var isPoint, out var inQuote);
        info = at;
        if (at >= end || text[at] is not ('`' or '~')) return null;
        while (info < end && text[info] == text[at]) info++;
        if (info - at < 3 || (text[at] == '`' && text.AsSpan(info, end - info).Contains('`'))) return null;
        return new(text[at], info - at, IndentOf(text.AsSpan(start, at - start)), inList || isPoint, inQuote, start);
    }

    public bool IsClosedBy(ReadOnlySpan<char> line)
    {
        var rest = InQuote ? Unquoted(line) : line;
        var mark = rest.Trim();
        return mark.Length >= Length && mark.Trim(Mark).IsEmpty && IndentOf(rest) <= (InList ? Indent : 0) + DeepestIndent;
    }

    /// <summary>Whether a line ends the point of a list that the fence stands in, and the fence with it, to those who go by the rules.</summary>
    public bool IsLeftBy(ReadOnlySpan<char> line) => !InQuote && InList && Indent > 1 && !line.IsWhiteSpace() && !char.IsWhiteSpace(line[0]);

    /// <summary>Whether a line ends the quotation that the fence stands in, and the fence with it.</summary>
    public bool EndsBefore(ReadOnlySpan<char> line) => InQuote && !line.TrimStart().StartsWith('>');

    /// <summary>Whether a line is code by its indentation, if it goes on with no paragraph and no point of a list.</summary>
    public static bool IsDeep(ReadOnlySpan<char> line) => IndentOf(line[..(line.Length - line.TrimStart().Length)]) > DeepestIndent;

    public static ReadOnlySpan<char> Unquoted(ReadOnlySpan<char> line)
    {
        for (var rest = line.TrimStart(); rest.StartsWith('>'); rest = line.TrimStart()) line = rest[1..];
        return line;
    }

    // Behind the marks of quotations and points.
    private static int Content(string text, int at, int end, out bool isPoint, out bool inQuote)
    {
        (isPoint, inQuote) = (false, false);
        while (true)
        {
            while (at < end && char.IsWhiteSpace(text[at])) at++;
            if (at < end && text[at] == '>') (inQuote, at) = (true, at + 1);
            else if (PointOf(text.AsSpan(at, end - at)) is var mark and > 0) (isPoint, at) = (true, at + mark);
            else return at;
        }
    }

    /// <returns>The length of the mark that begins a point of a list; 0 where there is none.</returns>
    public static int PointOf(ReadOnlySpan<char> line)
    {
        var digits = line.Length - line.TrimStart("0123456789").Length;
        var mark = digits is 0 ? line is ['-' or '+' or '*', ..] ? 1 : 0 : digits < 10 && line.Length > digits && line[digits] is '.' or ')' ? digits + 1 : 0;
        return mark > 0 && (line.Length == mark || line[mark] is ' ' or '\t') ? mark : 0;
    }

    public static int IndentOf(ReadOnlySpan<char> line)
    {
        var columns = 0;
        foreach (var c in line)
        {
            if (c == '\t') columns += 4 - (columns % 4);
            else if (c is ' ' or '>' or '-' or '+' or '*' or '.' or ')' || char.IsAsciiDigit(c)) columns++;
            else break;
        }
        return columns;
    }
}
