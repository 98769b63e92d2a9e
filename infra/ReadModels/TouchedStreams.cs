using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.ReadModels;

/// <summary>The streams that a batch of events belongs to, each from its first version up to the batch's end: what is needed to
/// fold a stream's state anew rather than to patch a row.</summary>
internal static class TouchedStreams
{
    public static async Task<IReadOnlyList<IReadOnlyList<RecordedEvent>>> ReadAsync(
        NpgsqlConnection connection, string type, IReadOnlyList<RecordedEvent> batch, CancellationToken cancellationToken)
    {
        var touched = batch.Where(e => e.StreamId.StartsWith(Streams.Of(type, ""), StringComparison.Ordinal)).GroupBy(e => (e.Context.Tenant, e.StreamId)).ToList();

        // A stream that begins in the batch is all there.
        var whole = touched.FindAll(s => s.First().Version == 1).ConvertAll(IReadOnlyList<RecordedEvent> (s) => [.. s]);
        var begun = touched.FindAll(s => s.First().Version > 1).ConvertAll(s => s.Key);
        if (begun.Count > 0) whole.AddRange(await ReadAsync(connection, begun, batch[^1].Leaf!.Value, cancellationToken));
        return whole;
    }

    private static async Task<List<IReadOnlyList<RecordedEvent>>> ReadAsync(
        NpgsqlConnection connection, List<(string Tenant, string StreamId)> streams, long lastLeaf, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SqlText.Of("read_streams_through"), connection);
        command.Parameters.AddTexts([.. streams.Select(s => s.Tenant)]);
        command.Parameters.AddTexts([.. streams.Select(s => s.StreamId)]);
        command.Parameters.AddNumber(lastLeaf);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new RecordedEventReader(reader, EventCatalogue.Default);
        var events = new List<RecordedEvent>();
        while (await reader.ReadAsync(cancellationToken)) events.Add(rows.Current());
        return events.GroupBy(e => (e.Context.Tenant, e.StreamId)).Select(IReadOnlyList<RecordedEvent> (s) => [.. s]).ToList();
    }
}
