using System.Numerics;

namespace Pipeline.Domain.Ledger.Log;

/// <summary>A complete subtree: the <paramref name="Index"/>-th of those with 2 to the <paramref name="Level"/> leaves. Once all its leaves are there, its
/// hash never changes.</summary>
/// <param name="Level">0: a leaf.</param>
public readonly record struct TreeNode(int Level, long Index);

/// <summary>The leaves from <paramref name="From"/> to before <paramref name="To"/>, as a subtree of the tree of RFC 6962, section 2.1: where it begins
/// is a multiple of the next power of two, and on its right it may be incomplete.</summary>
public readonly record struct LeafRange(long From, long To)
{
    public long Count => To - From;

    /// <summary>The largest complete subtrees that it consists of, from the left.</summary>
    public IEnumerable<TreeNode> Nodes()
    {
        for (var at = From; at < To;)
        {
            var level = Math.Min(BitOperations.TrailingZeroCount(at), BitOperations.Log2((ulong)(To - at)));
            yield return new(level, at >> level);
            at += 1L << level;
        }
    }

    /// <summary>Its root (RFC 6962, section 2.1), from the hashes of its complete subtrees.</summary>
    public MerkleHash HashOf(Func<TreeNode, MerkleHash> hashOf)
    {
        MerkleHash? root = null;
        foreach (var node in Nodes().Reverse())
            root = root is { } right ? MerkleHash.OfNode(hashOf(node), right) : hashOf(node);
        return root ?? MerkleHash.EmptyRoot;
    }
}
