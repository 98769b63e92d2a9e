using System.Text;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation.Security;

namespace Pipeline.Functions.Cli.Scanning;

/// <summary>Finds what there is to scan at a path. Nothing is left out and no link is followed: what a scan may not read it must report.</summary>
internal static class ScannedPackages
{
    private const string Link = "120000";

    /// <summary>A file or a zip is one package; so is a folder with SKILL.md, or without any below; else each folder with one is.</summary>
    /// <exception cref="CliFailure">There is nothing there.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) throw new CliFailure(ExitCodes.Usage, $"There is no file or folder {path}.");
        var skills = SkillsBelow(new DirectoryInfo(path)).ToList();
        return skills.Count > 0 ? skills : [path];
    }

    /// <summary>The files of a package as far as a scan reads them: one more than the most, and a byte more of each.</summary>
    public static async Task<IReadOnlyList<PackageFile>> ReadAsync(string path, SecurityLimits limits, CancellationToken ct)
    {
        if (File.Exists(path)) return [await FileAsync(new FileInfo(path), Path.GetFileName(path), limits, ct)];
        var (files, total) = (new List<PackageFile>(), 0L);
        foreach (var (entry, name) in Below(new DirectoryInfo(path), "").Take(limits.Files + 1))
        {
            // What is beyond the total is flagged by one byte of it.
            var file = await FileAsync(entry, name, total > limits.TotalBytes ? limits with { FileBytes = 0 } : limits, ct);
            total += file.Content.Length;
            files.Add(file);
        }
        return files;
    }

    private static IEnumerable<string> SkillsBelow(DirectoryInfo folder) =>
        File.Exists(Path.Combine(folder.FullName, Package.SkillFile))
            ? [folder.FullName]
            : folder.EnumerateDirectories().Where(f => f.LinkTarget is null).OrderBy(f => f.Name, StringComparer.Ordinal).SelectMany(SkillsBelow);

    private static IEnumerable<(FileSystemInfo Entry, string Name)> Below(DirectoryInfo folder, string prefix) =>
        folder.EnumerateFileSystemInfos().OrderBy(e => e.Name, StringComparer.Ordinal).SelectMany(entry => entry is DirectoryInfo { LinkTarget: null } inner
            ? Below(inner, $"{prefix}{inner.Name}/")
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
