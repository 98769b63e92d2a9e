using Pipeline.Functions.Console;

namespace Pipeline.Browser.Tests;

/// <summary>Where a plot's lines and labels go; no browser is needed to tell.</summary>
public sealed class LineChartTests
{
    private static readonly DateTimeOffset s_start = new(2026, 2, 3, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1, new[] { "0", "1" })]
    [InlineData(7, new[] { "0", "2", "4", "6", "8" })]
    [InlineData(933, new[] { "0", "500", "1,000" })]
    [InlineData(4_000_000, new[] { "0", "1,000,000", "2,000,000", "3,000,000", "4,000,000" })]
    public void A_scale_has_few_round_numbers_and_begins_at_nothing(int most, string[] labels) =>
        new LineChart([Line(0, most)], isShare: false).Ticks.Select(t => t.Label).ShouldBe(labels);

    [Fact]
    public void A_share_is_told_in_percentage_points_on_both_sides_of_nothing()
    {
        var chart = new LineChart([Line(-0.1, 0.25)], isShare: true);

        chart.Ticks.Select(t => t.Label).ShouldBe(["−10 %", "0 %", "+10 %", "+20 %", "+30 %"]);
        chart.Ticks.Single(t => t.IsZero).Label.ShouldBe("0 %");
    }

    [Fact]
    public void All_that_is_drawn_lies_between_the_axes()
    {
        foreach (var values in (double[][])[[0, 0], [5], [-1, 1], [0, 1e12], [0.001, 0.002]])
            foreach (var isShare in (bool[])[false, true])
                foreach (var (x, y) in new LineChart([Line(values)], isShare).Lines.Single().Dots)
                {
                    x.ShouldBeInRange(LineChart.Left, LineChart.Right);
                    y.ShouldBeInRange(LineChart.Top, LineChart.Bottom);
                }
    }

    private static ChartSeries Line(params double[] values) => new("line", [.. values.Select((v, i) => (s_start.AddDays(i), v))]);
}
