namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>Takes the comments and documentation strings out of a program: they are read by agents, and are not run.</summary>
internal static class ScriptLayers
{
    private static readonly string[] Marks = ["#", "//", "--", ";;", "*", "/*", "REM ", "rem "];
    private static readonly string[] Quotes = ["\"\"\"", "'''"];

    public static IEnumerable<Layer> Of(Layer whole)
    {
        var (text, comments, quote) = (whole.Text, new LayerText(whole, TextContext.Comment), "");
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            if (end < 0) end = text.Length;
            var line = text.AsSpan(start, end - start).TrimStart();
            var opens = quote.Length > 0 ? quote : Array.Find(Quotes, q => text.AsSpan(start, end - start).Contains(q, StringComparison.Ordinal)) ?? "";
            var isComment = opens.Length > 0 || IsComment(line);
            if (isComment)
            {
                comments.Add(text, end - line.Length, end);
                // The lines of one comment are one text.
                comments.Add(' ', Math.Max(start, end - 1));
            }
            else
            {
                comments.Break(start);
            }
            if (opens.Length > 0) quote = Count(line, opens) % 2 == 0 == (quote.Length > 0) ? opens : "";
            start = end + 1;
        }
        return comments.Layers();
    }

    private static bool IsComment(ReadOnlySpan<char> line)
    {
        foreach (var mark in Marks)
            if (line.StartsWith(mark, StringComparison.Ordinal)) return true;
        return false;
    }

    private static int Count(ReadOnlySpan<char> line, string quote)
    {
        var count = 0;
        for (int at; (at = line.IndexOf(quote, StringComparison.Ordinal)) >= 0; line = line[(at + quote.Length)..]) count++;
        return count;
    }
}
