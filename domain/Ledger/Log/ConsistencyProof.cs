namespace Pipeline.Domain.Ledger.Log;

/// <summary>That a tree begins with all leaves of an earlier one, in their order: nothing was changed or taken out since (RFC 6962, section 2.1.2).</summary>
/// <param name="From">The size of the earlier tree.</param>
/// <param name="To">The size of the later one.</param>
public sealed record ConsistencyProof(long From, long To, IReadOnlyList<MerkleHash> Hashes)
{
    /// <summary>The subtrees whose hashes make the proof, in its order; none for equal sizes, and none from the empty tree, which every tree begins with.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The earlier tree is the larger one.</exception>
    public static IReadOnlyList<LeafRange> Plan(long from, long to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from, to);
        if (from == 0 || from == to) return [];
        List<LeafRange> hashes = [];
        var tree = new LeafRange(0, to);
        // SUBPROOF of RFC 6962, from the root down to where the earlier tree ends.
        while (tree.To != from)
        {
            var (left, right) = InclusionProof.Halves(tree);
            (tree, var other) = from <= left.To ? (left, right) : (right, left);
            hashes.Add(other);
        }
        // A subtree that is the whole earlier tree is known to whoever has its root.
        if (tree.From != 0) hashes.Add(tree);
        hashes.Reverse();
        return hashes;
    }

    public static ConsistencyProof Build(long from, long to, Func<TreeNode, MerkleHash> hashOf) =>
        new(from, to, [.. Plan(from, to).Select(range => range.HashOf(hashOf))]);

    /// <summary>RFC 9162, section 2.1.4.2. From the empty tree only the empty proof holds, with the root that such a tree has.</summary>
    public bool Verify(MerkleHash fromRoot, MerkleHash toRoot)
    {
        if (From < 0 || From > To) return false;
        if (From == To) return Hashes.Count == 0 && fromRoot == toRoot && (From > 0 || fromRoot == MerkleHash.EmptyRoot);
        if (From == 0) return Hashes.Count == 0 && fromRoot == MerkleHash.EmptyRoot;

        // The whole earlier tree is a subtree of the later one: then its root comes first, and is not in the proof.
        IReadOnlyList<MerkleHash> path = long.IsPow2(From) ? [fromRoot, .. Hashes] : Hashes;
        if (path.Count == 0) return false;
        var (place, last) = (From - 1, To - 1);
        for (; (place & 1) == 1; place >>= 1) last >>= 1;
        var (earlier, later) = (path[0], path[0]);
        foreach (var hash in path.Skip(1))
        {
            if (last == 0) return false;
            if ((place & 1) == 1 || place == last)
            {
                (earlier, later) = (MerkleHash.OfNode(hash, earlier), MerkleHash.OfNode(hash, later));
                for (; (place & 1) == 0 && place != 0; place >>= 1) last >>= 1;
            }
            else
            {
                later = MerkleHash.OfNode(later, hash);
            }
            (place, last) = (place >> 1, last >> 1);
        }
        return last == 0 && earlier == fromRoot && later == toRoot;
    }
}
