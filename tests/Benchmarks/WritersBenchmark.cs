using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;

namespace Pipeline.Benchmarks;

/// <summary>Eight writers, one event a transaction: each on a stream of its own, and all on one.</summary>
internal static class WritersBenchmark
{
    private const int Writers = 8;
    private const int Each = 50;

    public static async Task RunAsync(Bench bench)
    {
        var raws = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => RawAppend.ToStreamsAsync(bench.Db, newStreams: true, many: false)));
        var data = EventCatalogue.Write(Load.Events(0, 1)[0]);
        try
        {
            await bench.CompareAsync("append, 8 writers, 1 event a transaction", "tx/s",
                new("raw statements, each writer new streams", () => TogetherAsync(async writer =>
                {
                    for (var i = 0; i < Each; i++) await raws[writer].AppendAsync(Load.NewStream(), 0, data);
                })),
                new("EventStore, each writer new streams", () => TogetherAsync(async _ =>
                {
                    for (var i = 0; i < Each; i++) AppendBenchmark.Written(await bench.Store.AppendAsync(Load.Transaction(Load.NewStream(), 0, 1)));
                })),
                new("EventStore, each writer one stream of its own", () => TogetherAsync(async _ =>
                {
                    var stream = Load.NewStream();
                    for (var i = 0; i < Each; i++) AppendBenchmark.Written(await bench.Store.AppendAsync(Load.Transaction(stream, i, 1)));
                })),
                new("EventStore, one hot stream, conflicts retried", () => HotAsync(bench)));
        }
        finally
        {
            foreach (var raw in raws) await raw.DisposeAsync();
        }
    }

    private static Task<long> HotAsync(Bench bench)
    {
        var stream = Load.NewStream();
        return TogetherAsync(async _ =>
        {
            long version = 0;
            for (var written = 0; written < Each;)
            {
                if (await bench.Store.AppendAsync(Load.Transaction(stream, version, 1)) is AppendOutcome.Appended appended)
                {
                    version = appended.Versions[stream];
                    written++;
                }
                else
                {
                    version = (await bench.Store.ReadStreamAsync(EventContext.DefaultTenant, stream, version)) is [.., var last] ? last.Version : version;
                }
            }
        });
    }

    private static async Task<long> TogetherAsync(Func<int, Task> write)
    {
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => write(writer))));
        return Writers * Each;
    }
}
