using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Cli.Files;
using Pipeline.Infra.Packages;

namespace Pipeline.Functions.Cli.Exporting;

/// <summary>Writes a package as a folder of its own and never outside it, whatever the package's paths say.</summary>
internal static class SkillFolder
{
    /// <summary>Why the package cannot be a skill's folder of this name, or null if it can.</summary>
    public static string? Fault(string name, Package package)
    {
        if (!PackagePath.IsSkillName(name)) return "its name is not one that the Agent Skills specification allows for a folder";
        if (package.Files.Select(f => PackagePaths.Fault(f.Path)).FirstOrDefault(fault => fault is not null) is { } fault) return fault;
        if (package.SkillText.Length == 0) return "it has no SKILL.md";
        return Frontmatter.Name(package.SkillText) is var told && told == name ? null : $"its SKILL.md calls it {told ?? "nothing"}";
    }

    /// <summary>Puts the folder in place of the one that is there, whole or not at all.</summary>
    public static async Task WriteAsync(string directory, string name, Package package, CancellationToken ct)
    {
        var folder = Path.Combine(directory, name);
        // Made afresh, so that no link that lies in wait in the old folder is written through.
        var (staging, old) = (Path.Combine(directory, $".{name}.new"), Path.Combine(directory, $".{name}.old"));
        Delete(staging);
        Delete(old);
        await WriteFilesAsync(staging, package, ct);
        if (new DirectoryInfo(folder) is { LinkTarget: null, Exists: true }) Directory.Move(folder, old);
        else Delete(folder);
        Directory.Move(staging, folder);
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

    /// <summary>Whether the folder is exactly these files: none more or less, no link, no other mode.</summary>
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
            if (!OperatingSystem.IsWindows() && found.UnixFileMode != ModeOf(file.Mode)) return $"the mode of {file.Path} is not what it was";
        }

        return null;
    }

    /// <summary>Whether somebody has worked in a folder since it was exported.</summary>
    /// <param name="exported">Its files, as the lock file of that export has them.</param>
    public static bool WasEdited(string folder, IReadOnlyList<ManifestEntry> exported) =>
        new DirectoryInfo(folder) is { Exists: true, LinkTarget: null }
        && (FilesIn(folder) is not { } there || there.Any(f => exported.FirstOrDefault(e => e.Path == f.Key)?.Sha256 != Digest.Of(File.ReadAllBytes(f.Value.FullName))));

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

    private static UnixFileMode ModeOf(string mode)
    {
        const UnixFileMode regular = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        return mode == PackageFile.Executable ? regular | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : regular;
    }
}
