using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using static Pipeline.Domain.Families.FamilyEvent;

namespace Pipeline.Benchmarks;

/// <summary>Folding a stream of 1,000 events into its state, and reading it on the way, beside reading alone.</summary>
internal static class ReplayBenchmark
{
    public static async Task RunAsync(Bench bench)
    {
        var stream = Load.NewStream();
        AppendBenchmark.Written(await bench.Store.AppendAsync(new()
        {
            Context = Load.Context,
            Streams = [new(stream, Streams.Family, 0, [new FamilyOpened(stream, "shop", "return an order"), .. Load.Events(0, 999)])],
        }));
        var events = (await bench.Store.ReadStreamAsync(EventContext.DefaultTenant, stream)).Select(e => e.Event).ToArray();

        await bench.CompareAsync("replay a stream of 1,000 events", "events/s",
            new("read it", () => RepeatAsync(async () => (await bench.Store.ReadStreamAsync(EventContext.DefaultTenant, stream)).Count)),
            new("read it and fold it", () => RepeatAsync(async () =>
                Folded((await bench.Store.ReadStreamAsync(EventContext.DefaultTenant, stream)).Select(e => e.Event)))),
            new("fold it, read before", () => RepeatAsync(() => Task.FromResult(Folded(events)))));
    }

    private static int Folded(IEnumerable<ILedgerEvent> events) => Family.Fold(events).EvidenceEvents + 1;

    private static async Task<long> RepeatAsync(Func<Task<int>> replay)
    {
        long events = 0;
        for (var i = 0; i < 10; i++) events += await replay();
        return events;
    }
}
