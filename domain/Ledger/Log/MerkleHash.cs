using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pipeline.Domain.Ledger.Log;

/// <summary>A hash of the log's tree: SHA-256, 32 bytes (RFC 6962, section 2.1).</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct MerkleHash
{
    public const int Length = 32;
    private const byte LeafPrefix = 0, NodePrefix = 1;
    private const int OnStack = 2 * 1024;

#pragma warning disable CS0649, CS0169 // Filled as a whole, by Read.
    private readonly ulong _first, _second, _third, _fourth;
#pragma warning restore CS0649, CS0169

    /// <summary>The root of a tree without leaves: the hash of nothing.</summary>
    public static MerkleHash EmptyRoot { get; } = Read(SHA256.HashData([]));

    public static MerkleHash OfLeaf(ReadOnlySpan<byte> data)
    {
        var size = data.Length + 1;
        var rented = size > OnStack ? ArrayPool<byte>.Shared.Rent(size) : null;
        var input = (rented is null ? stackalloc byte[OnStack] : rented)[..size];
        input[0] = LeafPrefix;
        data.CopyTo(input[1..]);
        var hash = Sha256(input);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return hash;
    }

    public static MerkleHash OfNode(MerkleHash left, MerkleHash right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * Length)];
        input[0] = NodePrefix;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + Length)..]);
        return Sha256(input);
    }

    /// <exception cref="ArgumentException">They are not 32 bytes.</exception>
    public static MerkleHash Read(ReadOnlySpan<byte> bytes) => bytes.Length == Length
        ? MemoryMarshal.Read<MerkleHash>(bytes)
        : throw new ArgumentException($"a hash has {Length} bytes, not {bytes.Length}", nameof(bytes));

    /// <summary>Reads standard base64 with padding, and nothing besides: every hash has one text.</summary>
    public static bool TryParse(string base64, out MerkleHash hash)
    {
        var bytes = StrictBase64.Read(base64);
        hash = bytes is { Length: Length } ? Read(bytes) : default;
        return bytes is { Length: Length };
    }

    public void CopyTo(Span<byte> destination) => MemoryMarshal.Write(destination, in this);

    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    public string ToBase64() => Convert.ToBase64String(ToArray());

    /// <summary>64 lower-case hex digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());

    private static MerkleHash Sha256(ReadOnlySpan<byte> input)
    {
        Span<byte> hash = stackalloc byte[Length];
        SHA256.HashData(input, hash);
        return Read(hash);
    }
}
