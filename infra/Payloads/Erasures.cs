using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Payloads;

/// <summary>What an erasure takes away beside the subject's payloads. Stored format.</summary>
/// <param name="Trajectories">The subject's runs that are on record.</param>
/// <param name="Purge">Digests of contents that say what only those runs said.</param>
/// <param name="Through">How many leaves there were when it was looked. What was made of the runs afterwards could not be looked at: it goes without.</param>
public sealed record ErasurePlan(string Reason, string Actor, IReadOnlyList<string> Trajectories, IReadOnlyList<string> Purge, long Through);

/// <summary>Erasures that were begun, until they are done.</summary>
public sealed class Erasures(NpgsqlDataSource db)
{
    /// <returns>What is to be done: with what an erasure of the same subject that was begun before had found.</returns>
    public async Task<ErasurePlan> BeginAsync(DataSubject subject, ErasurePlan plan, DateTimeOffset now, CancellationToken ct = default)
    {
        await using var command = Command("erasure_begin", subject);
        command.Parameters.AddJson(JsonSerializer.Serialize(plan, LedgerJson.Options));
        command.Parameters.AddTime(now);
        return JsonSerializer.Deserialize<ErasurePlan>((string)(await command.ExecuteScalarAsync(ct))!, LedgerJson.Options)!;
    }

    public async Task DoneAsync(DataSubject subject, DateTimeOffset now, CancellationToken ct = default)
    {
        await using var command = Command("erasure_done", subject);
        command.Parameters.AddTime(now);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Those that are not done, and those that were done after a time.</summary>
    public async Task<IReadOnlyList<(DataSubject Subject, ErasurePlan Plan)>> DueAsync(string tenant, DateTimeOffset doneAfter, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("erasure_due"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTime(doneAfter);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<(DataSubject, ErasurePlan)> due = [];
        while (await reader.ReadAsync(ct)) due.Add((new(tenant, reader.GetString(0)), JsonSerializer.Deserialize<ErasurePlan>(reader.GetString(1), LedgerJson.Options)!));
        return due;
    }

    /// <summary>Ids of the subject's runs, as far as the read models have come.</summary>
    public async Task<IReadOnlyList<string>> TrajectoriesAsync(DataSubject subject, CancellationToken ct = default)
    {
        await using var command = Command("trajectories_of_subject", subject);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<string> ids = [];
        while (await reader.ReadAsync(ct)) ids.Add(reader.GetString(0));
        return ids;
    }

    /// <returns>Those of the files that skills other than these have, too.</returns>
    public async Task<IReadOnlySet<string>> ElsewhereAsync(string tenant, IEnumerable<string> skills, IEnumerable<string> files, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("contents_elsewhere"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTexts([.. skills]);
        command.Parameters.AddTexts([.. files]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct)) found.Add(reader.GetString(0));
        return found;
    }

    /// <summary>Deletes contents for good. Those that are not there are none.</summary>
    public async Task PurgeAsync(IReadOnlyCollection<string> digests, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("contents_purge"));
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. digests.Select(Digest.BytesOf)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        await command.ExecuteNonQueryAsync(ct);
    }

    private NpgsqlCommand Command(string statement, DataSubject subject)
    {
        var command = db.CreateCommand(SqlText.Of(statement));
        command.Parameters.AddText(subject.Tenant);
        command.Parameters.AddText(subject.Subject);
        return command;
    }
}
