namespace Pipeline.Domain.Ledger.Log;

/// <summary>256 neighbours of one stored level, all under one node of the next stored level. The tree is kept as its leaves and every eighth level
/// above them; what lies between is computed from one block.</summary>
/// <param name="Level">0, 8, 16 and so on.</param>
/// <param name="Index">It begins with node 256 * <paramref name="Index"/> of its level.</param>
public readonly record struct TreeBlock(int Level, long Index)
{
    /// <summary>How many levels lie from one stored level to the next.</summary>
    public const int Height = 8;

    /// <summary>Nodes in a block.</summary>
    public const int Width = 1 << Height;

    /// <summary>The block from which a node's hash is computed.</summary>
    public static TreeBlock Of(TreeNode node)
    {
        var above = node.Level % Height;
        return new(node.Level - above, (node.Index << above) / Width);
    }

    /// <summary>Every block that a plan's hashes are computed from, each once.</summary>
    public static IReadOnlyList<TreeBlock> Of(IEnumerable<LeafRange> plan) => [.. plan.SelectMany(range => range.Nodes()).Select(Of).Distinct()];

    /// <summary>Whether nodes of this level are kept.</summary>
    public static bool IsStored(int level) => level % Height == 0;

    public TreeNode First => new(Level, Index * Width);
}

/// <summary>Blocks of a stored tree, which give the hash of any node beneath which their nodes lie.</summary>
/// <param name="blocks">The hashes of each block from its first on; the last block of a level may have fewer than 256.</param>
public sealed class TreeHashes(IReadOnlyDictionary<TreeBlock, IReadOnlyList<MerkleHash>> blocks)
{
    /// <exception cref="TreeNodeMissingException">The stored tree lacks what it should have.</exception>
    public MerkleHash Of(TreeNode node)
    {
        var block = TreeBlock.Of(node);
        var above = node.Level - block.Level;
        var first = (int)((node.Index << above) - block.First.Index);
        var count = 1 << above;
        if (!blocks.TryGetValue(block, out var hashes) || hashes.Count < first + count) throw new TreeNodeMissingException(node);

        var row = new MerkleHash[count];
        for (var i = 0; i < count; i++) row[i] = hashes[first + i];
        for (; count > 1; count /= 2)
            for (var i = 0; i < count / 2; i++) row[i] = MerkleHash.OfNode(row[2 * i], row[(2 * i) + 1]);
        return row[0];
    }
}

/// <summary>The stored tree has no hash where there must be one: a leaf or a node was taken out of it.</summary>
public sealed class TreeNodeMissingException(TreeNode node)
    : Exception($"the stored tree has no hash for the leaves from {node.Index << node.Level} to before {(node.Index + 1) << node.Level}")
{
    public TreeNode Node { get; } = node;
}
