namespace Pipeline.Domain.Ledger.Log;

/// <summary>That a leaf is at its place in a tree: the hashes beside its way up to the root, the lowest first (RFC 6962, section 2.1.1).</summary>
/// <param name="Leaf">From 0.</param>
/// <param name="Size">Of the tree.</param>
public sealed record InclusionProof(long Leaf, long Size, IReadOnlyList<MerkleHash> Hashes)
{
    /// <summary>The subtrees whose hashes make the proof, in its order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tree has no such leaf.</exception>
    public static IReadOnlyList<LeafRange> Plan(long leaf, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(leaf);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(leaf, size);
        List<LeafRange> beside = [];
        for (var tree = new LeafRange(0, size); tree.Count > 1;)
        {
            var (left, right) = Halves(tree);
            (tree, var other) = leaf < left.To ? (left, right) : (right, left);
            beside.Add(other);
        }
        beside.Reverse();
        return beside;
    }

    public static InclusionProof Build(long leaf, long size, Func<TreeNode, MerkleHash> hashOf) =>
        new(leaf, size, [.. Plan(leaf, size).Select(range => range.HashOf(hashOf))]);

    public bool Verify(MerkleHash leafHash, MerkleHash root) => RootOf(leafHash) == root;

    /// <summary>The root that the tree has if the leaf is in it (RFC 9162, section 2.1.3.2); null where the proof cannot be one of that leaf and size.</summary>
    public MerkleHash? RootOf(MerkleHash leafHash)
    {
        if (Leaf < 0 || Leaf >= Size) return null;
        var (place, last, hash) = (Leaf, Size - 1, leafHash);
        foreach (var beside in Hashes)
        {
            if (last == 0) return null;
            if ((place & 1) == 1 || place == last)
            {
                hash = MerkleHash.OfNode(beside, hash);
                // A last node without a neighbour goes up as it is.
                for (; (place & 1) == 0 && place != 0; place >>= 1) last >>= 1;
            }
            else
            {
                hash = MerkleHash.OfNode(hash, beside);
            }
            (place, last) = (place >> 1, last >> 1);
        }
        return last == 0 ? hash : null;
    }

    /// <summary>The left half is the largest power of two that leaves something for the right one.</summary>
    internal static (LeafRange Left, LeafRange Right) Halves(LeafRange tree)
    {
        var middle = tree.From + (1L << System.Numerics.BitOperations.Log2((ulong)(tree.Count - 1)));
        return (new(tree.From, middle), new(middle, tree.To));
    }
}
