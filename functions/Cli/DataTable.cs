namespace Pipeline.Functions.Cli;

/// <summary>A table without a frame, a line a row, so that lines can be cut and sorted.</summary>
internal sealed class DataTable(params string[] columns)
{
    private const string Gap = "  ";

    // Of a cell that others stand behind, in characters.
    private const int Longest = 100;

    // Narrower, the last column says nothing: then the terminal may break the line.
    private const int LeastForLast = 20;

    private readonly List<string[]> rows = [columns];

    public void Add(params string?[] cells) => rows.Add([.. cells.Select((cell, column) => column == columns.Length - 1 ? OneLine(cell) : Cut(OneLine(cell), Longest))]);

    /// <summary>The heading, then the rows. Only the last column gives way to fit.</summary>
    /// <param name="width">In characters; null: there is no window, and nothing gives way.</param>
    public IEnumerable<string> Lines(int? width)
    {
        var last = columns.Length - 1;
        var widths = Enumerable.Range(0, last).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var room = width is { } available ? Math.Max(LeastForLast, available - widths.Sum() - (Gap.Length * last)) : int.MaxValue;
        return rows.Select(row => string.Join(Gap, row.Select((cell, column) => column == last ? Cut(cell, room) : cell.PadRight(widths[column]))).TrimEnd());
    }

    private static string OneLine(string? cell) => Terminal.Harmless((cell ?? "").ReplaceLineEndings(" ").Replace('\t', ' '));

    private static string Cut(string text, int longest) => text.Length <= longest ? text : text[..(longest - 1)] + "…";
}
