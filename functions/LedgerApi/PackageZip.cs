using System.Buffers.Binary;
using System.IO.Compression;
using Pipeline.Domain.Skills;

namespace Pipeline.Functions.LedgerApi;

/// <summary>A package as a zip that is the same bytes wherever it is made: stored and not compressed, since what a compressor makes depends on which
/// one it is; in the order of the paths, with one time, and as if by one system.</summary>
public static class PackageZip
{
    // APPNOTE.TXT of PKWARE, 4.3.12, 4.3.16 and 4.4.2.
    private const int EndLength = 22, EndEntries = 10, EndOffset = 16;
    private const int EntryLength = 46, EntrySystem = 5, EntryNameLength = 28, EntryExtraLength = 30, EntryCommentLength = 32;
    private const byte Unix = 3;

    /// <param name="files">At most 65,534, of less than 4 GiB together.</param>
    public static byte[] Of(IEnumerable<PackageFile> files)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var file in files.OrderBy(f => f.Path, StringComparer.Ordinal))
            {
                var entry = zip.CreateEntry(file.Path, CompressionLevel.NoCompression);
                entry.LastWriteTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                entry.ExternalAttributes = Convert.ToInt32(file.Mode, 8) << 16;
                using var content = entry.Open();
                content.Write(file.Content);
            }
        }
        var bytes = buffer.ToArray();
        MadeByOneSystem(bytes);
        return bytes;
    }

    /// <summary>Of each entry, sets the system that is said to have made it, which the library takes from where it runs. The modes are Unix's.</summary>
    /// <param name="zip">Without a comment at its end.</param>
    internal static void MadeByOneSystem(Span<byte> zip)
    {
        var end = zip[^EndLength..];
        var at = (int)BinaryPrimitives.ReadUInt32LittleEndian(end[EndOffset..]);
        for (var left = BinaryPrimitives.ReadUInt16LittleEndian(end[EndEntries..]); left > 0; left--)
        {
            var entry = zip[at..];
            entry[EntrySystem] = Unix;
            at += EntryLength + Length(entry, EntryNameLength) + Length(entry, EntryExtraLength) + Length(entry, EntryCommentLength);
        }
    }

    private static int Length(ReadOnlySpan<byte> entry, int field) => BinaryPrimitives.ReadUInt16LittleEndian(entry[field..]);
}
