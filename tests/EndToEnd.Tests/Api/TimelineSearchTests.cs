using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Reading;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Api;

public sealed class TimelineSearchTests(PostgresFixture postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_search_looks_so_far_back_at_a_time_says_how_far_and_goes_on_until_it_has_seen_all()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        foreach (var name in (string[])["needle-one", "hay-one", "hay-two", "needle-two", "hay-three"]) await ledger.ImportAsync(Written.Skill(name));
        await ledger.SettleAsync();
        var moment = (await ledger.Service<LedgerMoments>().ReadAsync(null, Stop))!;
        var question = new TimelineQuestion(Text: "needle-", Limit: 3);
        var whole = (await new Timeline(ledger.Store).ReadAsync(question with { Limit = 1000 }, null, moment, Stop)).Entries;
        var timeline = new Timeline(ledger.Store, searched: 4);

        var (found, stops, pages) = (new List<long>(), new List<long>(), 0);
        for (long? before = null; ; pages++)
        {
            var page = await timeline.ReadAsync(question with { Before = before }, null, moment, Stop);
            found.AddRange(page.Entries.Select(e => e.Leaf));
            if (page.SearchedTo is { } searched)
            {
                stops.Add(searched);
                page.SearchedBackTo.ShouldNotBeNull();
                TimelineExport.NameOf(page, moment, "csv").ShouldBe($"timeline-as-of-{moment.Leaf}-searched-to-{searched}.csv");
                searched.ShouldBe((before ?? moment.Leaves) - 4);
            }
            if ((before = page.Older) is null) break;
        }

        found.ShouldBe(whole.Select(e => e.Leaf));
        found.Count.ShouldBeGreaterThan(3);
        stops.Count.ShouldBeGreaterThan(2);
        pages.ShouldBeGreaterThan(2);
        TimelineExport.NameOf(new([], null), moment, "csv").ShouldBe($"timeline-as-of-{moment.Leaf}.csv");
        // What is not searched for is not stopped on the way; nor is the record of one skill, which is found by itself.
        (await timeline.ReadAsync(new(Limit: 1000), null, moment, Stop)).Entries.Count.ShouldBe((int)moment.Leaves);
        var skill = await ledger.Service<SkillsAsOf>().FindAsync("needle-one", moment, Stop);
        (await timeline.ReadAsync(new(Text: "needle-one", Limit: 1000), skill, moment, Stop)).SearchedTo.ShouldBeNull();
    }
}
