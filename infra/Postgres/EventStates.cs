using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>What became of events that somebody sent, as far as inbox and dead letters know.</summary>
public sealed class EventStates(NpgsqlDataSource db)
{
    /// <returns>In the order of the keys.</returns>
    public async Task<IReadOnlyList<EventState>> FindAsync(string tenant, IReadOnlyList<InboxKey> keys, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("event_states"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTexts([.. keys.Select(k => k.Source)]);
        command.Parameters.AddTexts([.. keys.Select(k => k.MessageId)]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<EventState> states = [];
        while (await reader.ReadAsync(ct)) states.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        return states;
    }
}

/// <param name="State"><c>recorded</c>, <c>rejected</c> or <c>pending</c>.</param>
/// <param name="Message">Why it was rejected; empty otherwise.</param>
public sealed record EventState(string Source, string Id, string State, string Message);
