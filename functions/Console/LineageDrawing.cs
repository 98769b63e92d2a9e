using System.Globalization;
using Pipeline.Functions.Reading;

namespace Pipeline.Functions.Console;

/// <summary>Where the boxes and lines of a lineage go: a column for each layer, older versions to the left.</summary>
internal sealed class LineageDrawing
{
    public const int BoxWidth = 216, BoxHeight = 50;
    private const int Across = 288, Down = 66, Margin = 8;

    public LineageDrawing(LineageGraph graph)
    {
        var columns = graph.Nodes.GroupBy(n => n.Layer).OrderBy(g => g.Key).Select(g => g.ToList()).ToList();
        var tallest = columns.Count == 0 ? 1 : columns.Max(c => c.Count);
        Boxes = [.. columns.SelectMany((column, x) => column.Select((node, y) =>
            new Box(node, Margin + (x * Across), Margin + ((tallest - column.Count) * Down / 2) + (y * Down))))];
        var places = Boxes.ToDictionary(b => b.Node.Name);
        Lines = [.. graph.Edges.Select(e => new Line(e, Path(places[e.From], places[e.To])))];
        (Width, Height) = (Math.Max(1, columns.Count) * Across - (Across - BoxWidth) + (2 * Margin), (tallest * Down) - (Down - BoxHeight) + (2 * Margin));
    }

    public IReadOnlyList<Box> Boxes { get; }
    public IReadOnlyList<Line> Lines { get; }
    public int Width { get; }
    public int Height { get; }

    private static string Path(Box from, Box to)
    {
        var (x1, y1, x2, y2) = (from.X + BoxWidth, from.Y + (BoxHeight / 2), to.X, to.Y + (BoxHeight / 2));
        var bend = Math.Max(24, (x2 - x1) / 2);
        return string.Create(CultureInfo.InvariantCulture, $"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}");
    }

    internal sealed record Box(LineageNode Node, int X, int Y);

    /// <param name="Path">As SVG draws it.</param>
    internal sealed record Line(LineageEdge Edge, string Path);
}
