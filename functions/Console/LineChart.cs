using System.Globalization;

namespace Pipeline.Functions.Console;

/// <param name="Points">By time.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<(DateTimeOffset At, double Value)> Points);

/// <summary>Where the lines and labels of a plot over time go, in units of its view box.</summary>
internal sealed class LineChart
{
    public const int Width = 400, Height = 190, Left = 58, Right = 390, Top = 12, Bottom = 160;
    private const int MostTicks = 5;

    private readonly DateTimeOffset first, last;
    private readonly double low, high;

    /// <param name="isShare">Values are shares, and 0 is in the middle: -1 to 1. Else they are counted from 0.</param>
    public LineChart(IReadOnlyList<ChartSeries> series, bool isShare)
    {
        var all = series.SelectMany(s => s.Points).ToList();
        (first, last) = all.Count == 0 ? (default, default) : (all.Min(p => p.At), all.Max(p => p.At));
        var (least, most) = all.Count == 0 ? (0, 1) : (Math.Min(0, all.Min(p => p.Value)), Math.Max(0, all.Max(p => p.Value)));
        var step = Step(most - least, isShare ? 0.05 : 1);
        (low, high) = (Math.Floor(least / step) * step, Math.Max(step, Math.Ceiling(most / step) * step));
        Ticks = [.. Enumerable.Range(0, (int)Math.Round((high - low) / step) + 1).Select(i => low + (i * step)).Select(v => new Tick(Y(v), isShare ? Percent(v) : Count(v), Math.Abs(v) < step / 2))];
        Lines = [.. series.Select(s => new Line(s.Name, Path(s.Points), [.. s.Points.Select(p => (X(p.At), Y(p.Value)))]))];
        (Begin, End) = (Label(first), Label(last));
    }

    public IReadOnlyList<Tick> Ticks { get; }
    public IReadOnlyList<Line> Lines { get; }

    /// <summary>What stands below the left and the right end.</summary>
    public string Begin { get; }
    public string End { get; }

    /// <summary>Such as 12,345.</summary>
    public static string Count(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Percentage points with their sign.</summary>
    public static string Percent(double value) => (value * 100).ToString("+0;−0;0", CultureInfo.InvariantCulture) + " %";

    public static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    // 1, 2 or 5 times a power of ten, so that there are few of them.
    private static double Step(double span, double least)
    {
        var step = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(span, least) / MostTicks)));
        foreach (var factor in (int[])[1, 2, 5, 10])
            if (span / (step * factor) <= MostTicks - 1) return Math.Max(step * factor, least);
        return Math.Max(step * 10, least);
    }

    private string Path(IReadOnlyList<(DateTimeOffset At, double Value)> points) =>
        string.Join(' ', points.Select((p, i) => $"{(i == 0 ? 'M' : 'L')}{Number(X(p.At))} {Number(Y(p.Value))}"));

    private double X(DateTimeOffset at) => last > first ? Left + ((at - first) / (last - first) * (Right - Left)) : (Left + Right) / 2.0;

    private double Y(double value) => Bottom - ((value - low) / (high - low) * (Bottom - Top));

    private string Label(DateTimeOffset at) => at.UtcDateTime.ToString(last - first < TimeSpan.FromMinutes(10) ? "d MMM HH:mm:ss" : last - first < TimeSpan.FromDays(4) ? "d MMM HH:mm" : "d MMM yyyy", CultureInfo.InvariantCulture);

    /// <param name="IsZero">Its line is drawn stronger.</param>
    internal sealed record Tick(double Y, string Label, bool IsZero);

    /// <param name="Path">As SVG draws it.</param>
    internal sealed record Line(string Name, string Path, IReadOnlyList<(double X, double Y)> Dots);
}
