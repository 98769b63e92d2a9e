using System.Collections.Immutable;
using System.Text.Json;
using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Queue;

/// <summary>Queues in PostgreSQL that behave as a message broker's: at least once, first in first out among what is visible,
/// each delivery under a lock that expires.</summary>
/// <remarks>Locks and schedules go by the database's clock alone, since receivers on several machines share them.</remarks>
public sealed class PostgresQueue(NpgsqlDataSource dataSource, QueueOptions? options = null)
{
    /// <summary>The channel on which <see cref="QueueListener"/> hears that a queue (the payload) has something new.</summary>
    internal const string Channel = "pipeline_queue";

    private static readonly string Enqueue = SqlText.Of("queue_enqueue");
    private static readonly string Receive = SqlText.Of("queue_receive");
    private static readonly string Complete = SqlText.Of("queue_complete");
    private static readonly string Abandon = SqlText.Of("queue_abandon");
    private static readonly string Renew = SqlText.Of("queue_renew");
    private static readonly string DeadLetter = SqlText.Of("queue_dead_letter");
    private static readonly string Depths = SqlText.Of("queue_depths");

    private readonly QueueOptions _options = options ?? new();

    /// <summary>Puts messages on their queues, all or none, and wakes receivers.</summary>
    public async Task EnqueueAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken = default)
    {
        if (messages.Count == 0) return;
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(EnqueueCommand(messages));
        AddSignal(batch, messages.Select(m => m.Queue));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Puts messages on their queues inside the caller's transaction; call <see cref="SignalAsync"/> once it is committed.</summary>
    public static async Task EnqueueAsync(
        NpgsqlConnection connection, IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken = default)
    {
        if (messages.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(EnqueueCommand(messages));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The insert alone, for a caller that sends it along with statements of its own in one round trip.</summary>
    public static NpgsqlBatchCommand EnqueueCommand(IReadOnlyList<QueueMessage> messages)
    {
        var command = new NpgsqlBatchCommand(Enqueue);
        AddMessages(command, messages);
        return command;
    }

    /// <summary>Wakes receivers that wait on these queues. A lost signal costs them a poll interval, never a message.</summary>
    public async Task SignalAsync(IEnumerable<string> queues, CancellationToken cancellationToken = default)
    {
        await using var batch = dataSource.CreateBatch();
        AddSignal(batch, queues);
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Takes up to <paramref name="max"/> visible messages, oldest first, each under a lock of its own; never waits.</summary>
    /// <remarks>Messages that were delivered too often are made dead letters on the way, with the reason <c>max-deliveries</c>.</remarks>
    public async Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(
        string queue, int max, TimeSpan lockDuration, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            await using var command = dataSource.CreateCommand(Receive);
            command.Parameters.AddText(queue);
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
            command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = lockDuration });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = _options.MaxDeliveries });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var messages = new List<ReceivedMessage>();
            var buried = 0L;
            while (await reader.ReadAsync(cancellationToken))
            {
                buried = reader.GetInt64(11);
                if (!await reader.IsDBNullAsync(0, cancellationToken)) messages.Add(Read(reader, queue));
            }
            if (messages.Count > 0 || buried == 0) return messages;
        }
    }

    /// <summary>Takes the message off its queue and puts its outputs on theirs: both or, with the lock lost, neither.</summary>
    public async Task<Settlement> CompleteAsync(
        QueueLock held, IReadOnlyList<QueueMessage> outputs, CancellationToken cancellationToken = default)
    {
        await using var batch = dataSource.CreateBatch();
        var complete = new NpgsqlBatchCommand(Complete);
        AddLock(complete, held);
        AddMessages(complete, outputs);
        batch.BatchCommands.Add(complete);
        AddSignal(batch, outputs.Select(m => m.Queue));
        return (long)(await batch.ExecuteScalarAsync(cancellationToken))! > 0 ? Settlement.Done : Settlement.LockLost;
    }

    /// <summary>Gives the message back, to be received again after <paramref name="delay"/>.</summary>
    public Task<Settlement> AbandonAsync(QueueLock held, TimeSpan delay, CancellationToken cancellationToken = default) =>
        SettleAsync(Abandon, held, [new NpgsqlParameter<TimeSpan> { TypedValue = delay }], delay <= TimeSpan.Zero, cancellationToken);

    /// <summary>Puts the message among the dead letters.</summary>
    /// <param name="reason">Stable, for programs, e.g. <c>malformed-json</c>.</param>
    /// <param name="detail">For people. Neither may quote the message: dead letters outlive erasure.</param>
    public Task<Settlement> DeadLetterAsync(QueueLock held, string reason, string detail, CancellationToken cancellationToken = default) =>
        SettleAsync(
            DeadLetter, held,
            [
                new NpgsqlParameter<string> { TypedValue = StorableText.Of(reason) },
                new NpgsqlParameter<string> { TypedValue = StorableText.Of(detail) },
            ],
            signal: false, cancellationToken);

    /// <summary>Holds the message for <paramref name="lockDuration"/> from now; null when the lock is lost.</summary>
    public async Task<QueueLock?> RenewAsync(QueueLock held, TimeSpan lockDuration, CancellationToken cancellationToken = default)
    {
        await using var command = dataSource.CreateCommand(Renew);
        AddLock(command.Parameters, held);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = lockDuration });
        return await command.ExecuteScalarAsync(cancellationToken) is DateTime until
            ? held with { Until = new(until, TimeSpan.Zero) }
            : null;
    }

    /// <summary>How each queue stands, all tenants together; those of <see cref="QueueNames.All"/> are there even when empty.</summary>
    public async Task<IReadOnlyDictionary<string, QueueDepth>> DepthsAsync(CancellationToken cancellationToken = default)
    {
        var depths = new SortedDictionary<string, QueueDepth>(
            QueueNames.All.ToDictionary(name => name, _ => new QueueDepth(0, 0, 0, null)), StringComparer.Ordinal);
        await using var command = dataSource.CreateCommand(Depths);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            DateTimeOffset? oldest = await reader.IsDBNullAsync(4, cancellationToken) ? null : reader.GetFieldValue<DateTimeOffset>(4);
            depths[reader.GetString(0)] = new(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), oldest);
        }
        return depths;
    }

    // The barrier commits each statement by itself: a NOTIFY inside the insert's transaction would serialise all commits.
    internal static void AddSignal(NpgsqlBatch batch, IEnumerable<string> queues)
    {
        batch.EnableErrorBarriers = true;
        foreach (var queue in queues.Distinct(StringComparer.Ordinal))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("select pg_notify($1, $2)")
            {
                Parameters = { new NpgsqlParameter<string> { TypedValue = Channel }, new NpgsqlParameter<string> { TypedValue = queue } },
            });
        }
    }

    internal static string Json(ImmutableSortedDictionary<string, string> properties) =>
        properties.IsEmpty ? "{}" : JsonSerializer.Serialize(properties);

    private async Task<Settlement> SettleAsync(
        string sql, QueueLock held, IReadOnlyList<NpgsqlParameter> more, bool signal, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        var command = new NpgsqlBatchCommand(sql);
        AddLock(command, held);
        foreach (var parameter in more) command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
        AddSignal(batch, signal ? [held.Queue] : []);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return command.RecordsAffected > 0 ? Settlement.Done : Settlement.LockLost;
    }

    private static void AddLock(NpgsqlBatchCommand command, QueueLock held) => AddLock(command.Parameters, held);

    private static void AddLock(NpgsqlParameterCollection parameters, QueueLock held)
    {
        parameters.AddNumber(held.SequenceNumber);
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = held.Token });
    }

    private static void AddMessages(NpgsqlBatchCommand command, IReadOnlyList<QueueMessage> messages)
    {
        void Add<T>(Func<QueueMessage, T> column) =>
            command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = messages.Select(column).ToArray() });
        Add(m => m.Queue);
        Add(m => m.MessageId);
        Add(m => m.Body.ToArray());
        Add(m => m.ContentType);
        Add(m => m.CorrelationId);
        Add(m => m.Subject);
        Add(m => Json(m.Properties));
        Add(m => m.VisibleAt?.UtcDateTime);
    }

    private static ReceivedMessage Read(NpgsqlDataReader reader, string queue)
    {
        var message = new QueueMessage
        {
            Queue = queue,
            MessageId = reader.GetString(1),
            Body = reader.GetFieldValue<byte[]>(2),
            ContentType = reader.GetString(3),
            CorrelationId = reader.GetString(4),
            Subject = reader.GetString(5),
            Properties = JsonSerializer.Deserialize<Dictionary<string, string>>(reader.GetString(6))!
                .ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
        var id = reader.GetInt64(0);
        return new(
            message, id, reader.GetInt32(8), reader.GetFieldValue<DateTimeOffset>(7),
            new(queue, id, reader.GetGuid(9), reader.GetFieldValue<DateTimeOffset>(10)));
    }
}
