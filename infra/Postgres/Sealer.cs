using Npgsql;
using NpgsqlTypes;

namespace Pipeline.Infra.Postgres;

/// <summary>Puts committed events into the one total order that every reader follows: dense, never changed afterwards, and in
/// each stream by version. An event that commits late gets a later leaf; nothing is skipped.</summary>
public sealed class Sealer(NpgsqlDataSource db, TimeProvider? time = null)
{
    private const int BatchSize = 5_000;
    private const int SealedBetweenVacuums = 5_000;

    private readonly TransientRetry _retry = new(time ?? TimeProvider.System);
    private long _sinceVacuum;

    /// <summary>Seals up to <paramref name="atMost"/> events. Waits while another sealer works, so whatever was committed before
    /// the call is sealed by it or was sealed already, unless there was more than <paramref name="atMost"/>.</summary>
    public async Task<SealResult> SealAsync(int atMost, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(atMost, 1);
        var result = await _retry.RunAsync(token => SealOnceAsync(atMost, token), ct);
        if (Interlocked.Add(ref _sinceVacuum, result.Count) >= SealedBetweenVacuums)
        {
            Interlocked.Exchange(ref _sinceVacuum, 0);
            await VacuumAsync(ct);
        }
        return result;
    }

    /// <summary>Seals until nothing is left: when it returns, every event that was committed before the call is sealed.</summary>
    public async Task<SealResult> SealAllAsync(CancellationToken ct = default)
    {
        var batch = await SealAsync(BatchSize, ct);
        var (from, count) = batch;
        while (batch.Count == BatchSize)
        {
            batch = await SealAsync(BatchSize, ct);
            count += batch.Count;
        }
        return new(from, count);
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

    private async ValueTask<SealResult> SealOnceAsync(int atMost, CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(SqlText.Of("seal"), connection)
        {
            Parameters = { new NpgsqlParameter<int> { TypedValue = atMost, NpgsqlDbType = NpgsqlDbType.Integer } },
        };
        await command.PrepareAsync(ct);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new(reader.GetInt64(0), reader.GetInt64(1));
    }
}

/// <param name="From">The first leaf that was given, or the next to be given when none was.</param>
/// <param name="Count">How many were given. Of several batches another sealer may have given leaves in between.</param>
public readonly record struct SealResult(long From, long Count);
