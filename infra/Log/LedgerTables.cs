using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Log;

/// <summary>What the tables of events must be beside the log itself.</summary>
public sealed class LedgerTables(NpgsqlDataSource db)
{
    /// <returns>Ids of events that have no leaf and do not wait for one, in the order of their numbers: somebody put them in. At most a hundred.</returns>
    public async Task<IReadOnlyList<Guid>> StrayEventsAsync(CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("stray_events"));
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<Guid> ids = [];
        while (await reader.ReadAsync(ct)) ids.Add(reader.GetGuid(0));
        return ids;
    }
}
