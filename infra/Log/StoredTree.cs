using Npgsql;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Log;

/// <summary>Hashes of the log's tree out of its tables, a block of at most 256 at a time.</summary>
internal static class StoredTree
{
    /// <summary>What is needed for the hashes of some subtrees: a few blocks, however large the tree.</summary>
    public static async Task<TreeHashes> ReadAsync(NpgsqlConnection connection, IEnumerable<LeafRange> plan, CancellationToken ct)
    {
        var blocks = new Dictionary<TreeBlock, IReadOnlyList<MerkleHash>>();
        foreach (var block in TreeBlock.Of(plan)) blocks.Add(block, await ReadAsync(connection, block, ct));
        return new(blocks);
    }

    private static async Task<IReadOnlyList<MerkleHash>> ReadAsync(NpgsqlConnection connection, TreeBlock block, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(SqlText.Of(block.Level == 0 ? "tree_leaf_hashes" : "tree_node_hashes"), connection);
        command.Parameters.AddNumber(block.First.Index);
        if (block.Level > 0) command.Parameters.AddNumber(block.Level);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<MerkleHash> hashes = [];
        // What comes after a gap cannot be placed: for whoever needs it, it is missing.
        while (await reader.ReadAsync(ct) && reader.GetInt64(0) == block.First.Index + hashes.Count)
            hashes.Add(MerkleHash.Read(reader.GetFieldValue<byte[]>(1)));
        return hashes;
    }
}
