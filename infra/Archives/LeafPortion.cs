using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Infra.Archives;

/// <summary>A file of leaves: gzip, one leaf a line, the leaf's hash in hex, a space, and its canonical text, which has no line breaks.</summary>
public static class LeafPortion
{
    public const int MostLeaves = 65_536;

    /// <summary>Longer than any event that the program takes in. What an archive can make its reader hold is bounded by it.</summary>
    public const int LongestLine = 64 * 1024 * 1024;

    private const int HexLength = 2 * MerkleHash.Length;

    /// <summary><c>leaves/000000.gz</c> and so on.</summary>
    public static string NameOf(long portion) => string.Create(CultureInfo.InvariantCulture, $"leaves/{portion:D6}.gz");

    /// <summary>Writes leaves one after the other.</summary>
    public static async Task WriteAsync(Stream file, IAsyncEnumerable<ArchivedLeaf> leaves, CancellationToken ct)
    {
        await using var gzip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true);
        await foreach (var (hash, text) in leaves.WithCancellation(ct))
        {
            await gzip.WriteAsync(Encoding.ASCII.GetBytes($"{hash} "), ct);
            await gzip.WriteAsync(text, ct);
            await gzip.WriteAsync("\n"u8.ToArray(), ct);
        }
    }

    /// <summary>Reads leaves as they come; nothing but the form of the lines is checked.</summary>
    /// <param name="place">What the file is called, for what is wrong with it.</param>
    /// <param name="count">How many there must be.</param>
    /// <exception cref="ArchiveException">It is no portion of so many leaves.</exception>
    public static async IAsyncEnumerable<ArchivedLeaf> ReadAsync(Stream file, string place, int count, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var gzip = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true);
        var line = new ArrayBufferWriter<byte>(4096);
        var buffer = new byte[64 * 1024];
        var read = 0;
        for (int got; (got = await FillAsync(gzip, buffer, place, ct)) > 0;)
        {
            for (var from = 0; from < got;)
            {
                var end = buffer.AsSpan(from, got - from).IndexOf((byte)'\n');
                var length = end < 0 ? got - from : end;
                if (line.WrittenCount + length > LongestLine) throw new ArchiveException($"{place}, line {read + 1}", "the line is longer than any leaf can be");
                line.Write(buffer.AsSpan(from, length));
                from += length + 1;
                if (end < 0) break;
                if (read++ == count) throw new ArchiveException(place, $"it has more than the {count} leaves that it is to have");
                yield return LeafOf(line.WrittenSpan) ?? throw new ArchiveException($"{place}, line {read}", "the line is no leaf: a hash in hex, a space, and a text");
                line.ResetWrittenCount();
            }
        }
        if (line.WrittenCount > 0 || read != count) throw new ArchiveException(place, $"it ends after {read} leaves of {count}");
    }

    private static async ValueTask<int> FillAsync(GZipStream gzip, byte[] buffer, string place, CancellationToken ct)
    {
        try
        {
            return await gzip.ReadAsync(buffer, ct);
        }
        catch (InvalidDataException e)
        {
            throw new ArchiveException(place, "it is damaged, or cut off", e);
        }
    }

    private static ArchivedLeaf? LeafOf(ReadOnlySpan<byte> line)
    {
        if (line.Length <= HexLength + 1 || line[HexLength] != ' ') return null;
        Span<byte> hash = stackalloc byte[MerkleHash.Length];
        return Convert.FromHexString(line[..HexLength], hash, out _, out var written) == OperationStatus.Done && written == MerkleHash.Length
            ? new(MerkleHash.Read(hash), line[(HexLength + 1)..].ToArray())
            : null;
    }
}

/// <param name="Hash">As it was sealed.</param>
/// <param name="Text">Canonical, in UTF-8.</param>
public readonly record struct ArchivedLeaf(MerkleHash Hash, ReadOnlyMemory<byte> Text);
