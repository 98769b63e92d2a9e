using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Hosting;
using Pipeline.Tests;
using Streams = Pipeline.Domain.Ledger.Streams;

namespace Pipeline.EndToEnd.Tests.Api;

public sealed class HeldStreamTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Who_decides_on_a_run_that_is_erased_in_this_moment_decides_again_and_sees_it()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        await ledger.EmitAsync(new Run(1));
        await ledger.ProjectAllAsync();
        var writer = ledger.Service<LedgerWriter>();
        var run = await ledger.ScalarAsync<string>("select stream_id from ledger.mt_events where type = 'trajectory_recorded'");
        var seen = new List<bool>();

        var outcome = await writer.WriteAsync(Context(run), async read =>
        {
            var record = await read.FoldAsync(run, TrajectoryRecord.None, TrajectoryRecord.Evolve);
            seen.Add(record.State.IsErased);
            // As an erasure that comes between the look and the writing.
            if (seen.Count == 1) await EraseAsync(writer, run);
            var rejected = new TrajectoryEvent.TrajectoryRejected("other", "s", "other", $"erased: {record.State.IsErased}");
            return new(Decision.Nothing, [new(Streams.Of(Streams.Trajectory, "other"), Streams.Trajectory, 0, [rejected])]) { Holds = [record.Append(Streams.Trajectory, [])] };
        }, TestContext.Current.CancellationToken);

        outcome.ShouldBeOfType<WriteOutcome.Written>();
        seen.ShouldBe([false, true]);
        (await ledger.ScalarAsync<string>("select data ->> 'reason' from ledger.mt_events where stream_id = 'trajectory-other'")).ShouldBe("erased: True");
        (await ledger.ScalarAsync<long>($"select version from ledger.mt_streams where id = '{run}'")).ShouldBe(2);
    }

    private static async Task EraseAsync(LedgerWriter writer, string stream) => (await writer.WriteAsync(Context(stream), async read =>
    {
        var record = await read.FoldAsync(stream, TrajectoryRecord.None, TrajectoryRecord.Evolve);
        var decision = TrajectoryDecider.Decide(new TrajectoryCommand.EraseSubject("asked for", []), record.State);
        return new(decision, [record.Append(Streams.Trajectory, ((Decision.Accepted)decision).Events)]);
    }, TestContext.Current.CancellationToken)).ShouldBeOfType<WriteOutcome.Written>();

    private static EventContext Context(string stream) => new()
    {
        Actor = new(ActorKind.Policy, "default"),
        CausationId = "",
        CorrelationId = stream,
        DecidedBy = "default@4",
        RecordedAt = default,
    };
}
