using Pipeline.Browser.Tests.Running;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Infra.Postgres;

namespace Pipeline.Browser.Tests;

public sealed class OverviewTests(ConsoleFixture console)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_ledgers_growth_is_what_was_sealed_by_then()
    {
        var ledger = await console.LedgerAsync();
        var leaf = (await ledger.ReadAsync("/api/status")).GetProperty("sealed").GetInt64() / 2;

        await using var tab = await console.OpenAsync($"/console?asOf={leaf}");

        (await tab.Page.Locator(".plot svg[role=img] path").CountAsync()).ShouldBeGreaterThanOrEqualTo(3);
        (await tab.Page.Locator(".plot .total").First.InnerTextAsync()).ShouldBe((leaf + 1).ToString("#,0", System.Globalization.CultureInfo.InvariantCulture));
        await tab.Page.ClickAsync("summary:text('Growth as a table')");
        var rows = await tab.Page.Locator("details table").First.Locator("tbody tr").AllInnerTextsAsync();
        var runs = await ledger.ScalarAsync<long>($"select count(*) from ledger.leaves join ledger.mt_events using (seq_id) where leaf_index <= {leaf} and type = 'trajectory_recorded'");
        rows[^1].Split('\t')[2].Trim().ShouldBe(runs.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await tab.ShouldBehaveAsync();
        // Counted from where it was left, it is the same as counted at once.
        await tab.GoAsync("/console");
        var whole = await tab.Page.Locator(".plot .total").AllInnerTextsAsync();
        whole.Count.ShouldBe(3);
        await tab.GoAsync($"/console?asOf={leaf}");
        (await tab.Page.Locator("details table").First.Locator("tbody tr").AllTextContentsAsync()).Count.ShouldBe(rows.Count);
    }

    [Fact]
    public async Task Decisions_are_counted_by_operation_and_lead_to_the_timeline()
    {
        var ledger = await console.LedgerAsync();
        await using var tab = await console.OpenAsync("/console?asOf=100");

        var keeps = await ledger.ScalarAsync<long>("select count(*) from ledger.leaves join ledger.mt_events using (seq_id) where leaf_index <= 100 and type = 'curation_decided' and data ->> 'operation' = 'keep'");
        (await tab.Page.Locator("table.bars tbody tr", new() { Has = tab.Page.Locator("a", new() { HasText = "keep" }) }).InnerTextAsync()).Split('\t')[1].Trim().ShouldBe($"{keeps}");
        await tab.Page.ClickAsync("table.bars a:text('create')");
        tab.Path.ShouldContain("operation=create");
        tab.Path.ShouldContain("asOf=100");
    }

    [Fact]
    public async Task Utility_is_plotted_by_skill_model_and_version_with_the_same_as_a_table()
    {
        var ledger = await console.LedgerAsync();
        var name = "much-loaded";
        await ledger.ImportAsync(Written.Skill(name));
        await ledger.SettleAsync();
        var stream = await ledger.Store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, name), ct: Stop);
        var day = new DateTimeOffset(2026, 2, 3, 0, 0, 0, TimeSpan.Zero);
        SkillEvent Summed(string model, int exposures, int successes, int controls, int controlSuccesses) =>
            new SkillEvent.UsageSummarised(1, model, day, day.AddDays(1), exposures, successes, controls, controlSuccesses, 0);
        (await ledger.Store.AppendAsync(new()
        {
            Context = new() { Actor = new(ActorKind.Policy, "default"), CausationId = "sweep", CorrelationId = "sweep", DecidedBy = "default@4", RecordedAt = DateTimeOffset.UtcNow },
            Streams = [new(Streams.Of(Streams.Skill, name), Streams.Skill, stream[^1].Version, [Summed("model-a", 400, 200, 40, 30), Summed("model-a", 800, 600, 40, 20), Summed("<b>bold", 100, 50, 0, 0)])],
        }, Stop)).ShouldBeOfType<AppendOutcome.Appended>();
        await ledger.SettleAsync();

        await using var tab = await console.OpenAsync("/console");

        var plot = tab.Page.Locator("figure.plot", new() { HasText = name });
        (await plot.Locator(".legend li").AllInnerTextsAsync()).ShouldHaveSingleItem().ShouldContain("v1, model-a");
        (await plot.Locator("circle").CountAsync()).ShouldBe(2);
        await tab.Page.ClickAsync("summary:text('Utility as a table')");
        var rows = await tab.Page.Locator("#utility ~ details").First.Locator("tbody tr").AllInnerTextsAsync();
        rows.ShouldContain(r => r.StartsWith(name, StringComparison.Ordinal) && r.Contains("600 of 800") && r.Contains("20 of 40") && r.Contains("+25 %"));
        rows.ShouldContain(r => r.StartsWith(name, StringComparison.Ordinal) && r.Contains("−25 %"));
        rows.ShouldContain(r => r.Contains("<b>bold") && r.Contains("nothing to compare with"));
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task What_could_not_be_handled_stands_with_its_reason()
    {
        var ledger = await console.LedgerAsync();
        // Other content under the same id, before the first is projected.
        var run = new Run(590) { Id = $"dead {Content.Attack}", Environment = "dead", Source = "https://dead.test/letters" };
        await ledger.EmitAsync(run, run with { Succeeded = false });
        await ledger.SettleAsync();

        await using var tab = await console.OpenAsync("/console");

        (await tab.Page.Locator("#dead-letters ~ table tbody tr", new() { HasText = "https://dead.test/letters" }).InnerTextAsync()).ShouldContain("event-conflict");
        (await tab.Page.Locator("#dead-letters ~ table").InnerTextAsync()).ShouldContain("dead <script>document.title='owned'</script>");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task Sealing_and_signing_are_said_to_keep_up_or_not()
    {
        await (await console.LedgerAsync()).SettleAsync();
        await using var tab = await console.OpenAsync("/console");

        var standing = await tab.Page.InnerTextAsync("#standing + ul");
        standing.ShouldContain("leaves");
        standing.ShouldContain("the last checkpoint covers");
        standing.ShouldContain("the log goes on");
        await tab.GoAsync("/console?asOf=20");
        (await tab.Page.InnerTextAsync("#standing")).ShouldContain("as they are now");
    }

    [Fact]
    public async Task Before_the_first_leaf_there_is_nothing_to_plot()
    {
        await using var tab = await console.OpenAsync("/console?asOf=2001-01-01", Looks.Phone);

        (await tab.TextAsync()).ShouldContain("Nothing is sealed yet.");
        (await tab.TextAsync()).ShouldContain("No skill was loaded by a run yet");
        await tab.ShouldBehaveAsync();
    }
}
