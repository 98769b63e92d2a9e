namespace Pipeline.Benchmarks;

/// <summary>Whether sealing keeps up: it must never be slower than the fastest append.</summary>
internal static class SealBenchmark
{
    private const int Transactions = 40;

    public static async Task RunAsync(Bench bench)
    {
        await bench.Sealer.SealAllAsync();
        await bench.CompareAsync("sealing what appends of 100 events a transaction wrote", "events/s",
            new("EventStore.AppendAsync, 100 events", () => AppendAsync(bench)),
            new("Sealer.SealAllAsync, all of these at once", () => SealAsync(bench), Before: () => AppendAsync(bench)));
        await bench.Sealer.SealAllAsync();

        await bench.CompareAsync("sealing inline after each append of 1 event", "tx/s",
            new("EventStore.AppendAsync", () => SingleAsync(bench, andSeal: false)),
            new("EventStore.AppendAsync, then SealAllAsync", () => SingleAsync(bench, andSeal: true)));
        await bench.CompareAsync("sealing when there is nothing to seal", "calls/s", new Contestant("Sealer.SealAllAsync", async () =>
        {
            for (var i = 0; i < 200; i++) await bench.Sealer.SealAllAsync();
            return 200;
        }));
    }

    private static async Task<long> AppendAsync(Bench bench)
    {
        for (var i = 0; i < Transactions; i++) AppendBenchmark.Written(await bench.Store.AppendAsync(Load.Transaction(Load.NewStream(), 0, Load.Events(0, 100))));
        return Transactions * 100L;
    }

    private static async Task<long> SealAsync(Bench bench) => (await bench.Sealer.SealAllAsync()).Count;

    private static async Task<long> SingleAsync(Bench bench, bool andSeal)
    {
        for (var i = 0; i < 100; i++)
        {
            AppendBenchmark.Written(await bench.Store.AppendAsync(Load.Transaction(Load.NewStream(), 0, Load.Events(0, 1))));
            if (andSeal) await bench.Sealer.SealAllAsync();
        }
        return 100;
    }
}
