using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>How far curation has looked at each family. Losing it costs time only: decisions are a function of the family's stream.</summary>
public sealed class CurationProgress(NpgsqlDataSource db)
{
    /// <summary>How many of the family's evidence events were looked at.</summary>
    public async Task<int> EvidenceSeenAsync(string tenant, string familyId, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("curation_progress_read"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddText(familyId);
        return await command.ExecuteScalarAsync(ct) is int seen ? seen : 0;
    }

    /// <summary>How many evidence events were looked at, by family; those at which nobody has looked are not in it.</summary>
    public async Task<IReadOnlyDictionary<string, int>> EvidenceSeenAsync(string tenant, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("curation_progress_of_all"));
        command.Parameters.AddText(tenant);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct)) seen.Add(reader.GetString(0), reader.GetInt32(1));
        return seen;
    }

    public async Task SaveAsync(string tenant, string familyId, int evidenceSeen, long streamVersion, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("curation_progress_save"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddText(familyId);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = evidenceSeen });
        command.Parameters.AddNumber(streamVersion);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Whether the family's stream has grown since curation looked at it.</summary>
    public async Task<bool> IsBehindAsync(string tenant, string familyId, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("curation_progress_is_behind"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddText(familyId);
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>Families with evidence that curation has not looked at, the longest waiting first.</summary>
    public async Task<IReadOnlyList<(string Tenant, string FamilyId)>> BehindAsync(int atMost, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("curation_progress_behind"));
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = atMost });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<(string, string)> behind = [];
        while (await reader.ReadAsync(ct)) behind.Add((reader.GetString(0), reader.GetString(1)));
        return behind;
    }
}
