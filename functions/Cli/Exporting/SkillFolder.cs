using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Cli.Files;
using Pipeline.Infra.Packages;

namespace Pipeline.Functions.Cli.Exporting;

/// <summary>Writes a package as a folder of its own and never outside it, whatever the package's paths say.</summary>
internal static class SkillFolder
{
    private const int LongestTold = 100;

    /// <summary>Why the package cannot be a skill's folder of this name, or null if it can.</summary>
    public static string? Fault(string name, Package package)
    {
        if (!PackagePath.IsSkillName(name)) return "its name is not one that the Agent Skills specification allows for a folder";
        if (package.Files.Select(f => PackagePaths.Fault(f.Path)).FirstOrDefault(fault => fault is not null) is { } fault) return fault;
        return package.SkillText.Length == 0 ? "it has no SKILL.md" : null;
    }

    /// <summary>What the package calls itself where that is another name than the one that the ledger has for it, and thus its folder.</summary>
    public static string? OtherName(string name, Package package) =>
        SkillFrontmatter.Read(package.SkillText).Name is var told && told == name ? null : told[..Math.Min(told.Length, LongestTold)];

    /// <summary>Puts the folder in place of the one that is there, whole or not at all.</summary>
    public static async Task WriteAsync(string directory, string name, Package package, CancellationToken ct)
    {
        var folder = Path.Combine(directory, name);
        // Made afresh, so that no link that lies in wait in the old folder is written through.
        var (staging, old) = Staging(directory, name);
        ClearStaging(directory, name);
        await WriteFilesAsync(staging, package, ct);
        if (new DirectoryInfo(folder) is { LinkTarget: null, Exists: true }) Directory.Move(folder, old);
        else Delete(folder);
        Directory.Move(staging, folder);
        Delete(old);
    }

    /// <summary>Takes away what a command that was broken off has left beside the folder.</summary>
    public static void ClearStaging(string directory, string name)
    {
        var (staging, old) = Staging(directory, name);
        Delete(staging);
        Delete(old);
    }

    /// <summary>Writes the files below a folder that is made for them.</summary>
    /// <exception cref="IOException">The folder is there, or a path leads out of it.</exception>
    public static async Task WriteFilesAsync(string folder, Package package, CancellationToken ct)
    {
        if (Exists(folder)) throw new IOException($"{folder} is there already");
        if (package.Files.Select(f => PackagePaths.Fault(f.Path)).FirstOrDefault(fault => fault is not null) is { } fault) throw new IOException(fault);
        Directory.CreateDirectory(folder);
        foreach (var file in package.Files)
        {
            var path = Path.Combine(folder, Path.Combine(file.Path.Split('/')));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using (var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write)) await stream.WriteAsync(file.Content, ct);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, ModeOf(file.Mode));
        }
    }

    public static bool Exists(string path) => Directory.Exists(path) || File.Exists(path) || new FileInfo(path).LinkTarget is not null;

    /// <summary>A link is deleted, not what it leads to.</summary>
    public static void Delete(string path)
    {
        if (new DirectoryInfo(path) is { LinkTarget: null, Exists: true }) Directory.Delete(path, recursive: true);
        else if (Exists(path)) File.Delete(path);
    }

    /// <summary>Whether the folder is exactly these files: none more or less, no link, and those that are executable are. The rest of a mode is the machine's own.</summary>
    public static bool Holds(string folder, IReadOnlyList<ManifestEntry> files) => WhatDiffers(folder, files) is null;

    /// <summary>In what the folder is not exactly these files; null where it is.</summary>
    public static string? WhatDiffers(string folder, IReadOnlyList<ManifestEntry> files)
    {
        if (new DirectoryInfo(folder) is not { Exists: true, LinkTarget: null }) return "it is no folder of its own";
        if (FilesIn(folder) is not { } there) return "it has a link in it";
        if (files.FirstOrDefault(f => !there.ContainsKey(f.Path)) is { } missing) return $"{missing.Path} is missing";
        if (there.Keys.Order(StringComparer.Ordinal).FirstOrDefault(path => files.All(f => f.Path != path)) is { } extra) return $"{extra} is not of the skill";
        foreach (var file in files)
        {
            var found = there[file.Path];
            if (found.Length != file.Size || Digest.Of(File.ReadAllBytes(found.FullName)) != file.Sha256) return $"{file.Path} is not what it was";
            if (!OperatingSystem.IsWindows() && found.UnixFileMode.HasFlag(UnixFileMode.UserExecute) != (file.Mode == PackageFile.Executable)) return $"the mode of {file.Path} is not what it was";
        }

        return null;
    }

    /// <summary>Whether somebody has worked in a folder since it was exported.</summary>
    /// <param name="exported">What may have been exported there.</param>
    public static bool WasEdited(string folder, IReadOnlyList<LockedSkill> exported)
    {
        if (new DirectoryInfo(folder) is not { Exists: true, LinkTarget: null }) return false;
        if (FilesIn(folder) is not { } there) return true;
        var digests = there.ToDictionary(f => f.Key, f => Digest.Of(File.ReadAllBytes(f.Value.FullName)), StringComparer.Ordinal);
        return !exported.Any(skill => digests.All(f => skill.Given.FirstOrDefault(e => e.Path == f.Key)?.Sha256 == f.Value));
    }

    // Null when there is a link among them: it is not followed, for it may lead anywhere, and in circles.
    private static Dictionary<string, FileInfo>? FilesIn(string folder)
    {
        var files = new Dictionary<string, FileInfo>(StringComparer.Ordinal);
        var folders = new Stack<DirectoryInfo>([new(folder)]);
        while (folders.TryPop(out var at))
        {
            foreach (var entry in at.EnumerateFileSystemInfos())
            {
                if (entry.LinkTarget is not null) return null;
                if (entry is DirectoryInfo below) folders.Push(below);
                else files.Add(Path.GetRelativePath(folder, entry.FullName).Replace(Path.DirectorySeparatorChar, '/'), (FileInfo)entry);
            }
        }

        return files;
    }

    private static (string New, string Old) Staging(string directory, string name) => (Path.Combine(directory, $".{name}.new"), Path.Combine(directory, $".{name}.old"));

    private static UnixFileMode ModeOf(string mode)
    {
        const UnixFileMode regular = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        return mode == PackageFile.Executable ? regular | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : regular;
    }
}
