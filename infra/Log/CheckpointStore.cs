using Npgsql;
using NpgsqlTypes;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Log;

/// <summary>Every checkpoint that was signed, of this log and of those before it.</summary>
public sealed class CheckpointStore(NpgsqlDataSource db)
{
    /// <summary>The largest of a log; null when none was signed.</summary>
    public Task<StoredCheckpoint?> LatestAsync(string origin, CancellationToken ct = default) =>
        ReadAsync("checkpoint_latest", p => p.AddText(origin), ct);

    /// <summary>The first that covers so many leaves; null when none does.</summary>
    public Task<StoredCheckpoint?> CoveringAsync(string origin, long size, CancellationToken ct = default) => ReadAsync("checkpoint_at_size", p =>
    {
        p.AddText(origin);
        p.AddNumber(size);
    }, ct);

    /// <summary>The last that was signed at or before a time; null when none was.</summary>
    public Task<StoredCheckpoint?> AtAsync(string origin, DateTimeOffset time, CancellationToken ct = default) => ReadAsync("checkpoint_at_time", p =>
    {
        p.AddText(origin);
        p.AddTime(time.ToUniversalTime());
    }, ct);

    /// <summary>All of a log, the smallest first.</summary>
    public async IAsyncEnumerable<StoredCheckpoint> AllAsync(string origin, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("checkpoint_all"));
        command.Parameters.AddText(origin);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) yield return Read(reader);
    }

    internal static async Task AddAsync(NpgsqlConnection connection, StoredCheckpoint checkpoint, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(SqlText.Of("checkpoint_add"), connection);
        command.Parameters.AddText(checkpoint.Checkpoint.Origin);
        command.Parameters.AddNumber(checkpoint.Checkpoint.Size);
        command.Parameters.AddBytes(checkpoint.Checkpoint.Root.ToArray());
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = checkpoint.Note, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.AddText(checkpoint.KeyId);
        command.Parameters.AddTime(checkpoint.SignedAt);
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<StoredCheckpoint?> ReadAsync(string statement, Action<NpgsqlParameterCollection> bind, CancellationToken ct)
    {
        await using var command = db.CreateCommand(SqlText.Of(statement));
        bind(command.Parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    private static StoredCheckpoint Read(NpgsqlDataReader row) => new(
        new(row.GetString(0), row.GetInt64(1), MerkleHash.Read(row.GetFieldValue<byte[]>(2))), row.GetString(3), row.GetString(4), row.GetFieldValue<DateTimeOffset>(5));
}

/// <param name="Note">The signed note, as published.</param>
/// <param name="KeyId">Of the key that signed it: 8 hex digits.</param>
/// <param name="SignedAt">By the signer's clock. It is not signed: what is hashed bounds it (<see cref="Pipeline.Domain.Ledger.Audit.SigningTimes"/>).</param>
public sealed record StoredCheckpoint(Checkpoint Checkpoint, string Note, string KeyId, DateTimeOffset SignedAt);
