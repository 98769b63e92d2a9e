using FsCheck;
using FsCheck.Fluent;
using Npgsql;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Postgres;

/// <summary>Whatever way appends, transactions held open and seals come to lie in time, the sealed order is one.</summary>
public sealed class SealedOrderProperties(PostgresFixture postgres) : LedgerTests(postgres)
{
    private const int Streams = 4;

    public abstract record Step
    {
        public sealed record Append(int Stream, int Events) : Step;
        public sealed record Open(int Stream, int Events) : Step;
        public sealed record Commit(int Stream) : Step;
        public sealed record Rollback(int Stream) : Step;
        public sealed record Seal(int AtMost) : Step;
    }

    private static Gen<Step> Steps { get; } = Gen.OneOf(
        Of((stream, events) => new Step.Append(stream, events)),
        Of((stream, events) => new Step.Append(stream, events)),
        Of((stream, events) => new Step.Open(stream, events)),
        Of((stream, _) => new Step.Commit(stream)),
        Of((stream, _) => new Step.Rollback(stream)),
        Of((_, events) => new Step.Seal(events * 2)));

    private static Gen<Step> Of(Func<int, int, Step> make) =>
        Gen.Choose(0, Streams - 1).SelectMany(stream => Gen.Choose(1, 3).Select(events => make(stream, events)));

    [Fact]
    public void Leaves_are_dense_stable_and_in_each_stream_by_version() =>
        Prop.ForAll(Steps.ListOf().ToArbitrary(), steps => RunAsync([.. steps]).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(40));

    private async Task RunAsync(IReadOnlyList<Step> steps)
    {
        await ExecuteAsync("truncate ledger.mt_streams, ledger.mt_events, ledger.unsealed, ledger.leaves, ledger.tree_nodes; update ledger.seal_state set size = 0, hashed = 0, frontier = ''");
        await using var run = new Run(this);
        List<(long? Leaf, Guid Id)> seen = [];
        foreach (var step in steps)
        {
            await run.TakeAsync(step);
            var order = (await Store.ReadSealedAsync(0, int.MaxValue)).Select(e => (e.Leaf, e.Id)).ToList();
            order.Take(seen.Count).ShouldBe(seen);
            seen = order;
        }
        await run.EndAsync();

        var all = await Store.ReadSealedAsync(0, int.MaxValue);
        all.Select(e => e.Leaf).ShouldBe(Enumerable.Range(0, all.Count).Select(i => (long?)i));
        all.GroupBy(e => e.StreamId).ShouldAllBe(stream => stream.Select((e, i) => e.Version == i + 1).All(inPlace => inPlace));
        all.Count.ShouldBe((int)run.Committed);
        (await Store.SizeAsync()).ShouldBe(new LedgerSize(run.Committed, run.Committed));
    }

    private sealed class Run(SealedOrderProperties ledger) : IAsyncDisposable
    {
        private readonly long[] _versions = new long[Streams];
        private readonly Dictionary<int, (NpgsqlConnection Connection, NpgsqlTransaction Transaction, int Events)> _open = [];

        public long Committed => _versions.Sum();

        public async Task TakeAsync(Step step)
        {
            switch (step)
            {
                // A stream whose transaction is open would only make the next one wait.
                case Step.Append(var stream, var events) when !_open.ContainsKey(stream):
                    (await ledger.AppendAsync(To($"trajectory-{stream}", _versions[stream], events))).ShouldBeOfType<AppendOutcome.Appended>();
                    _versions[stream] += events;
                    break;
                case Step.Open(var stream, var events) when !_open.ContainsKey(stream):
                    var connection = await ledger.Db.OpenConnectionAsync();
                    _open[stream] = (connection, await connection.BeginTransactionAsync(), events);
                    await AppendOnAsync(connection, Writing(To($"trajectory-{stream}", _versions[stream], events)));
                    break;
                case Step.Commit(var stream) when _open.Remove(stream, out var held):
                    await held.Transaction.CommitAsync();
                    await held.Connection.DisposeAsync();
                    _versions[stream] += held.Events;
                    break;
                case Step.Rollback(var stream) when _open.Remove(stream, out var held):
                    await held.Transaction.RollbackAsync();
                    await held.Connection.DisposeAsync();
                    break;
                case Step.Seal(var atMost):
                    await ledger.Sealer.SealAsync(atMost);
                    break;
            }
        }

        public async Task EndAsync()
        {
            foreach (var stream in _open.Keys.ToArray()) await TakeAsync(new Step.Commit(stream));
            await ledger.Sealer.SealAllAsync();
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var (connection, _, _) in _open.Values) await connection.DisposeAsync();
        }
    }
}
