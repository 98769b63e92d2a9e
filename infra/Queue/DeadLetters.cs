using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Queue;

/// <summary>The messages that could not be handled: to be looked at, put back on their queue, or discarded.</summary>
public sealed class DeadLetters(NpgsqlDataSource dataSource)
{
    private static readonly string Insert = SqlText.Of("dead_letter_record");
    private static readonly string List = SqlText.Of("dead_letter_list");
    private static readonly string Show = SqlText.Of("dead_letter_show");
    private static readonly string Retry = SqlText.Of("dead_letter_retry");
    private static readonly string Discard = SqlText.Of("dead_letter_discard");
    private static readonly string Unsealed = SqlText.Of("dead_letter_unsealed");
    private static readonly string Seal = SqlText.Of("dead_letter_seal");
    private static readonly string Expire = SqlText.Of("dead_letter_expire");

    /// <summary>Keeps a message that a handler found to be poison; the same one again (after a crash) is kept once.</summary>
    /// <remarks>A host cannot be told to dead-letter a message, so the handler records it here and then succeeds.</remarks>
    public async Task RecordAsync(PoisonMessage poison, CancellationToken cancellationToken = default)
    {
        await using var command = dataSource.CreateCommand(Insert);
        void Text(string value) => command.Parameters.AddText(StorableText.Of(value));
        Text(poison.Tenant);
        Text(poison.Queue);
        Text(poison.MessageId);
        Text(poison.Source);
        Text(poison.Reason);
        Text(poison.Detail);
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = poison.Body.ToArray() });
        Text(poison.ContentType);
        Text(poison.CorrelationId);
        Text(poison.Subject);
        Text(PostgresQueue.Json(poison.Properties.SetItem(QueueMessage.TenantProperty, poison.Tenant)).Replace("\\u0000", "\uFFFD", StringComparison.Ordinal));
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = poison.DeliveryCount });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = Fingerprint(poison) });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <param name="queue">Empty: of all queues.</param>
    /// <param name="state">Null: in any state.</param>
    /// <param name="after">The id of the last one seen; 0 from the beginning.</param>
    public async Task<IReadOnlyList<DeadLetter>> ListAsync(
        string tenant, string queue = "", DeadLetterState? state = DeadLetterState.Waiting, long after = 0, int limit = 100,
        CancellationToken cancellationToken = default)
    {
        await using var command = dataSource.CreateCommand(List);
        command.Parameters.AddText(tenant);
        command.Parameters.AddText(queue);
        command.Parameters.AddText(state?.ToString().ToLowerInvariant() ?? "");
        command.Parameters.AddNumber(after);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var letters = new List<DeadLetter>();
        while (await reader.ReadAsync(cancellationToken)) letters.Add(Read(reader));
        return letters;
    }

    /// <summary>Null when there is none with this id.</summary>
    public async Task<DeadLetterContent?> GetAsync(string tenant, long id, CancellationToken cancellationToken = default)
    {
        await using var command = Command(Show, tenant, id);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new(Read(reader), reader.GetFieldValue<byte[]>(12)) : null;
    }

    /// <summary>Puts it back on its queue, with its count of deliveries at zero.</summary>
    public async Task<DeadLetterOutcome> RetryAsync(string tenant, long id, CancellationToken cancellationToken = default)
    {
        var (outcome, queue) = await DecideAsync(Retry, tenant, id, cancellationToken);
        if (outcome == DeadLetterOutcome.Done) await new PostgresQueue(dataSource).SignalAsync([queue], cancellationToken);
        return outcome;
    }

    /// <summary>Gives it up: the record of it stays, its body goes.</summary>
    public async Task<DeadLetterOutcome> DiscardAsync(string tenant, long id, CancellationToken cancellationToken = default) =>
        (await DecideAsync(Discard, tenant, id, cancellationToken)).Outcome;

    /// <summary>Waiting letters that the queue buried itself, as their senders wrote them.</summary>
    public async Task<IReadOnlyList<(long Id, byte[] Body)>> UnsealedAsync(string tenant, int limit, CancellationToken cancellationToken = default)
    {
        await using var command = Command(Unsealed, tenant, limit);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var letters = new List<(long, byte[])>();
        while (await reader.ReadAsync(cancellationToken)) letters.Add((reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)));
        return letters;
    }

    /// <summary>Puts the sealed message in the place of one of <see cref="UnsealedAsync"/>.</summary>
    public async Task SealAsync(string tenant, long id, byte[] body, CancellationToken cancellationToken = default)
    {
        await using var command = Command(Seal, tenant, id);
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = body });
        // Its own: the queue buries a message once, and two that are alike stay two.
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"buried {id}"))) });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Gives up those of which the body has a text and that wait since before a time.</summary>
    /// <returns>How many.</returns>
    public async Task<int> ExpireAsync(string tenant, string with, DateTimeOffset before, CancellationToken cancellationToken = default)
    {
        await using var command = dataSource.CreateCommand(Expire);
        command.Parameters.AddText(tenant);
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = Encoding.UTF8.GetBytes(with) });
        command.Parameters.AddTime(before);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<(DeadLetterOutcome Outcome, string Queue)> DecideAsync(
        string sql, string tenant, long id, CancellationToken cancellationToken)
    {
        await using var command = Command(sql, tenant, id);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return (DeadLetterOutcome.NotFound, "");
        var outcome = Enum.Parse<DeadLetterState>(reader.GetString(0), ignoreCase: true) switch
        {
            DeadLetterState.Waiting => DeadLetterOutcome.Done,
            DeadLetterState.Retried => DeadLetterOutcome.AlreadyRetried,
            _ => DeadLetterOutcome.AlreadyDiscarded,
        };
        return (outcome, reader.GetString(1));
    }

    private NpgsqlCommand Command(string sql, string tenant, long id)
    {
        var command = dataSource.CreateCommand(sql);
        command.Parameters.AddText(tenant);
        command.Parameters.AddNumber(id);
        return command;
    }

    private static byte[] Fingerprint(PoisonMessage poison)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in (string[])[poison.Tenant, poison.Queue, poison.MessageId, poison.Reason])
            hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(part)));
        hash.AppendData(poison.Identity.Length > 0 ? Encoding.UTF8.GetBytes(poison.Identity) : poison.Body.Span);
        return hash.GetHashAndReset();
    }

    private static DeadLetter Read(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5),
        reader.GetString(6), reader.GetInt32(7), reader.GetString(8), reader.GetInt32(9), reader.GetFieldValue<DateTimeOffset>(10),
        Enum.Parse<DeadLetterState>(reader.GetString(11), ignoreCase: true));
}
