using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>Reads all that waits to be done, of all tenants, in one query.</summary>
public sealed class Backlogs(NpgsqlDataSource db)
{
    public async Task<Backlog> ReadAsync(CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("backlog"));
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<(string Kind, string Name, Waiting Waiting)> rows = [];
        while (await reader.ReadAsync(ct)) rows.Add((reader.GetString(0), reader.GetString(1), new(reader.GetInt64(2), reader.GetDouble(3))));
        IReadOnlyDictionary<string, Waiting> Of(string kind) => rows.Where(r => r.Kind == kind).ToDictionary(r => r.Name, r => r.Waiting, StringComparer.Ordinal);
        return new(
            Of("queue"), Of("dead"), Of("unsealed").Values.FirstOrDefault() ?? new(0, 0), Of("job"),
            Of("projection").Values.FirstOrDefault()?.Count ?? 0, Of("index").Values.FirstOrDefault()?.Count);
    }
}

/// <summary>What waits to be done.</summary>
/// <param name="Queues">By name; those in PostgreSQL only.</param>
/// <param name="DeadLetters">By the queue that they were on.</param>
/// <param name="Unsealed">Committed events without a leaf.</param>
/// <param name="Jobs">Open validation jobs by state.</param>
/// <param name="ReadModelLag">Leaves between the end of the sealed order and the read model that is furthest behind.</param>
/// <param name="IndexLag">The same for the search index; null where none has a position in the database.</param>
public sealed record Backlog(
    IReadOnlyDictionary<string, Waiting> Queues, IReadOnlyDictionary<string, Waiting> DeadLetters, Waiting Unsealed,
    IReadOnlyDictionary<string, Waiting> Jobs, long ReadModelLag, long? IndexLag);

/// <param name="AgeSeconds">Of the oldest, by the database's clock; 0 where none waits.</param>
public sealed record Waiting(long Count, double AgeSeconds);
