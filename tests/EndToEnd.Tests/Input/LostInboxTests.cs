using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Hosting;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Input;

/// <summary>An import makes a ledger without inbox rows: what was taken in before is told by the streams.</summary>
public sealed class LostInboxTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_is_sent_again_after_an_import_is_not_taken_in_twice()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        var run = new Run(1);
        foreach (var sent in new[] { run.ToEvent(), run.Verdict(success: false, "first"), run.Verdict(success: true, "second") }) await TakeInAsync(sent);
        var (events, evidence) = (await ledger.EventsAsync(), await EvidenceAsync());
        (await ledger.ExecuteAsync("delete from ledger.inbox")).ShouldBe(3);

        foreach (var sent in new[] { run.Verdict(success: false, "first"), run.ToEvent() }) await TakeInAsync(sent);

        (await ledger.EventsAsync()).ShouldBe(events);
        (await EvidenceAsync()).ShouldBe(evidence);
        (await ledger.ScalarAsync<long>("select count(*) from ledger.inbox")).ShouldBe(2);
        // A verdict that is new is another matter.
        await TakeInAsync(run.Verdict(success: false, "third"));
        (await ledger.EventsAsync("trajectory_outcome_corrected")).ShouldBe(3);

        async Task TakeInAsync(System.Text.Json.Nodes.JsonObject sent)
        {
            (await ledger.EmitAsync(sent)).Status.ShouldBe(202);
            await ledger.ProjectAllAsync();
        }

        async Task<string> EvidenceAsync()
        {
            await ledger.Service<LedgerFollower>().SettleAsync(TestContext.Current.CancellationToken);
            return await ledger.ScalarAsync<string>("select string_agg(outcome || evidence_id, ' ' order by evidence_id) from ledger.family_evidence");
        }
    }
}
