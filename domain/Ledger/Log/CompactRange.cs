using System.Numerics;

namespace Pipeline.Domain.Ledger.Log;

/// <summary>All that is needed of a tree to append to it and to know its root: the hashes of its largest complete subtrees from the left, one for each
/// 1 in the binary form of its size.</summary>
public sealed class CompactRange
{
    private readonly MerkleHash[] _hashes;

    private CompactRange(long size, MerkleHash[] hashes) => (Size, _hashes) = (size, hashes);

    public static CompactRange Empty { get; } = new(0, []);

    /// <summary>How many leaves the tree has.</summary>
    public long Size { get; }

    /// <summary>From the left, so the largest subtree first.</summary>
    public IReadOnlyList<MerkleHash> Hashes => _hashes;

    /// <param name="bytes">As <see cref="ToArray"/> gave them.</param>
    /// <exception cref="ArgumentException">They are not of a tree of that size.</exception>
    public static CompactRange Read(long size, ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        var count = BitOperations.PopCount((ulong)size);
        if (bytes.Length != count * MerkleHash.Length) throw new ArgumentException($"a tree of {size} leaves has {count} hashes, and there are {bytes.Length} bytes", nameof(bytes));
        var hashes = new MerkleHash[count];
        for (var i = 0; i < count; i++) hashes[i] = MerkleHash.Read(bytes.Slice(i * MerkleHash.Length, MerkleHash.Length));
        return new(size, hashes);
    }

    /// <summary>That of a tree whose nodes are known.</summary>
    public static CompactRange Of(long size, Func<TreeNode, MerkleHash> hashOf) => new(size, [.. new LeafRange(0, size).Nodes().Select(hashOf)]);

    /// <summary>The hashes one after the other.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[_hashes.Length * MerkleHash.Length];
        for (var i = 0; i < _hashes.Length; i++) _hashes[i].CopyTo(bytes.AsSpan(i * MerkleHash.Length));
        return bytes;
    }

    /// <summary>RFC 6962, section 2.1.</summary>
    public MerkleHash Root()
    {
        if (_hashes.Length == 0) return MerkleHash.EmptyRoot;
        var root = _hashes[^1];
        for (var i = _hashes.Length - 2; i >= 0; i--) root = MerkleHash.OfNode(_hashes[i], root);
        return root;
    }

    /// <param name="completed">Told of every node above the leaves that has all its leaves now, each once and the lower first.</param>
    public CompactRange Append(IEnumerable<MerkleHash> leaves, Action<TreeNode, MerkleHash>? completed = null)
    {
        var size = Size;
        var hashes = new Stack<MerkleHash>(_hashes);
        foreach (var leaf in leaves)
        {
            var hash = leaf;
            // As many complete subtrees end here as the size so far ends in ones.
            for (var level = 0; (size >> level & 1) == 1; level++)
            {
                hash = MerkleHash.OfNode(hashes.Pop(), hash);
                completed?.Invoke(new(level + 1, size >> (level + 1)), hash);
            }
            hashes.Push(hash);
            size++;
        }
        return new(size, [.. hashes.Reverse()]);
    }

    /// <summary>Whether both are the same tree, as far as its root can say.</summary>
    public bool IsSame(CompactRange other) => Size == other.Size && _hashes.AsSpan().SequenceEqual(other._hashes);
}
