namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>A signal, a rule or a measure that showed at a place.</summary>
/// <param name="Id">Of the signal or rule.</param>
/// <param name="File">Index of the file.</param>
/// <param name="Start">In the folded text of the file; -1 where it is about the file as a whole.</param>
internal readonly record struct Hit(string Id, int File, TextContext Context, int Start, int End, int Line, string Excerpt);

/// <summary>A text to be matched: a part of a file, or what was decoded from it, that knows where it came from.</summary>
/// <param name="origin">The place in the source of each character; null where all of it came from <paramref name="at"/>.</param>
internal sealed class Layer(SourceText source, TextContext context, string text, int[]? origin, int at = 0)
{
    private const int LongestExcerpt = 160;

    public SourceText Source => source;
    public TextContext Context => context;
    public string Text => text;

    public int OriginOf(int index) => origin is null ? at : index < origin.Length ? origin[index] : origin.Length == 0 ? 0 : origin[^1] + 1;

    public Hit HitAt(string id, int start, int length)
    {
        var (from, to) = (OriginOf(start), OriginOf(start + Math.Max(0, length - 1)) + 1);
        var excerpt = text.Substring(start, Math.Min(length, LongestExcerpt));
        return new(id, source.File, context, from, Math.Max(from + 1, to), source.LineOf(from), excerpt);
    }

    /// <summary>A part of this text as a text of its own.</summary>
    public Layer Part(TextContext kind, string part, int[] indexes) => new(source, kind, part, [.. indexes.Select(OriginOf)]);
}

/// <summary>The text of a file as it is matched: what is written to look like other characters is folded into those.</summary>
internal sealed class SourceText
{
    private readonly int[] lineStarts;
    private readonly int[] origin;

    public SourceText(int file, string raw)
    {
        File = file;
        Raw = raw;
        var starts = new List<int> { 0 };
        for (var i = 0; i < raw.Length; i++)
            if (raw[i] == '\n') starts.Add(i + 1);
        lineStarts = [.. starts];
        (Text, origin) = Folding.Fold(raw);
    }

    public int File { get; }

    /// <summary>As it is in the file.</summary>
    public string Raw { get; }

    /// <summary>Folded.</summary>
    public string Text { get; }

    public Layer Whole(TextContext context) => new(this, context, Text, origin);

    /// <summary>Where in the raw text a character of the folded text came from.</summary>
    public int RawOf(int folded) => folded < origin.Length ? origin[folded] : Raw.Length;

    /// <param name="raw">A place in the raw text.</param>
    /// <returns>From 1.</returns>
    public int LineOf(int raw)
    {
        var at = Array.BinarySearch(lineStarts, raw);
        return at >= 0 ? at + 1 : ~at;
    }

    /// <returns>From 1, in UTF-16 units.</returns>
    public int ColumnOf(int raw) => raw - lineStarts[LineOf(raw) - 1] + 1;

    /// <summary>The first place behind the line of a place.</summary>
    public int EndOfLine(int raw) => LineOf(raw) is var line && line < lineStarts.Length ? lineStarts[line] - 1 : Raw.Length;
}
