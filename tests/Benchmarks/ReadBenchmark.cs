using Npgsql;
using Pipeline.Domain.Ledger;

namespace Pipeline.Benchmarks;

/// <summary>Reading a stream of 1,000 events, and the sealed order, beside the bare query that fetches the same rows as text.</summary>
internal static class ReadBenchmark
{
    private const int Size = 1_000;
    private const int Times = 20;

    public static async Task RunAsync(Bench bench)
    {
        var stream = Load.NewStream();
        AppendBenchmark.Written(await bench.Store.AppendAsync(Load.Transaction(stream, 0, Load.Events(0, Size))));
        await bench.Sealer.SealAllAsync();
        var from = (await bench.Store.ReadStreamAsync(EventContext.DefaultTenant, stream))[0].Leaf!.Value;
        await using var connection = await bench.Db.OpenConnectionAsync();
        await using var raw = new NpgsqlCommand("select version, type, data from ledger.mt_events where tenant_id = $1 and stream_id = $2 order by version", connection)
        {
            Parameters = { new() { Value = EventContext.DefaultTenant }, new() { Value = stream } },
        };
        await raw.PrepareAsync();

        await bench.CompareAsync("read a stream of 1,000 events", "events/s",
            new("bare query, rows as text", () => RepeatAsync(() => CountAsync(raw))),
            new("EventStore.ReadStreamAsync, as events", () => RepeatAsync(async () => (await bench.Store.ReadStreamAsync(EventContext.DefaultTenant, stream)).Count)),
            new("EventStore.ReadSealedAsync, as events", () => RepeatAsync(async () => (await bench.Store.ReadSealedAsync(from, Size)).Count)));
    }

    private static async Task<int> CountAsync(NpgsqlCommand command)
    {
        await using var reader = await command.ExecuteReaderAsync();
        var rows = 0;
        while (await reader.ReadAsync())
        {
            _ = reader.GetInt64(0);
            _ = reader.GetString(1);
            _ = reader.GetString(2);
            rows++;
        }
        return rows;
    }

    private static async Task<long> RepeatAsync(Func<Task<int>> read)
    {
        long events = 0;
        for (var i = 0; i < Times; i++) events += await read();
        return events;
    }
}
