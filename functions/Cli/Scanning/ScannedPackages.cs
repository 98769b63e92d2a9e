using System.Text;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation.Security;
using Pipeline.Infra.Packages;

namespace Pipeline.Functions.Cli.Scanning;

/// <summary>Files that are scanned together.</summary>
/// <param name="Without">Folders below it that are packages of their own.</param>
internal sealed record ScannedPackage(string Path, IReadOnlySet<string> Without);

/// <summary>Finds what there is to scan at a path. Nothing is left out and no link is followed: what a scan may not read it must report.</summary>
internal static class ScannedPackages
{
    private const string Link = "120000";

    private static readonly IReadOnlySet<string> Nothing = new HashSet<string>();

    /// <summary>A file or a zip is one package; so is a skill's folder, or one without any skill below; else each skill's folder is, and all the rest is one.</summary>
    /// <exception cref="CliFailure">There is nothing there.</exception>
    public static IReadOnlyList<ScannedPackage> Find(string path)
    {
        if (File.Exists(path)) return [new(path, Nothing)];
        if (!Directory.Exists(path)) throw new CliFailure(ExitCodes.Usage, $"There is no file or folder {path}.");
        var root = new DirectoryInfo(path);
        var skills = SkillsBelow(root).ToList();
        if (skills.Count == 0 || skills[0] == root.FullName) return [new(path, Nothing)];
        var rest = new ScannedPackage(path, skills.ToHashSet(StringComparer.Ordinal));
        return [.. skills.Select(s => new ScannedPackage(s, Nothing)), .. Below(root, "", rest.Without).Any() ? new[] { rest } : []];
    }

    /// <summary>The files of a package as far as a scan reads them: one more than the most, and a byte more of each.</summary>
    public static async Task<IReadOnlyList<PackageFile>> ReadAsync(ScannedPackage package, SecurityLimits limits, CancellationToken ct)
    {
        var path = package.Path;
        if (File.Exists(path)) return [await FileAsync(new FileInfo(path), Path.GetFileName(path), limits, ct)];
        var (files, total) = (new List<PackageFile>(), 0L);
        foreach (var (entry, name) in Below(new DirectoryInfo(path), "", package.Without).Take(limits.Files + 1))
        {
            // What is beyond the total is flagged by one byte of it.
            var file = await FileAsync(entry, name, total > limits.TotalBytes ? limits with { FileBytes = 0 } : limits, ct);
            total += file.Content.Length;
            files.Add(file);
        }
        return files;
    }

    private static IEnumerable<string> SkillsBelow(DirectoryInfo folder) =>
        SkillDirectory.Find(folder.FullName) is not null
            ? [folder.FullName]
            : folder.EnumerateDirectories().Where(f => f.LinkTarget is null).OrderBy(f => f.Name, StringComparer.Ordinal).SelectMany(SkillsBelow);

    private static IEnumerable<(FileSystemInfo Entry, string Name)> Below(DirectoryInfo folder, string prefix, IReadOnlySet<string> without) =>
        folder.EnumerateFileSystemInfos().Where(e => !without.Contains(e.FullName)).OrderBy(e => e.Name, StringComparer.Ordinal).SelectMany(entry => entry is DirectoryInfo { LinkTarget: null } inner
            ? Below(inner, $"{prefix}{inner.Name}/", without)
            : [(entry, prefix + entry.Name)]);

    private static async Task<PackageFile> FileAsync(FileSystemInfo entry, string name, SecurityLimits limits, CancellationToken ct)
    {
        if (entry.LinkTarget is { } target) return new(name, Link, Encoding.UTF8.GetBytes(target));
        await using var stream = new FileStream(entry.FullName, FileMode.Open, FileAccess.Read, FileShare.Read);
        var content = new byte[(int)Math.Min(stream.Length, limits.FileBytes + 1L)];
        var length = await stream.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, ct);
        var isExecutable = !OperatingSystem.IsWindows() && entry.UnixFileMode.HasFlag(UnixFileMode.UserExecute);
        return new(name, isExecutable ? PackageFile.Executable : PackageFile.Regular, content[..length]);
    }
}
