using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Learning;

public sealed class DeterminismTests(PostgresFixture postgres)
{
    private const string Decisions = """
        select concat_ws(' ', e.stream_id, data ->> 'throughEvidence', data ->> 'operation', data ->> 'reasonCode', data -> 'result' ->> 'packageDigest')
        from ledger.mt_events e where type = 'curation_decided' order by e.stream_id, e.version
        """;

    private const string Versions = """
        select concat_ws(' ', stream_id, coalesce(data ->> 'version', '1'), type, data #>> '{content,package,digest}', data #>> '{content,package}')
        from ledger.mt_events where type in ('skill_created', 'skill_improved') order by stream_id, version
        """;

    // Two families; what the second half does differently improves a skill, and some fail.
    private static List<Run> Input { get; } =
    [
        .. Run.Many(14).SelectMany(r => new[]
        {
            r with { Id = $"renew-{r.Number}", ChecksHolds = r.Number > 5, Succeeded = r.Number % 4 != 3 },
            r with { Id = $"return-{r.Number}", Effect = "return_loan", Source = $"https://library.test/desk-{r.Number % 2}" },
        }),
    ];

    [Fact]
    public async Task The_same_input_in_the_same_order_makes_the_same_versions_and_decisions()
    {
        await using var one = await PumpedLedger.StartAsync(postgres);
        await using var other = await PumpedLedger.StartAsync(postgres);
        await Task.WhenAll(one.LearnAsync(Input), other.LearnAsync(Input));

        var versions = await one.ColumnAsync(Versions);
        versions.Count.ShouldBeGreaterThan(2);
        (await other.ColumnAsync(Versions)).ShouldBe(versions);
        (await other.ColumnAsync(Decisions)).ShouldBe(await one.ColumnAsync(Decisions));
    }

    [Fact]
    public async Task How_events_are_batched_changes_no_decision()
    {
        var decisions = new List<IReadOnlyList<string>>();
        foreach (var size in new[] { 1, 7, Input.Count })
        {
            await using var ledger = await PumpedLedger.StartAsync(postgres);
            foreach (var batch in Input.Chunk(size)) (await ledger.EmitAsync(batch)).Status.ShouldBe(202);
            await ledger.SettleAsync();
            decisions.Add(await ledger.ColumnAsync(Decisions));
        }

        decisions[0].Count.ShouldBeGreaterThan(3);
        decisions[1].ShouldBe(decisions[0]);
        decisions[2].ShouldBe(decisions[0]);
    }

    [Fact]
    public async Task When_curation_runs_changes_no_decision()
    {
        await using var late = await HandDrivenLedger.StartAsync(postgres);
        (await late.EmitAsync(Input)).Status.ShouldBe(202);
        await late.ProjectAllAsync();
        await late.CurateAllAsync();

        await using var eager = await HandDrivenLedger.StartAsync(postgres);
        foreach (var run in Input)
        {
            (await eager.EmitAsync(run)).Status.ShouldBe(202);
            await eager.ProjectAllAsync();
            await eager.CurateAllAsync();
        }

        (await late.ColumnAsync(Decisions)).ShouldBe(await eager.ColumnAsync(Decisions));
        (await late.ColumnAsync(Versions)).ShouldBe(await eager.ColumnAsync(Versions));
    }

    [Fact]
    public async Task Curations_of_one_family_at_once_make_no_version_twice()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        (await ledger.EmitAsync(Input)).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        var message = (await ledger.Queue.ReceiveAsync("curation", 1, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).Single().Message.Body;

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ledger.InvokeAsync("CurateFamily", message)));
        answers.ShouldAllBe(a => a.Status == 200);
        await ledger.CurateAllAsync();

        (await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where type = 'curation_decided'"))
            .ShouldBe(await ledger.ScalarAsync<long>("select count(distinct (stream_id, data ->> 'throughEvidence')) from ledger.mt_events where type = 'curation_decided'"));
        (await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where type = 'skill_created'")).ShouldBe(2);
    }

    [Fact]
    public async Task Projections_of_one_event_at_once_record_it_once()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        (await ledger.EmitAsync(new Run(1))).Status.ShouldBe(202);
        var message = (await ledger.Queue.ReceiveAsync("trajectories", 1, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).Single().Message.Body;

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ledger.InvokeAsync("ProjectTrajectory", message)));

        answers.ShouldAllBe(a => a.Status == 200);
        (await ledger.EventsAsync("trajectory_recorded")).ShouldBe(1);
        (await ledger.EventsAsync("evidence_admitted")).ShouldBe(1);
        (await ledger.ScalarAsync<long>("select count(*) from ledger.dead_letters")).ShouldBe(0);
    }
}
