using Npgsql;
using NpgsqlTypes;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Log;

/// <summary>What extends the sealed order and its tree, for whoever holds the sealer's lock.</summary>
internal static class SealStatements
{
    /// <param name="numbers">The sequence numbers of the events, in the order of their leaves.</param>
    public static NpgsqlBatchCommand Leaves(string statement, long first, IReadOnlyList<long> numbers, IReadOnlyList<MerkleHash> hashes)
    {
        var command = new NpgsqlBatchCommand(SqlText.Of(statement));
        command.Parameters.AddNumber(first);
        command.Parameters.AddNumbers([.. numbers]);
        command.Parameters.AddBytes([.. hashes.Select(h => h.ToArray())]);
        return command;
    }

    public static void Advance(NpgsqlBatch write, CompletedNodes nodes, CompactRange after)
    {
        if (nodes.Levels.Count > 0)
        {
            var command = new NpgsqlBatchCommand(SqlText.Of("seal_nodes"));
            command.Parameters.Add(new NpgsqlParameter<short[]> { TypedValue = [.. nodes.Levels], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint });
            command.Parameters.AddNumbers([.. nodes.Indexes]);
            command.Parameters.AddBytes([.. nodes.Hashes]);
            write.BatchCommands.Add(command);
        }
        var advance = new NpgsqlBatchCommand(SqlText.Of("seal_advance"));
        advance.Parameters.AddNumber(after.Size);
        advance.Parameters.AddBytes(after.ToArray());
        write.BatchCommands.Add(advance);
    }
}

/// <summary>Of the nodes that came to be whole, those that are kept.</summary>
internal sealed class CompletedNodes
{
    public List<short> Levels { get; } = [];
    public List<long> Indexes { get; } = [];
    public List<byte[]> Hashes { get; } = [];

    public void Add(TreeNode node, MerkleHash hash)
    {
        if (!TreeBlock.IsStored(node.Level)) return;
        Levels.Add((short)node.Level);
        Indexes.Add(node.Index);
        Hashes.Add(hash.ToArray());
    }
}
