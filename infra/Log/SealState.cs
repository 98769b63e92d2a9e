using Npgsql;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Infra.Log;

/// <summary>What <c>seal_lock</c> gives: how far the sealed order is, its tree, and what was last published in the database.</summary>
/// <param name="Size">Leaves.</param>
/// <param name="Tree">Over those leaves that have a hash: all of them, but in a ledger from before there were hashes.</param>
/// <param name="Origin">Empty while the log has no name.</param>
internal sealed record SealState(long Size, CompactRange Tree, string Origin, Checkpoint? Published)
{
    public static SealState Read(NpgsqlDataReader row)
    {
        var origin = row.IsDBNull(3) ? "" : row.GetString(3);
        return new(
            row.GetInt64(0), CompactRange.Read(row.GetInt64(1), row.GetFieldValue<byte[]>(2)), origin,
            row.IsDBNull(4) ? null : new(origin, row.GetInt64(4), MerkleHash.Read(row.GetFieldValue<byte[]>(5))));
    }
}
