using Pipeline.Browser.Tests.Running;
using Pipeline.Functions.Reading;

namespace Pipeline.Browser.Tests;

/// <summary>What runs and packages say is shown, and does nothing.</summary>
public sealed class HostileTextTests(ConsoleFixture console)
{
    private const string Skill = $"/console/skills/{Content.Hostile}";

    public static TheoryData<string> Pages =>
    [
        "/console/skills?status=all", $"/console/skills?status=all&q={Content.Attack}", Skill, $"{Skill}/versions/1", $"{Skill}/versions/2?view=text",
        $"{Skill}/diff?from=1&to=2", $"{Skill}/diff?from=1&to=2&view=text", $"{Skill}/lineage?version=1&open={Content.Hostile}%402&open={Content.Attack}",
        $"{Skill}/timeline", $"/console/timeline?text={Content.Attack}&actor={Content.Attack}", $"/console/skills/{Uri.EscapeDataString(Content.Attack)}",
        $"{Skill}?asOf={Content.Attack}", "/console", "/console/trajectories", $"/console/trajectories?environment={Content.Attack}&source={Content.Attack}", Content.PathOf(Content.HostileRun),
        $"{Skill}/change", $"{Skill}/change/move?version=1&alias={Content.Attack}",
        $"{Skill}/change/revoke?version=1", $"{Skill}?since=0", $"/console/{Uri.EscapeDataString(Content.Attack)}",
    ];

    [Theory, MemberData(nameof(Pages))]
    public async Task Nothing_that_a_page_shows_runs_or_asks_another_server(string path)
    {
        foreach (var looks in (Looks[])[Looks.Usual, Looks.Phone with { Dark = true }])
        {
            await using var tab = await console.OpenAsync(path, looks);
            await tab.Page.WaitForTimeoutAsync(100);

            (await tab.Page.TitleAsync()).ShouldNotBe("owned");
            (await tab.Page.Locator("iframe, object, embed, form[action^=http], style, [onerror], a[href^='javascript:'], a[href^='data:'], [src*='evil']").CountAsync()).ShouldBe(0, path);
            foreach (var target in await tab.Page.Locator("a").EvaluateAllAsync<string[]>("links => links.map(a => a.href.baseVal ?? a.href)"))
                (target.StartsWith('/') || target.StartsWith(tab.Origin, StringComparison.Ordinal)).ShouldBeTrue(target);
            await tab.ShouldBehaveAsync();
        }
    }

    [Fact]
    public async Task What_attacks_is_shown_as_what_it_is()
    {
        await using var tab = await console.OpenAsync($"{Skill}/versions/1");

        var shown = await tab.TextAsync();
        shown.ShouldContain(Content.Attack);
        shown.ShouldContain("press here javascript:document.title='owned'");
        shown.ShouldContain("picture: a picture https://evil.example/pixel.png");
        shown.ShouldContain("⟨U+202E⟩gnp.exe");
        shown.ShouldContain("zero⟨U+200B⟩width");
        shown.ShouldNotContain('\u202e');
        shown.ShouldContain("<iframe src=\"https://evil.example\"></iframe>");
    }

    [Theory]
    [InlineData("=1+1", "\"'=1+1\"")]
    [InlineData("  @SUM(A1)", "\"'  @SUM(A1)\"")]
    [InlineData("\t-2", "\"' -2\"")]
    [InlineData("＝1", "\"'＝1\"")]
    [InlineData("a \"quoted\",\r\nword", "\"a \"\"quoted\"\",  word\"")]
    [InlineData("plain = text", "\"plain = text\"")]
    public void A_cell_is_text_to_a_spreadsheet(string text, string cell) => TimelineExport.Cell(text).ShouldBe(cell);

    [Fact]
    public async Task A_file_has_what_attacks_as_text()
    {
        var http = (await console.LedgerAsync()).Http;

        var csv = await http.GetStringAsync($"{Skill}/timeline.csv", TestContext.Current.CancellationToken);

        csv.ShouldContain("\"retired: by-hand: <script>");
        csv.ShouldNotContain('\u001b');
    }
}
