using System.IO.Compression;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Postgres;

/// <summary>Bytes named by their SHA-256.</summary>
public sealed class ContentBlob(ReadOnlyMemory<byte> bytes)
{
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    public string Digest { get; } = Domain.Ledger.Digest.Of(bytes.Span);
}

/// <summary>A content is not what its digest says: it was damaged, or altered.</summary>
public sealed class ContentCorruptedException(string digest, string reason, Exception? inner = null)
    : Exception($"the stored content {digest} is corrupted: {reason}", inner)
{
    public string Digest { get; } = digest;
}

/// <summary>How a content lies in the database: as it is or compressed with Brotli, whichever is smaller.</summary>
internal static class ContentCodec
{
    private const short Plain = 0;
    private const short Brotli = 1;

    public static (short Compression, byte[] Body) Encode(ReadOnlySpan<byte> bytes)
    {
        var buffer = new byte[BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
        return BrotliEncoder.TryCompress(bytes, buffer, out var written, quality: 5, window: 22) && written < bytes.Length
            ? (Brotli, buffer[..written])
            : (Plain, bytes.ToArray());
    }

    /// <exception cref="ContentCorruptedException">The bytes do not come out, or are not those of the digest.</exception>
    public static byte[] Decode(string digest, long size, short compression, byte[] body)
    {
        var bytes = compression switch
        {
            Plain => body,
            Brotli => Decompress(digest, size, body),
            _ => throw new ContentCorruptedException(digest, $"compression {compression} is not known"),
        };
        return string.Equals(Digest.Of(bytes), digest, StringComparison.Ordinal)
            ? bytes
            : throw new ContentCorruptedException(digest, "its bytes have another digest");
    }

    private static byte[] Decompress(string digest, long size, byte[] body)
    {
        if (size is < 0 || size > Array.MaxLength) throw new ContentCorruptedException(digest, $"its size is said to be {size}");
        var bytes = new byte[size];
        return BrotliDecoder.TryDecompress(body, bytes, out var written) && written == size
            ? bytes
            : throw new ContentCorruptedException(digest, "it cannot be decompressed to its size");
    }
}
