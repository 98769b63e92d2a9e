using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Archives;

/// <summary>Writes the files of an archive, each whole or not at all, one writer at a time. Only <see cref="FinishAsync"/> makes an archive of them.</summary>
public sealed class ArchiveWriter : IDisposable
{
    private const string DraftEnding = ".new", ReplacedEnding = ".old";
    private static readonly EnumerationOptions FilesBelow = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    private readonly ArchiveDirectory _directory;
    private readonly FileStream _lock;
    private readonly SortedSet<string> _aside = new(StringComparer.Ordinal);
    private bool _isFinished;

    private ArchiveWriter(ArchiveDirectory directory, FileStream held, ArchiveManifest? before) => (_directory, _lock, Before) = (directory, held, before);

    /// <summary>Of the archive that is there; null where there is none. Until <see cref="FinishAsync"/> it stays as it is: of what it has, nothing is written over.</summary>
    public ArchiveManifest? Before { get; }

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
            // One that died while it put the new in the place of the old.
            if (!directory.Has(ArchiveManifest.FileName)) PutBack(directory);
            var before = directory.Has(ArchiveManifest.FileName) ? (await directory.ReadManifestAsync(ct)).Manifest : null;
            if (before is not null) Require(directory, origin, before.Origin);
            using var reader = new StreamReader(held, leaveOpen: true);
            var begun = await reader.ReadToEndAsync(ct);
            if (begun.Length > 0) Require(directory, origin, begun);
            else await held.WriteAsync(Encoding.UTF8.GetBytes(origin), ct);
            held.Flush(flushToDisk: true);
            return new(directory, held, before);
        }
        catch
        {
            await held.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where a file of the archive that is being written lies at this moment.</summary>
    public string PathOf(string name) => _directory.PathOf(name) + (_aside.Contains(name) ? DraftEnding : "");

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
            if (Before is null || !File.Exists(path)) File.Move(aside, path, overwrite: true);
            else
                lock (_aside) _aside.Add(name);
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

    /// <summary>It is an archive from here on. What an earlier export left that is not of this one is taken away: what was erased since must not stay.</summary>
    /// <param name="isOfIt">Told names as the archive has them.</param>
    public async Task FinishAsync(ArchiveManifest manifest, Func<string, bool> isOfIt, CancellationToken ct)
    {
        // All that needs room on the disk is written before the first thing is moved.
        await WriteAsync(ArchiveManifest.FileName, async file => await file.WriteAsync(manifest.ToJson(), ct), ct);
        if (_aside.Count > 0) Replace();
        _isFinished = true;
        Tidy(isOfIt);
        _lock.Dispose();
        File.Delete(_directory.PathOf(ArchiveDirectory.UnfinishedFile));
    }

    /// <summary>An archive that was there before is left as it was.</summary>
    public void Dispose()
    {
        if (!_isFinished) foreach (var name in _aside) File.Delete(_directory.PathOf(name) + DraftEnding);
        _lock.Dispose();
        if (!_isFinished && Before is not null) File.Delete(_directory.PathOf(ArchiveDirectory.UnfinishedFile));
    }

    // The manifest goes first and comes last: without it, nothing is taken for an archive.
    private void Replace()
    {
        List<string> paths = [.. _aside.Where(n => n != ArchiveManifest.FileName).Select(_directory.PathOf), _directory.PathOf(ArchiveManifest.FileName)];
        try
        {
            foreach (var path in paths.AsEnumerable().Reverse()) File.Move(path, path + ReplacedEnding, overwrite: true);
            foreach (var path in paths) File.Move(path + DraftEnding, path);
        }
        catch
        {
            PutBack(_directory);
            throw;
        }
    }

    private static void PutBack(ArchiveDirectory directory)
    {
        var manifest = directory.PathOf(ArchiveManifest.FileName) + ReplacedEnding;
        if (!File.Exists(manifest)) return;
        foreach (var path in FilesOf(directory).Where(f => f.EndsWith(ReplacedEnding, StringComparison.Ordinal) && f != manifest).Append(manifest))
            File.Move(path, path[..^ReplacedEnding.Length], overwrite: true);
    }

    private void Tidy(Func<string, bool> isOfIt)
    {
        foreach (var path in FilesOf(_directory).Where(f => !isOfIt(Path.GetRelativePath(_directory.Root, f).Replace(Path.DirectorySeparatorChar, '/')))) File.Delete(path);
    }

    // Of those beside its folders only what this program leaves there.
    private static List<string> FilesOf(ArchiveDirectory directory) =>
    [
        .. Directory.EnumerateFiles(directory.Root, "*" + DraftEnding),
        .. Directory.EnumerateFiles(directory.Root, "*" + ReplacedEnding),
        .. from folder in (string[])["leaves", "contents"] where Directory.Exists(directory.PathOf(folder)) from file in Directory.EnumerateFiles(directory.PathOf(folder), "*", FilesBelow) select file,
    ];

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
