using Pipeline.Browser.Tests.Running;
using Pipeline.EndToEnd.Tests.Running;

namespace Pipeline.Browser.Tests;

/// <summary>The pictures of the README. Renewed where the variable says so; else only the pages behind them are opened.</summary>
public sealed class ScreenshotTests(ConsoleFixture console)
{
    private const string Variable = "PIPELINE_SCREENSHOTS";

    private const string Run = "the run";

    [Theory]
    [InlineData("overview", "/console", 1500)]
    [InlineData("preview", $"/console/skills/{Content.Written}/change/revoke?version=2", 900)]
    [InlineData("run", Run, 1250)]
    [InlineData("skills", "/console/skills?q=desk", 900)]
    [InlineData("answers", $"/console/skills/{Content.Written}", 900)]
    [InlineData("timeline", "/console/skills/library-desk-renew-loan/timeline?operation=alias", 700)]
    [InlineData("changes", "/console/skills/library-desk-renew-loan/diff?from=1&to=2", 900)]
    [InlineData("lineage", $"/console/skills/{Content.Written}/lineage?version=2", 700)]
    public async Task A_page_is_pictured(string name, string path, int height)
    {
        foreach (var (suffix, looks) in ((string, Looks)[])[("", new(1200, height)), ("-dark", new(1200, height, Dark: true)), ("-phone", Looks.Phone)])
        {
            await using var tab = await console.OpenAsync(path == Run ? Content.PathOf(Content.Shown) : path, looks);
            await tab.ShouldBehaveAsync();
            if (Environment.GetEnvironmentVariable(Variable) is "1") await tab.ShootAsync(Path.Combine(Repository.Root, "docs", "screenshots", $"{name}{suffix}.png"));
        }
    }
}
