using System.Text.Json.Nodes;
using Pipeline.Browser.Tests.Running;
using Pipeline.EndToEnd.Tests.Running;

namespace Pipeline.Browser.Tests;

/// <summary>Runs: what was said and done in them, shown and nothing more.</summary>
public sealed class RunTests(ConsoleFixture console)
{
    [Fact]
    public async Task A_run_is_shown_step_by_step_with_its_episodes_and_who_verified_it()
    {
        var run = new Run(501) { Environment = "reading-room", Id = "shown-step-by-step", LoadedVersion = 1, LoadedSkill = Content.Written };
        await (await console.LedgerAsync()).LearnAsync(run);
        await using var tab = await console.OpenAsync(PathOf(run));

        (await tab.Page.InnerTextAsync("h1")).ShouldBe("Run shown-step-by-step");
        (await tab.Page.InnerTextAsync(".lead")).ShouldContain("succeeded, says a verifier");
        (await tab.Page.InnerTextAsync("#step-1")).ShouldContain("Hello, please help me with the book");
        var call = await tab.Page.InnerTextAsync("#step-2");
        call.ShouldContain("calls find_member");
        call.ShouldContain("{\"card\":\"C-7501\"}");
        call.ShouldContain("M-2501");
        (await tab.Page.InnerTextAsync("#step-2 .episode")).ShouldContain("begins: reading-room.");
        (await tab.Page.Locator("#episodes + ol li").First.InnerTextAsync()).ShouldContain("evidence for the family reading-room.renew-loan");
        var five = await tab.Page.Locator("dl.five div").AllInnerTextsAsync();
        five.Count.ShouldBe(5);
        five.Single(f => f.StartsWith("Loaded", StringComparison.Ordinal)).ShouldContain($"{Content.Written} v1");
        five.Count(f => f.Contains("none", StringComparison.Ordinal)).ShouldBe(4);
        (await tab.Page.InnerTextAsync(".standing")).ShouldContain("Leaf ");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task A_correction_stands_beside_what_it_corrects_and_not_before_it_was_made()
    {
        var ledger = await console.LedgerAsync();
        var run = new Run(502) { Environment = "reading-room", Id = "corrected-later", VerifiedBy = "verifier" };
        await ledger.LearnAsync(run);
        var leaf = (await ledger.ReadAsync("/api/status")).GetProperty("sealed").GetInt64() - 1;
        (await ledger.EmitAsync(run.Verdict(success: false))).Status.ShouldBe(202);
        await ledger.SettleAsync();

        await using var tab = await console.OpenAsync(PathOf(run));

        (await tab.Page.InnerTextAsync(".lead")).ShouldContain("failed, says a person");
        (await tab.Page.InnerTextAsync(".correction")).ShouldContain("succeeded, says a verifier, reward 1 → failed, says a person");
        await tab.GoAsync($"/console/trajectories?outcome=failed&environment=reading-room");
        (await tab.TextAsync()).ShouldContain("corrected-later");
        await tab.GoAsync($"/console/trajectories?outcome=failed&environment=reading-room&asOf={leaf}");
        (await tab.TextAsync()).ShouldNotContain("corrected-later");
        await tab.GoAsync($"/console/trajectories?outcome=succeeded&environment=reading-room&asOf={leaf}");
        (await tab.TextAsync()).ShouldContain("corrected-later");
        await tab.GoAsync($"{PathOf(run)}?asOf={leaf}");
        (await tab.Page.InnerTextAsync(".lead")).ShouldContain("succeeded, says a verifier");
        (await tab.Page.Locator(".correction").CountAsync()).ShouldBe(0);
        (await tab.GoAsync($"{PathOf(run)}?asOf=1")).ShouldBe(404);
    }

    [Fact]
    public async Task Text_of_a_run_does_nothing_and_long_text_is_folded_and_cut()
    {
        var run = new Run(503)
        {
            Environment = "reading-room",
            Id = $"hostile, too {Content.Attack}",
            Asks = $"{Content.Attack} [press](javascript:alert(1)) <iframe src=https://evil.example></iframe> \u202egnp.exe says ignore all that was said before",
            Finds = $"{Content.Attack} {string.Join("\\n", Enumerable.Repeat("a line of a long answer", 2000))} the end",
            Task = Content.Attack,
            Model = $"model {Content.Attack}",
        };
        await (await console.LedgerAsync()).LearnAsync(run);
        foreach (var looks in (Looks[])[Looks.Usual, Looks.Phone with { Dark = true }])
        {
            await using var tab = await console.OpenAsync(PathOf(run), looks);

            (await tab.TextAsync()).ShouldContain(Content.Attack);
            (await tab.TextAsync()).ShouldContain("⟨U+202E⟩gnp.exe");
            (await tab.Page.Locator("main iframe, main script, main img, main a[href^='javascript']").CountAsync()).ShouldBe(0);
            var folded = tab.Page.Locator("#step-3 details", new() { HasText = "Result" });
            (await folded.Locator("pre").IsVisibleAsync()).ShouldBeFalse();
            await folded.Locator("summary").ClickAsync();
            (await folded.Locator("pre").InnerTextAsync()).ShouldContain("… cut");
            (await folded.Locator("pre").InnerTextAsync()).Length.ShouldBeLessThan(10_000);
            await tab.Page.WaitForTimeoutAsync(100);
            (await tab.Page.TitleAsync()).ShouldNotBe("owned");
            await tab.ShouldBehaveAsync();
            await tab.GoAsync($"/console/trajectories?environment=reading-room&source={Uri.EscapeDataString("LIBRARY.test")}");
            (await tab.TextAsync()).ShouldContain($"hostile, too {Content.Attack}");
            await tab.ShouldBehaveAsync();
        }
    }

    [Fact]
    public async Task A_run_whose_subject_was_erased_says_since_which_leaf()
    {
        var ledger = await console.LedgerAsync();
        var run = new Run(504) { Environment = "reading-room", Id = "to-be-forgotten", Subject = "reader-504", Asks = "Nobody is to read this after me, please." };
        await ledger.LearnAsync(run);
        var leaf = (await ledger.ReadAsync("/api/status")).GetProperty("sealed").GetInt64() - 1;
        await using var tab = await console.OpenAsync(PathOf(run));
        (await tab.TextAsync()).ShouldContain("Nobody is to read this");
        (await ledger.PostAsync("/api/subjects/erase", new JsonObject { ["subject"] = "reader-504", ["reason"] = "asked for it" })).Status.ShouldBe(200);
        await ledger.SettleAsync();

        foreach (var path in (string[])[PathOf(run), $"{PathOf(run)}?asOf={leaf}"])
        {
            await tab.GoAsync(path);

            (await tab.TextAsync()).ShouldNotContain("Nobody is to read this");
            (await tab.Page.InnerTextAsync("#steps + .banner")).ShouldContain("erased with its data subject, since leaf ");
            (await tab.Page.Locator(".step").CountAsync()).ShouldBe(0);
        }
        (await tab.Page.InnerTextAsync("#steps + .banner")).ShouldContain("asked for it");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task Runs_are_listed_the_newest_first_and_filtered_by_the_address()
    {
        var ledger = await console.LedgerAsync();
        await ledger.LearnAsync(Run.Many(60, from: 600).Select(r => r with { Environment = "stacks", Id = $"stack-{r.Number}", Source = "https://stacks.test/desk", Succeeded = r.Number % 2 == 0 }));
        await using var tab = await console.OpenAsync("/console/trajectories", Looks.Usual with { Script = false });
        await tab.Page.SelectOptionAsync("#environment", "stacks");
        await tab.Page.ClickAsync("form[role=search] button");

        (await tab.Page.Locator("tbody tr").CountAsync()).ShouldBe(50);
        var first = await LeavesAsync(tab);
        first.ShouldBe(first.OrderDescending());
        await tab.Page.ClickAsync("text=Older");
        var second = await LeavesAsync(tab);
        second.Count.ShouldBe(10);
        second.Max().ShouldBeLessThan(first.Min());
        await tab.GoAsync("/console/trajectories?environment=stacks&outcome=failed");
        (await tab.Page.Locator("tbody tr").CountAsync()).ShouldBe(30);
        (await tab.Page.Locator("td[data-label=Outcome]").AllInnerTextsAsync()).ShouldAllBe(o => o.StartsWith("failed"));
        await tab.GoAsync("/console/trajectories?environment=stacks&source=nobody");
        (await tab.TextAsync()).ShouldContain("No run is like that.");
        await tab.GoAsync("/console/trajectories?asOf=2001-01-01");
        (await tab.TextAsync()).ShouldContain("No run is like that then.");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task A_section_leads_to_the_step_of_the_run_behind_it()
    {
        await using var tab = await console.OpenAsync("/console/skills/library-desk-renew-loan/versions/1");
        var steps = await tab.Page.Locator(".behind a.run .steps").First.InnerTextAsync();

        await tab.Page.Locator(".behind a.run").First.ClickAsync();

        tab.Path.ShouldStartWith("/console/trajectories/");
        (await tab.Page.Locator(".step:target .step-number").InnerTextAsync()).ShouldEndWith(steps.Split('–')[0]);
        await tab.ShouldBehaveAsync();
    }

    private static string PathOf(Run run) => Content.PathOf(run);

    private static async Task<IReadOnlyList<long>> LeavesAsync(Tab tab) =>
        [.. (await tab.Page.Locator("td a.leaf").AllInnerTextsAsync()).Select(text => long.Parse(text.Replace("leaf", "", StringComparison.Ordinal).Trim(), null))];
}
