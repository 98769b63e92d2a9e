using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;

namespace Pipeline.Benchmarks;

/// <summary>One writer: the store beside one raw statement that writes the same rows, and beside a bare table.</summary>
internal static class AppendBenchmark
{
    public static async Task RunAsync(Bench bench)
    {
        await OneAsync(bench, "append, 1 event a transaction, to a stream that is there", newStreams: false, transactions: 100);
        await OneAsync(bench, "append, 1 event a transaction, each a new stream", newStreams: true, transactions: 100);
        await ManyAsync(bench, "append, 100 events a transaction, each a new stream", transactions: 10);
    }

    private static async Task OneAsync(Bench bench, string title, bool newStreams, int transactions)
    {
        await using var raw = await RawAppend.ToStreamsAsync(bench.Db, newStreams: newStreams, many: false);
        await using var opening = await RawAppend.ToStreamsAsync(bench.Db, newStreams: true, many: false);
        await using var bare = await RawAppend.ToOneTableAsync(bench.Db, many: false);
        var events = Load.Events(0, 1);
        var premade = EventCatalogue.WriteUtf8(events[0]);

        async Task<string> StreamAsync()
        {
            var stream = Load.NewStream();
            if (!newStreams) await opening.AppendAsync(stream, 0, premade);
            return stream;
        }

        async Task<long> RunAsync(Func<string, long, Task> append)
        {
            var stream = await StreamAsync();
            for (long i = 0; i < transactions; i++)
                await (newStreams ? append(Load.NewStream(), 0) : append(stream, i + 1));
            return transactions;
        }

        await bench.CompareAsync(title, "tx/s",
            new("one raw statement, the same rows", () => RunAsync((stream, expected) => raw.AppendAsync(stream, expected, EventCatalogue.WriteUtf8(events[0])))),
            new("EventStore.AppendAsync", () => RunAsync(async (stream, expected) => Written(await bench.Store.AppendAsync(Load.Transaction(stream, expected, events))))),
            new("insert into one bare table", () => RunAsync((stream, expected) => bare.AppendAsync(stream, expected, premade))));
    }

    private static async Task ManyAsync(Bench bench, string title, int transactions)
    {
        await using var raw = await RawAppend.ToStreamsAsync(bench.Db, newStreams: true, many: true);
        await using var bare = await RawAppend.ToOneTableAsync(bench.Db, many: true);
        var events = Load.Events(0, 100);
        byte[][] premade = [.. events.Select(EventCatalogue.WriteUtf8)];

        async Task<long> RunAsync(Func<string, Task> append)
        {
            for (var i = 0; i < transactions; i++) await append(Load.NewStream());
            return transactions * 100L;
        }

        await bench.CompareAsync(title, "events/s",
            new("one raw statement, the same rows", () => RunAsync(stream => raw.AppendAsync(stream, 0, [.. events.Select(EventCatalogue.WriteUtf8)]))),
            new("EventStore.AppendAsync", () => RunAsync(async stream => Written(await bench.Store.AppendAsync(Load.Transaction(stream, 0, events))))),
            new("the raw statement, its JSON made beforehand", () => RunAsync(stream => raw.AppendAsync(stream, 0, premade))),
            new("insert into one bare table", () => RunAsync(stream => bare.AppendAsync(stream, 0, premade))));
    }

    public static void Written(AppendOutcome outcome)
    {
        if (outcome is not AppendOutcome.Appended) throw new InvalidOperationException($"the append came to {outcome}");
    }
}
