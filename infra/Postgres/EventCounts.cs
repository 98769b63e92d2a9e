using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>How many events there are, by what they are and by when they were recorded.</summary>
public sealed class EventCounts(NpgsqlDataSource db)
{
    /// <param name="fromLeaf">Of sealed events from this leaf on, and before <paramref name="beforeLeaf"/>.</param>
    /// <param name="seconds">Length of the stretches of time that they are counted in; at least 1.</param>
    public async Task<IReadOnlyList<EventCount>> ReadAsync(string tenant, long fromLeaf, long beforeLeaf, long seconds, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("event_counts"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddNumber(fromLeaf);
        command.Parameters.AddNumber(beforeLeaf);
        command.Parameters.AddNumber(seconds);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<EventCount> counts = [];
        while (await reader.ReadAsync(ct)) counts.Add(new(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3)));
        return counts;
    }
}

/// <param name="Stretch">Number of the stretch of time, from the Unix epoch.</param>
/// <param name="Type">Alias of the event's type.</param>
/// <param name="Operation">That a curation decided on; empty for events that are no such decision.</param>
public sealed record EventCount(long Stretch, string Type, string Operation, long Count);
