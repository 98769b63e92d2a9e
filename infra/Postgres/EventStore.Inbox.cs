using Npgsql;

namespace Pipeline.Infra.Postgres;

public sealed partial class EventStore
{
    /// <returns>What came of the message, or null when it has had no effect yet.</returns>
    public async Task<InboxEntry?> FindInboxAsync(string tenant, InboxKey key, CancellationToken ct = default) =>
        (await FindInboxAsync(tenant, [key], ct)).GetValueOrDefault(key);

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
