using System.Security.Cryptography;

namespace Pipeline.Domain.Tests.Ledger.Log;

/// <summary>RFC 6962, section 2.1, word by word over all leaf hashes: what the real one is compared with.</summary>
internal sealed class NaiveTree(IReadOnlyList<byte[]> leafHashes)
{
    private readonly Dictionary<(int, int), byte[]> _roots = [];

    public static NaiveTree Of(int size) => new([.. Enumerable.Range(0, size).Select(i => Sha([0, .. BitConverter.GetBytes(i)]))]);

    public static byte[] Leaf(int i) => BitConverter.GetBytes(i);

    public byte[] Root(int from, int count)
    {
        if (count == 0) return Sha([]);
        if (count == 1) return leafHashes[from];
        if (_roots.TryGetValue((from, count), out var known)) return known;
        var k = Split(count);
        return _roots[(from, count)] = Sha([1, .. Root(from, k), .. Root(from + k, count - k)]);
    }

    public IEnumerable<byte[]> Path(int leaf, int from, int count)
    {
        if (count == 1) return [];
        var k = Split(count);
        return leaf < k ? [.. Path(leaf, from, k), Root(from + k, count - k)] : [.. Path(leaf - k, from + k, count - k), Root(from, k)];
    }

    public IEnumerable<byte[]> Consistency(int first, int count) => Subproof(first, 0, count, whole: true);

    private IEnumerable<byte[]> Subproof(int first, int from, int count, bool whole)
    {
        if (first == count) return whole ? [] : [Root(from, count)];
        var k = Split(count);
        return first <= k
            ? [.. Subproof(first, from, k, whole), Root(from + k, count - k)]
            : [.. Subproof(first - k, from + k, count - k, whole: false), Root(from, k)];
    }

    private static int Split(int count)
    {
        var k = 1;
        while (k * 2 < count) k *= 2;
        return k;
    }

    private static byte[] Sha(byte[] bytes) => SHA256.HashData(bytes);
}
