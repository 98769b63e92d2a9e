using System.IO.Compression;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Packages;

namespace Pipeline.Functions.Cli.Files;

/// <summary>A file of an archive.</summary>
internal sealed record ArchivedFile(string Path, string Mode, byte[] Content);

/// <summary>Reads zip archives from anywhere, into memory, within limits that do not trust what the archive says of itself.</summary>
internal static class SafeZip
{
    public const int MostEntries = 20_000;

    /// <summary>Of one file, in bytes, unpacked.</summary>
    public const int LargestFile = 16 << 20;

    /// <summary>Of all files, in bytes, unpacked.</summary>
    public const long LargestTotal = 256L << 20;

    /// <summary>An archive that unpacks to more than <see cref="FreeOfRatio"/> bytes is no larger than so many times its own size.</summary>
    public const int HighestRatio = 100;
    public const long FreeOfRatio = 8L << 20;

    private const int FileTypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int AnyExecute = 0x49;

    /// <exception cref="IOException">It is no zip, is not safe to read, or is too large; the message says which.</exception>
    public static async Task<IReadOnlyList<ArchivedFile>> ReadAsync(byte[] zip, CancellationToken ct)
    {
        try
        {
            await using var archive = new ZipArchive(new MemoryStream(zip), ZipArchiveMode.Read);
            if (archive.Entries.Count > MostEntries) throw new IOException($"the archive has more than {MostEntries} entries");
            var files = new Dictionary<string, ArchivedFile>(StringComparer.Ordinal);
            var total = 0L;
            foreach (var entry in archive.Entries.Where(e => !e.FullName.EndsWith('/')))
            {
                var file = await FileAsync(entry, ct);
                if ((total += file.Content.Length) > LargestTotal) throw new IOException($"the archive unpacks to more than {LargestTotal >> 20} MiB");
                if (total > FreeOfRatio && total / HighestRatio > zip.Length) throw new IOException($"the archive unpacks to more than {HighestRatio} times its size, {PackagePaths.Shown(file.Path)} among others: pack only what the skills need");
                if (!files.TryAdd(file.Path, file)) throw new IOException($"the archive has {PackagePaths.Shown(file.Path)} twice");
            }

            return [.. files.Values];
        }
        catch (InvalidDataException e)
        {
            throw new IOException("it is no zip archive, or a broken one", e);
        }
    }

    private static async Task<ArchivedFile> FileAsync(ZipArchiveEntry entry, CancellationToken ct)
    {
        if (PackagePaths.Fault(entry.FullName) is { } fault) throw new IOException($"the archive is not safe: {fault}");
        var mode = entry.ExternalAttributes >> 16;
        if ((mode & FileTypeMask) is not (0 or RegularFile)) throw new IOException($"the archive is not safe: {PackagePaths.Shown(entry.FullName)} is a link or a device: put the file itself there");
        await using var content = await entry.OpenAsync(ct);
        return new(entry.FullName, (mode & AnyExecute) != 0 ? PackageFile.Executable : PackageFile.Regular, await FileBytes.AllAsync(content, LargestFile, ct));
    }
}
