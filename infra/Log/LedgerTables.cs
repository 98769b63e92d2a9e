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

    /// <returns>Streams whose row says another end than their events have, or that have a hole, by tenant and id. At most a hundred.</returns>
    public async Task<IReadOnlyList<StreamEnd>> StreamEndsAsync(CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("stream_ends"));
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<StreamEnd> ends = [];
        while (await reader.ReadAsync(ct)) ends.Add(new(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
        return ends;
    }

    /// <summary><see cref="StreamEndsAsync(CancellationToken)"/> of some streams.</summary>
    public async Task<IReadOnlyList<StreamEnd>> StreamEndsAsync(string tenant, IReadOnlyCollection<string> streams, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("stream_ends_of"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTexts([.. streams]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<StreamEnd> ends = [];
        while (await reader.ReadAsync(ct)) ends.Add(new(tenant, reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)));
        return ends;
    }

    /// <returns>Names that are kept for a skill that does not live under them, and living skills whose name nobody keeps, as the catalogue has them. At most a hundred.</returns>
    public async Task<IReadOnlyList<SkillNameRow>> DifferingNamesAsync(CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("skill_names_differing"));
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<SkillNameRow> names = [];
        while (await reader.ReadAsync(ct)) names.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return names;
    }
}

/// <param name="Row">The version that the stream's row says it has.</param>
/// <param name="Last">The last version that its events have.</param>
/// <param name="Events">How many there are.</param>
public sealed record StreamEnd(string Tenant, string Stream, long Row, long Last, long Events);

public sealed record SkillNameRow(string Tenant, string Name, string SkillId);
