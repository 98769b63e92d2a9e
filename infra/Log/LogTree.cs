using System.Globalization;
using Npgsql;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Log;

/// <summary>Reads the log: its leaves, its roots, and the proofs.</summary>
/// <remarks>Proofs are made of what is stored; whether that is true is for whoever verifies them.</remarks>
public sealed class LogTree(NpgsqlDataSource db)
{
    /// <summary>How many leaves have their hash.</summary>
    public async Task<long> SizeAsync(CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("log_size"));
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The edge of the tree as sealing left it, computed from nothing.</summary>
    public async Task<CompactRange> EdgeAsync(CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("log_edge"));
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return CompactRange.Read(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1));
    }

    /// <summary>The tree over the first <paramref name="size"/> leaves.</summary>
    /// <exception cref="TreeNodeMissingException">From every method: there are not so many leaves, or the stored tree has a gap.</exception>
    public async Task<CompactRange> RangeAsync(long size, CancellationToken ct = default)
    {
        var hashes = await HashesAsync([new(0, size)], ct);
        return CompactRange.Of(size, hashes.Of);
    }

    public async Task<MerkleHash> RootAsync(long size, CancellationToken ct = default) => (await RangeAsync(size, ct)).Root();

    /// <exception cref="ArgumentOutOfRangeException">The tree of that size has no such leaf.</exception>
    public async Task<InclusionProof> InclusionAsync(long leaf, long size, CancellationToken ct = default)
    {
        var hashes = await HashesAsync(InclusionProof.Plan(leaf, size), ct);
        return InclusionProof.Build(leaf, size, hashes.Of);
    }

    /// <summary>Proofs of many leaves at once, in their order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tree of that size has no such leaf.</exception>
    public async Task<IReadOnlyList<InclusionProof>> InclusionsAsync(IReadOnlyList<long> leaves, long size, CancellationToken ct = default)
    {
        var hashes = await HashesAsync(leaves.SelectMany(leaf => InclusionProof.Plan(leaf, size)), ct);
        return [.. leaves.Select(leaf => InclusionProof.Build(leaf, size, hashes.Of))];
    }

    /// <exception cref="ArgumentOutOfRangeException"><paramref name="from"/> is the larger size.</exception>
    public async Task<ConsistencyProof> ConsistencyAsync(long from, long to, CancellationToken ct = default)
    {
        var hashes = await HashesAsync(ConsistencyProof.Plan(from, to), ct);
        return ConsistencyProof.Build(from, to, hashes.Of);
    }

    /// <summary>Leaves in their order from <paramref name="from"/> on, at most <paramref name="limit"/>, streamed.</summary>
    public async IAsyncEnumerable<StoredLeaf> LeavesAsync(long from, long limit, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("leaf_read"));
        command.Parameters.AddNumber(from);
        command.Parameters.AddNumber(limit);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            yield return new(reader.GetInt64(11), LeafRow.Read(reader), reader.IsDBNull(12) ? null : MerkleHash.Read(reader.GetFieldValue<byte[]>(12)));
    }

    /// <summary>The first leaf that is not there any more, or whose event is not. Reads the places of all of them, and no event.</summary>
    /// <param name="below">Only leaves before this one.</param>
    /// <returns>Null when they are all there.</returns>
    public async Task<long?> FirstGoneAsync(long below, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("leaf_first_gone"));
        command.Parameters.AddNumber(below);
        return await command.ExecuteScalarAsync(ct) as long?;
    }

    /// <summary>Whole streams, in the order of the log. One whose event is gone is left out (<see cref="FirstGoneAsync"/>).</summary>
    /// <param name="below">Only leaves before this one.</param>
    public async Task<IReadOnlyList<StoredLeaf>> StreamLeavesAsync(string tenant, IReadOnlyCollection<string> streams, long below, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("leaf_read_streams"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTexts([.. streams]);
        command.Parameters.AddNumber(below);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<StoredLeaf> leaves = [];
        while (await reader.ReadAsync(ct)) leaves.Add(new(reader.GetInt64(11), LeafRow.Read(reader), reader.IsDBNull(12) ? null : MerkleHash.Read(reader.GetFieldValue<byte[]>(12))));
        return leaves;
    }

    /// <returns>Null when there is no such leaf.</returns>
    public async Task<StoredLeaf?> LeafAsync(long leaf, CancellationToken ct = default)
    {
        await foreach (var found in LeavesAsync(leaf, 1, ct)) return found;
        return null;
    }

    /// <summary>Where an event is.</summary>
    /// <param name="event">Its id, or <c>STREAM@VERSION</c>; the id is looked for in the whole ledger.</param>
    public async Task<EventPlace> FindAsync(string tenant, string @event, CancellationToken ct = default)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand { Connection = connection };
        var at = @event.LastIndexOf('@');
        if (Guid.TryParse(@event, out var id))
        {
            command.CommandText = SqlText.Of("leaf_of_event");
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        }
        else if (at > 0 && long.TryParse(@event.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            command.CommandText = SqlText.Of("leaf_of_version");
            command.Parameters.AddText(tenant);
            command.Parameters.AddText(@event[..at]);
            command.Parameters.AddNumber(version);
        }
        else
        {
            return new EventPlace.Unreadable();
        }
        return await command.ExecuteScalarAsync(ct) switch
        {
            long leaf => new EventPlace.At(leaf),
            DBNull => new EventPlace.Unsealed(),
            _ => new EventPlace.Unknown(),
        };
    }

    private async Task<TreeHashes> HashesAsync(IEnumerable<LeafRange> plan, CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        return await StoredTree.ReadAsync(connection, plan, ct);
    }
}

/// <param name="Record">Null when the event is gone.</param>
/// <param name="Hash">As it was sealed; null in a ledger from before there were hashes, until they are made up for.</param>
public sealed record StoredLeaf(long Index, LeafRecord? Record, MerkleHash? Hash)
{
    /// <summary>Whether the event is what was sealed.</summary>
    public bool Holds => Record is not null && Hash is { } hash && Record.Hash() == hash;
}

public abstract record EventPlace
{
    private EventPlace() { }

    public sealed record At(long Leaf) : EventPlace;

    /// <summary>Committed, and not sealed yet.</summary>
    public sealed record Unsealed : EventPlace;

    public sealed record Unknown : EventPlace;

    /// <summary>The text names no event.</summary>
    public sealed record Unreadable : EventPlace;
}
