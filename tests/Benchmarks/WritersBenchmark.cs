using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;

namespace Pipeline.Benchmarks;

/// <summary>Eight writers, one event a transaction: on new streams, each on a stream of its own, and all on one. Each beside raw
/// writers that do the same in the same way; on the one stream both read where it stands after a conflict and try again.</summary>
internal static class WritersBenchmark
{
    private const int Writers = 8;
    private const int Each = 50;

    public static async Task RunAsync(Bench bench)
    {
        await using var raw = await RawWriters.OpenAsync(bench);
        var events = Load.Events(0, 1);
        var premade = EventCatalogue.WriteUtf8(events[0]);

        byte[] Json() => EventCatalogue.WriteUtf8(events[0]);
        async Task StoreAsync(string stream, long expected) => AppendBenchmark.Written(await bench.Store.AppendAsync(Load.Transaction(stream, expected, events)));

        await bench.CompareAsync("append, 8 writers, each transaction a new stream", "tx/s",
            new("raw statements", () => TogetherAsync((writer, _) => raw.First[writer].AppendAsync(Load.NewStream(), 0, Json()))),
            new("EventStore.AppendAsync", () => TogetherAsync((_, _) => StoreAsync(Load.NewStream(), 0))));

        await bench.CompareAsync("append, 8 writers, each on a stream of its own", "tx/s",
            new("raw statements", () => OwnAsync(raw, premade, (writer, stream, at) => raw.Next[writer].AppendAsync(stream, at, Json()))),
            new("EventStore.AppendAsync", () => OwnAsync(raw, premade, (_, stream, at) => StoreAsync(stream, at))));

        await bench.CompareAsync("append, 8 writers on one hot stream", "tx/s",
            new("raw statements, tried again", () => HotAsync(raw, premade, async (writer, stream, at) =>
                await raw.Next[writer].TryAppendAsync(stream, at, Json()) ? at + 1 : -await raw.Next[writer].VersionAsync(stream))),
            new("EventStore.AppendAsync, tried again", () => HotAsync(raw, premade, async (_, stream, at) =>
                await bench.Store.AppendAsync(Load.Transaction(stream, at, events)) switch
                {
                    AppendOutcome.Appended appended => appended.Versions[stream],
                    _ => -(await bench.Store.ReadStreamAsync(EventContext.DefaultTenant, stream, at))[^1].Version,
                })));
    }

    private static async Task<long> OwnAsync(RawWriters raw, byte[] data, Func<int, string, long, Task> append)
    {
        var streams = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => raw.OpenStreamAsync(writer, data)));
        return await TogetherAsync((writer, n) => append(writer, streams[writer], n + 1));
    }

    /// <param name="append">The version that the stream has after it, or, where it was not at the version given, minus the one it is at.</param>
    private static async Task<long> HotAsync(RawWriters raw, byte[] data, Func<int, string, long, Task<long>> append)
    {
        var stream = await raw.OpenStreamAsync(0, data);
        var at = Enumerable.Repeat(1L, Writers).ToArray();
        return await TogetherAsync(async (writer, _) =>
        {
            while ((at[writer] = await append(writer, stream, at[writer])) < 0) at[writer] = -at[writer];
        });
    }

    private static async Task<long> TogetherAsync(Func<int, int, Task> write)
    {
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var n = 0; n < Each; n++) await write(writer, n);
        })));
        return Writers * Each;
    }

    /// <summary>For each writer a statement for a stream's first event and one for its next.</summary>
    private sealed class RawWriters(RawAppend[] first, RawAppend[] next) : IAsyncDisposable
    {
        public RawAppend[] First => first;
        public RawAppend[] Next => next;

        public static async Task<RawWriters> OpenAsync(Bench bench) => new(await AllAsync(bench, newStreams: true), await AllAsync(bench, newStreams: false));

        public async Task<string> OpenStreamAsync(int writer, byte[] data)
        {
            var stream = Load.NewStream();
            await first[writer].AppendAsync(stream, 0, data);
            return stream;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var raw in (RawAppend[])[.. first, .. next]) await raw.DisposeAsync();
        }

        private static Task<RawAppend[]> AllAsync(Bench bench, bool newStreams) =>
            Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => RawAppend.ToStreamsAsync(bench.Db, newStreams, many: false)));
    }
}
