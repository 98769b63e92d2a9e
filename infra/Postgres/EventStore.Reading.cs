using Npgsql;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Postgres;

public sealed partial class EventStore
{
    /// <summary>A stream's events by version, after <paramref name="afterVersion"/>; none when there is no such stream.</summary>
    /// <param name="sealedOnly">Leaves out what has no leaf yet.</param>
    public Task<IReadOnlyList<RecordedEvent>> ReadStreamAsync(
        string tenant, string streamId, long afterVersion = 0, bool sealedOnly = false, CancellationToken ct = default) =>
        ReadStreamAsync(tenant, streamId, afterVersion, sealedOnly ? long.MaxValue : null, ct);

    /// <summary>A stream's events as they were when the sealed order had <paramref name="leaves"/> leaves.</summary>
    public Task<IReadOnlyList<RecordedEvent>> ReadStreamAsOfAsync(string tenant, string streamId, long leaves, CancellationToken ct = default) =>
        ReadStreamAsync(tenant, streamId, 0, leaves, ct);

    private Task<IReadOnlyList<RecordedEvent>> ReadStreamAsync(string tenant, string streamId, long afterVersion, long? leaves, CancellationToken ct) =>
        ReadAsync("read_stream", parameters =>
        {
            parameters.AddText(tenant);
            parameters.AddText(streamId);
            parameters.AddNumber(afterVersion);
            parameters.AddNumberOrNull(leaves);
        }, ct);

    /// <summary>Sealed events of all tenants in their total order: leaf <paramref name="fromLeaf"/> and on, at most <paramref name="limit"/>.</summary>
    public Task<IReadOnlyList<RecordedEvent>> ReadSealedAsync(long fromLeaf, int limit, CancellationToken ct = default) =>
        ReadAsync("read_sealed", parameters =>
        {
            parameters.AddNumber(fromLeaf);
            parameters.AddNumber(limit);
        }, ct);

    /// <summary>How many events are committed, and how many of them are sealed.</summary>
    public async Task<LedgerSize> SizeAsync(CancellationToken ct = default)
    {
        await using var connection = await _db.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(SqlText.Of("size"), connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new(reader.GetInt64(0), reader.GetInt64(1));
    }

    private async Task<IReadOnlyList<RecordedEvent>> ReadAsync(string statement, Action<NpgsqlParameterCollection> bind, CancellationToken ct)
    {
        await using var connection = await _db.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(SqlText.Of(statement), connection);
        bind(command.Parameters);
        await command.PrepareAsync(ct);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new RecordedEventReader(reader, _catalogue);
        List<RecordedEvent> events = [];
        while (await reader.ReadAsync(ct)) events.Add(rows.Current());
        return events;
    }
}

/// <param name="Events">Committed events, sealed or not.</param>
/// <param name="Sealed">The next leaf to be given.</param>
public readonly record struct LedgerSize(long Events, long Sealed);
