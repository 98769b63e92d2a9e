using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Archives;

/// <summary>Writes the files of an archive, each whole or not at all, one writer at a time. Only <see cref="FinishAsync"/> makes an archive of them.</summary>
public sealed class ArchiveWriter : IDisposable
{
    private const string DraftEnding = ".new";
    private static readonly EnumerationOptions FilesBelow = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    private readonly ArchiveDirectory _directory;
    private readonly FileStream _lock;

    private ArchiveWriter(ArchiveDirectory directory, FileStream held) => (_directory, _lock) = (directory, held);

    /// <param name="directory">Empty, or with an archive of the same log, finished or not.</param>
    /// <param name="origin">The log's.</param>
    /// <exception cref="ArchiveException">It holds something else, or somebody else writes there.</exception>
    public static async Task<ArchiveWriter> OpenAsync(ArchiveDirectory directory, string origin, CancellationToken ct)
    {
        Directory.CreateDirectory(directory.Root);
        var isArchive = directory.Has(ArchiveManifest.FileName);
        if (!isArchive && !directory.Has(ArchiveDirectory.UnfinishedFile) && Directory.EnumerateFileSystemEntries(directory.Root).Any())
            throw new ArchiveException(directory.Root, "the directory is not empty, and holds no archive: choose another");
        if (isArchive) Require(directory, origin, (await directory.ReadManifestAsync(ct)).Manifest.Origin);
        var held = Hold(directory);
        try
        {
            using var reader = new StreamReader(held, leaveOpen: true);
            var begun = await reader.ReadToEndAsync(ct);
            if (begun.Length > 0) Require(directory, origin, begun);
            else await held.WriteAsync(Encoding.UTF8.GetBytes(origin), ct);
            held.Flush(flushToDisk: true);
            // From here on until it is finished again it is no archive.
            File.Delete(directory.PathOf(ArchiveManifest.FileName));
            return new(directory, held);
        }
        catch
        {
            await held.DisposeAsync();
            throw;
        }
    }

    /// <returns>Size and digest of what was written.</returns>
    public async Task<(long Bytes, string Sha256)> WriteAsync(string name, Func<Stream, Task> write, CancellationToken ct)
    {
        var path = _directory.PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var aside = path + DraftEnding;
        try
        {
            long bytes;
            string sha256;
            await using (var file = new FileStream(aside, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 64 * 1024, useAsync: true))
            {
                await write(file);
                file.Flush(flushToDisk: true);
                bytes = file.Length;
                file.Position = 0;
                sha256 = Digest.Prefix + Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct));
            }
            File.Move(aside, path, overwrite: true);
            return (bytes, sha256);
        }
        catch
        {
            File.Delete(aside);
            throw;
        }
    }

    /// <summary>Writes a list, a JSON document a line.</summary>
    public async Task<ArchivedList> WriteListAsync<T>(string name, IAsyncEnumerable<T> items, CancellationToken ct)
    {
        var count = 0L;
        var (bytes, sha256) = await WriteAsync(name, async file =>
        {
            await foreach (var item in items.WithCancellation(ct))
            {
                await JsonSerializer.SerializeAsync(file, item, LedgerJson.Options, ct);
                await file.WriteAsync("\n"u8.ToArray(), ct);
                count++;
            }
        }, ct);
        return new(name, count, bytes, sha256);
    }

    /// <summary>Takes away what an earlier export left that is not of this archive: what was erased since must not stay.</summary>
    /// <param name="isOfIt">Told names as the archive has them.</param>
    public void Tidy(Func<string, bool> isOfIt)
    {
        foreach (var draft in Directory.EnumerateFiles(_directory.Root, "*" + DraftEnding)) File.Delete(draft);
        foreach (var folder in (string[])["leaves", "contents"])
        {
            if (!Directory.Exists(_directory.PathOf(folder))) continue;
            foreach (var file in Directory.EnumerateFiles(_directory.PathOf(folder), "*", FilesBelow))
                if (!isOfIt(Path.GetRelativePath(_directory.Root, file).Replace(Path.DirectorySeparatorChar, '/'))) File.Delete(file);
        }
    }

    /// <summary>It is an archive from here on.</summary>
    public async Task FinishAsync(ArchiveManifest manifest, CancellationToken ct)
    {
        await WriteAsync(ArchiveManifest.FileName, async file => await file.WriteAsync(manifest.ToJson(), ct), ct);
        _lock.Dispose();
        File.Delete(_directory.PathOf(ArchiveDirectory.UnfinishedFile));
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream Hold(ArchiveDirectory directory)
    {
        try
        {
            return new(directory.PathOf(ArchiveDirectory.UnfinishedFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new ArchiveException(directory.Root, $"another export writes there, or it cannot be written to ({e.Message})", e);
        }
    }

    private static void Require(ArchiveDirectory directory, string origin, string found)
    {
        if (found != origin) throw new ArchiveException(directory.Root, $"it has an archive of the log {found}, and this is {origin}: choose another directory");
    }
}
