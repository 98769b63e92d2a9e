using Npgsql;
using NpgsqlTypes;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Log;

namespace Pipeline.Infra.Postgres;

/// <summary>Puts committed events into the one total order that every reader follows: dense, never changed afterwards, and in
/// each stream by version. An event that commits late gets a later leaf; nothing is skipped. Each leaf is hashed into the log's tree in the transaction that
/// gives it.</summary>
/// <param name="published">Where checkpoints are published besides the database; null: nowhere.</param>
public sealed class Sealer(NpgsqlDataSource db, TimeProvider? time = null, ICheckpointPublication? published = null)
{
    private const int BatchSize = 5_000;
    private const int SealedBetweenVacuums = 5_000;

    private readonly TransientRetry _retry = new(time ?? TimeProvider.System);
    private long _sinceVacuum;

    /// <summary>Knows whether the tree continues what was published; for whoever signs.</summary>
    public LogGuard Guard { get; } = new(published);

    /// <summary>Seals up to <paramref name="atMost"/> events. Waits while another sealer works, so whatever was committed before
    /// the call is sealed by it or was sealed already, unless there was more than <paramref name="atMost"/>, or the log is stopped.</summary>
    public async Task<SealResult> SealAsync(int atMost, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(atMost, 1);
        SealResult? result = null;
        while (result is null) result = await _retry.RunAsync(token => SealOnceAsync(atMost, token), ct);
        if (Interlocked.Add(ref _sinceVacuum, result.Value.Count) >= SealedBetweenVacuums)
        {
            Interlocked.Exchange(ref _sinceVacuum, 0);
            await VacuumAsync(ct);
        }
        return result.Value;
    }

    /// <summary>Whether <see cref="SealAllAsync"/> is, or was broken off, in the middle of what waited: of events that may have been recorded long ago.</summary>
    internal bool HasMore { get; private set; }

    /// <summary>Seals until nothing is left: when it returns, every event that was committed before the call is sealed, unless the log is stopped.</summary>
    public async Task<SealResult> SealAllAsync(CancellationToken ct = default)
    {
        var batch = await SealAsync(BatchSize, ct);
        var (from, count) = batch;
        while (HasMore = batch.Count == BatchSize)
        {
            batch = await SealAsync(BatchSize, ct);
            count += batch.Count;
        }
        return new(from, count) { Stop = batch.Stop };
    }

    // Every seal passes over the rows that seals before it took out. The server's own vacuum comes once a minute, late for a queue.
    private async Task VacuumAsync(CancellationToken ct)
    {
        try
        {
            await using var command = db.CreateCommand(SqlText.Of("vacuum_unsealed"));
            await command.ExecuteNonQueryAsync(ct);
        }
        catch (NpgsqlException)
        {
            // The seal stands without it, and the next one tries again.
        }
    }

    /// <returns>Null when leaves from before there were hashes got theirs, and there may be more to do.</returns>
    private async ValueTask<SealResult?> SealOnceAsync(int atMost, CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var (state, due, problem) = await TakeAsync(connection, atMost, ct);
        if (await Guard.CheckAsync(connection, state, ct) is { } stop) return new(state.Size, 0) { Stop = stop };
        Guard.Missing = problem;
        if (problem is not null) return new(state.Size, 0) { Stop = problem };
        var before = state.Tree;
        if (before.Size < state.Size)
        {
            var older = await HashOlderAsync(connection, before, Math.Max(atMost, BatchSize), ct);
            if (older is null) return new(state.Size, 0) { Stop = Guard.Missing = LogStop.EventGone(before.Size) };
            await transaction.CommitAsync(ct);
            Guard.Continued(older);
            return null;
        }
        if (due.Numbers.Count == 0) return new(state.Size, 0);

        var nodes = new CompletedNodes();
        var after = before.Append(due.Hashes, nodes.Add);
        await using (var write = new NpgsqlBatch(connection))
        {
            write.BatchCommands.Add(SealStatements.Leaves("seal_leaves", before.Size, due.Numbers, due.Hashes));
            var taken = new NpgsqlBatchCommand(SqlText.Of("seal_taken"));
            // The driver has no arrays of places, so they go as texts.
            taken.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. due.Places], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
            write.BatchCommands.Add(taken);
            SealStatements.Advance(write, nodes, after);
            await write.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(ct);
        Guard.Continued(after);
        return new(before.Size, due.Numbers.Count);
    }

    // One round trip: the second statement runs when the lock is got, so it sees what was committed until then.
    private static async Task<(SealState State, DueLeaves Due, LogStop? Problem)> TakeAsync(NpgsqlConnection connection, int atMost, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(SqlText.Of("seal_lock")),
                new(SqlText.Of("seal_due")) { Parameters = { new NpgsqlParameter<int> { TypedValue = atMost, NpgsqlDbType = NpgsqlDbType.Integer } } },
            },
        };
        await batch.PrepareAsync(ct);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var state = SealState.Read(reader);
        await reader.NextResultAsync(ct);
        var due = new DueLeaves();
        while (await reader.ReadAsync(ct))
        {
            if (LeafRow.Read(reader) is not { } leaf) return (state, due, LogStop.EventGone(state.Size + due.Numbers.Count));
            due.Add(reader.GetInt64(0), leaf.Hash());
            due.Places.Add(reader.GetString(11));
        }
        return (state, due, null);
    }

    /// <returns>Null when an event is gone.</returns>
    private static async Task<CompactRange?> HashOlderAsync(NpgsqlConnection connection, CompactRange before, int atMost, CancellationToken ct)
    {
        var due = new DueLeaves();
        await using (var command = new NpgsqlCommand(SqlText.Of("hash_due"), connection))
        {
            command.Parameters.AddNumber(before.Size);
            command.Parameters.AddNumber(atMost);
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                if (LeafRow.Read(reader) is not { } leaf) return null;
                due.Add(reader.GetInt64(0), leaf.Hash());
            }
        }
        if (due.Numbers.Count == 0) return null;
        var nodes = new CompletedNodes();
        var after = before.Append(due.Hashes, nodes.Add);
        await using var write = new NpgsqlBatch(connection) { BatchCommands = { SealStatements.Leaves("hash_leaves", before.Size, due.Numbers, due.Hashes) } };
        SealStatements.Advance(write, nodes, after);
        await write.ExecuteNonQueryAsync(ct);
        return after;
    }

    private sealed class DueLeaves
    {
        public List<long> Numbers { get; } = [];
        public List<MerkleHash> Hashes { get; } = [];
        public List<string> Places { get; } = [];

        public void Add(long number, MerkleHash hash)
        {
            Numbers.Add(number);
            Hashes.Add(hash);
        }
    }
}

/// <param name="From">The first leaf that was given, or the next to be given when none was.</param>
/// <param name="Count">How many were given. Of several batches another sealer may have given leaves in between.</param>
public readonly record struct SealResult(long From, long Count)
{
    /// <summary>Why nothing more is sealed; null: everything is in order.</summary>
    public LogStop? Stop { get; init; }
}
