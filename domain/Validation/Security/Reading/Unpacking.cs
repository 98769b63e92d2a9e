using System.Formats.Tar;
using System.IO.Compression;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>A file to be looked at, from the package or from an archive in it.</summary>
internal sealed record UnpackedFile(string Path, string Mode, byte[] Content);

/// <summary>Something about a file as a whole.</summary>
internal sealed record FileFact(string Measure, string Path, string Detail);

/// <summary>Opens the archives of a package, and those in them, within limits that do not trust what an archive says of itself.</summary>
internal sealed class Unpacking(SecurityLimits limits)
{
    private readonly List<UnpackedFile> files = [];
    private readonly List<FileFact> facts = [];
    private long total;
    private bool full;

    /// <remarks>An archive that is all there is, is the package, and no archive within it.</remarks>
    public static (IReadOnlyList<UnpackedFile> Files, IReadOnlyList<FileFact> Facts) Of(IReadOnlyCollection<PackageFile> package, SecurityLimits limits)
    {
        var unpacking = new Unpacking(limits);
        foreach (var file in package.OrderBy(f => f.Path, StringComparer.Ordinal)) unpacking.Take(new(file.Path, file.Mode, file.Content), package.Count == 1 ? 0 : 1);
        return (unpacking.files, unpacking.facts);
    }

    private void Take(UnpackedFile file, int depth)
    {
        if (full) return;
        if (files.Count >= limits.Files)
        {
            full = true;
            facts.Add(new(SecurityMeasures.TooManyFiles, file.Path, $"more than {limits.Files} files"));
            return;
        }
        if (file.Content.Length > limits.FileBytes || (total += file.Content.Length) > limits.TotalBytes)
        {
            facts.Add(new(SecurityMeasures.TooLarge, file.Path, $"{file.Content.Length} bytes"));
            return;
        }
        files.Add(file);
        if (ArchiveKind(file.Content) is not { } kind) return;
        if (depth > 0) facts.Add(new(SecurityMeasures.NestedArchive, file.Path, kind));
        if (depth > limits.Depth) facts.Add(new(SecurityMeasures.TooDeep, file.Path, $"more than {limits.Depth} archives in one another"));
        else Open(file, kind, depth);
    }

    private void Open(UnpackedFile file, string kind, int depth)
    {
        try
        {
            switch (kind)
            {
                case "zip": Zip(file, depth); break;
                case "gzip": Gzip(file, depth); break;
                case "tar": Tar(file, depth); break;
                default: facts.Add(new(SecurityMeasures.UnreadableArchive, file.Path, kind)); break;
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            facts.Add(new(SecurityMeasures.BrokenArchive, file.Path, kind));
        }
    }

    private void Zip(UnpackedFile file, int depth)
    {
        using var archive = new ZipArchive(new MemoryStream(file.Content), ZipArchiveMode.Read);
        var unpacked = 0L;
        foreach (var entry in archive.Entries)
        {
            if (full) return;
            var path = $"{file.Path}!{entry.FullName}";
            if (entry.FullName.EndsWith('/')) continue;
            if (entry.IsEncrypted)
            {
                facts.Add(new(SecurityMeasures.EncryptedArchive, path, "encrypted"));
                continue;
            }
            using var content = entry.Open();
            if (Read(content, path, file.Content.Length, ref unpacked) is not { } bytes) return;
            var mode = (entry.ExternalAttributes >> 16) & 0xF000;
            Take(new(path, mode == 0xA000 ? "120000" : PackageFile.Regular, bytes), depth + 1);
        }
    }

    private void Gzip(UnpackedFile file, int depth)
    {
        using var content = new GZipStream(new MemoryStream(file.Content), CompressionMode.Decompress);
        var unpacked = 0L;
        var name = file.Path[(file.Path.LastIndexOf('/') + 1)..];
        var path = $"{file.Path}!{(name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name)}";
        if (Read(content, path, file.Content.Length, ref unpacked) is { } bytes) Take(new(path, PackageFile.Regular, bytes), depth + 1);
    }

    private void Tar(UnpackedFile file, int depth)
    {
        using var reader = new TarReader(new MemoryStream(file.Content));
        var unpacked = 0L;
        while (!full && reader.GetNextEntry() is { } entry)
        {
            var path = $"{file.Path}!{entry.Name}";
            if (entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink) facts.Add(new(SecurityMeasures.Link, path, entry.LinkName));
            if (entry.DataStream is not { } data) continue;
            if (Read(data, path, file.Content.Length, ref unpacked) is not { } bytes) return;
            Take(new(path, PackageFile.Regular, bytes), depth + 1);
        }
    }

    private byte[]? Read(Stream content, string path, int packed, ref long unpacked)
    {
        using var memory = new MemoryStream();
        var buffer = new byte[1 << 15];
        for (int read; (read = content.Read(buffer, 0, buffer.Length)) > 0;)
        {
            unpacked += read;
            // Small archives of dull files are packed well and do no harm.
            var isBomb = unpacked > 1 << 20 && unpacked / Math.Max(1, packed) > limits.Ratio;
            if (!isBomb && memory.Length + read <= limits.FileBytes && total + unpacked <= limits.TotalBytes)
            {
                memory.Write(buffer, 0, read);
                continue;
            }
            facts.Add(new(isBomb ? SecurityMeasures.Bomb : SecurityMeasures.TooLarge, path, $"unpacks to {unpacked} bytes and more"));
            return null;
        }
        return memory.ToArray();
    }

    /// <summary>By the first bytes, never by the name; null where it is no archive.</summary>
    public static string? ArchiveKind(ReadOnlySpan<byte> content) => content switch
    {
        [(byte)'P', (byte)'K', 3, 4, ..] or [(byte)'P', (byte)'K', 5, 6, ..] => "zip",
        [0x1F, 0x8B, 8, ..] => "gzip",
        [(byte)'B', (byte)'Z', (byte)'h', ..] when content.Length > 10 && content[4] == 0x31 => "bzip2",
        [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] => "xz",
        [(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => "7z",
        [(byte)'R', (byte)'a', (byte)'r', (byte)'!', 0x1A, ..] => "rar",
        [0x28, 0xB5, 0x2F, 0xFD, ..] => "zstd",
        [(byte)'M', (byte)'S', (byte)'C', (byte)'F', 0, ..] => "cab",
        _ when content.Length > 262 && content[257..262].SequenceEqual("ustar"u8) => "tar",
        _ => null,
    };
}
