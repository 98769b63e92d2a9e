using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Archives;

/// <summary>The files of an archive. Their names are known beforehand and none of them is believed to be a file: links are not followed, and what is longer
/// than it was said to be is not read.</summary>
public sealed class ArchiveDirectory(string root)
{
    public const string CheckpointsFile = "checkpoints.jsonl", ContentsFile = "contents.jsonl";

    /// <summary>There while an archive is being written: a directory that has it and no <see cref="ArchiveManifest.FileName"/> is none yet.</summary>
    public const string UnfinishedFile = "unfinished";

    private const long LargestManifest = 256L * 1024 * 1024;
    private static readonly JsonSerializerOptions Strict = new(LedgerJson.Options) { AllowDuplicateProperties = false };

    public string Root { get; } = Path.GetFullPath(root);

    /// <summary><c>contents/ab/abcd…</c>: named by the digest, two digits a folder.</summary>
    /// <exception cref="FormatException">The text is no digest.</exception>
    public static string NameOf(string digest)
    {
        var hex = Convert.ToHexStringLower(Digest.BytesOf(digest));
        return $"contents/{hex[..2]}/{hex}";
    }

    public string PathOf(string name) => Path.Combine(Root, name.Replace('/', Path.DirectorySeparatorChar));

    public bool Has(string name) => File.Exists(PathOf(name));

    /// <exception cref="ArchiveException">There is no whole archive here.</exception>
    public async Task<(ArchiveManifest Manifest, string Digest)> ReadManifestAsync(CancellationToken ct)
    {
        if (!Directory.Exists(Root)) throw new ArchiveException(Root, "there is no such directory");
        if (!Has(ArchiveManifest.FileName))
            throw new ArchiveException(Root, Has(UnfinishedFile) ? "the archive was never finished: run the export again, it goes on where it was" : $"there is no {ArchiveManifest.FileName}: this is no archive");
        var info = Checked(ArchiveManifest.FileName);
        if (info.Length is 0 or > LargestManifest) throw new ArchiveException(ArchiveManifest.FileName, "it is empty, or larger than any can be");
        var json = await File.ReadAllBytesAsync(info.FullName, ct);
        return (ArchiveManifest.Read(json), Digest.Of(json));
    }

    /// <summary>Opens a file that must have so many bytes.</summary>
    /// <exception cref="ArchiveException">It is not there, a link, or of another size.</exception>
    public FileStream Open(string name, long bytes)
    {
        var info = Checked(name);
        // Also keeps what is no file, and would never end, from being opened.
        if (bytes < 1 || info.Length != bytes) throw new ArchiveException(name, string.Create(CultureInfo.InvariantCulture, $"it has {info.Length} bytes, and is to have {bytes}"));
        return new FileStream(info.FullName, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.Asynchronous | FileOptions.SequentialScan);
    }

    /// <summary>Opens a file whose bytes are those of a digest.</summary>
    /// <exception cref="ArchiveException">They are not.</exception>
    public async Task<FileStream> OpenAsync(string name, long bytes, string digest, CancellationToken ct)
    {
        var file = Open(name, bytes);
        try
        {
            if (Digest.Prefix + Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct)) != digest) throw new ArchiveException(name, $"it was changed: {ArchiveManifest.FileName} has another digest for it");
            file.Position = 0;
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>The lines of a list, read one by one.</summary>
    /// <exception cref="ArchiveException">The list is not the one that is meant.</exception>
    public async IAsyncEnumerable<T> ReadListAsync<T>(ArchivedList list, [EnumeratorCancellation] CancellationToken ct)
    {
        if (list.Count == 0 && list.Bytes == 0) yield break;
        await using var file = await OpenAsync(list.File, list.Bytes, list.Sha256, ct);
        var read = 0L;
        await foreach (var line in BoundedLines.ReadAsync(file, list.File, ct))
        {
            read++;
            yield return Parsed<T>(line, string.Create(CultureInfo.InvariantCulture, $"{list.File}, line {read}"));
        }
        if (read != list.Count) throw new ArchiveException(list.File, string.Create(CultureInfo.InvariantCulture, $"it has {read} lines, and is to have {list.Count}"));
    }

    /// <returns>The bytes of a content that is checked to be of its digest.</returns>
    /// <exception cref="ArchiveException">It is not.</exception>
    public async Task<byte[]> ReadContentAsync(ArchivedContent content, CancellationToken ct)
    {
        var name = NameOf(content.Sha256);
        if (content.Bytes is not (>= 0 and <= int.MaxValue)) throw new ArchiveException(name, "no content is as large as that");
        var bytes = Array.Empty<byte>();
        if (content.Bytes is > 0 and { } length)
        {
            await using var file = Open(name, length);
            bytes = new byte[length];
            await file.ReadExactlyAsync(bytes, ct);
        }
        return Digest.Of(bytes) == content.Sha256 ? bytes : throw new ArchiveException(name, "it was changed: its bytes have another digest");
    }

    private static T Parsed<T>(ReadOnlyMemory<byte> line, string place)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line.Span, Strict) ?? throw new ArchiveException(place, "it is empty");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new ArchiveException(place, "it is not what a line of this list is", e);
        }
    }

    // From the archive's folder down, nothing may be a link: what lies elsewhere is not the archive's.
    private FileInfo Checked(string name)
    {
        var at = Root;
        foreach (var part in name.Split('/')[..^1])
        {
            at = Path.Combine(at, part);
            var folder = new DirectoryInfo(at);
            if (folder.Exists && folder.LinkTarget is not null) throw new ArchiveException(name, "it lies behind a link");
        }
        var info = new FileInfo(PathOf(name));
        if (info.LinkTarget is not null) throw new ArchiveException(name, "it is a link and not a file");
        if (!info.Exists) throw new ArchiveException(name, "it is missing");
        return info;
    }
}
