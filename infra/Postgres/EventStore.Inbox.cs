using Npgsql;

namespace Pipeline.Infra.Postgres;

public sealed partial class EventStore
{
    /// <returns>What came of the message, or null when it has had no effect yet.</returns>
    public async Task<InboxEntry?> FindInboxAsync(string tenant, InboxKey key, CancellationToken ct = default) =>
        (await FindInboxAsync(tenant, [key], ct)).GetValueOrDefault(key);

    /// <returns>The living skill that has a name for itself; null when it is free.</returns>
    public async Task<string?> NameHolderAsync(string tenant, string name, CancellationToken ct = default)
    {
        await using var command = _db.CreateCommand(SqlText.Of("name_holders"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTexts([name]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? reader.GetString(1) : null;
    }

    /// <returns>By identity; messages that have had no effect yet are left out.</returns>
    public async Task<IReadOnlyDictionary<InboxKey, InboxEntry>> FindInboxAsync(
        string tenant, IReadOnlyCollection<InboxKey> keys, CancellationToken ct = default)
    {
        await using var connection = await _db.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(SqlText.Of("find_inbox"), connection);
        command.Parameters.AddText(tenant);
        command.Parameters.AddTexts([.. keys.Select(k => k.Source)]);
        command.Parameters.AddTexts([.. keys.Select(k => k.MessageId)]);
        await command.PrepareAsync(ct);
        await using var reader = await command.ExecuteReaderAsync(ct);
        Dictionary<InboxKey, InboxEntry> entries = [];
        while (await reader.ReadAsync(ct))
        {
            var entry = new InboxEntry
            {
                Source = reader.GetString(0),
                MessageId = reader.GetString(1),
                ContentDigest = reader.GetString(2),
                StreamId = reader.GetString(3),
                StreamVersion = reader.GetInt64(4),
                Result = reader.GetString(5),
                HandledAt = reader.GetFieldValue<DateTimeOffset>(6),
            };
            entries[entry.Key] = entry;
        }
        return entries;
    }
}
