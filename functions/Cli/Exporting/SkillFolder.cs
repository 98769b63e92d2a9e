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

    /// <summary>Puts the folder in place of the one that is there, whole or not at all. One that is the same already is left alone.</summary>
    public static async Task WriteAsync(string directory, string name, Package package, CancellationToken ct)
    {
        var folder = Path.Combine(directory, name);
        if (await HoldsAsync(folder, package, ct)) return;
        // Made afresh, so that no link that lies in wait in the old folder is written through.
        var staging = Path.Combine(directory, $".{name}.new");
        Delete(staging);
        await WriteFilesAsync(staging, package, ct);
        Delete(folder);
        Directory.Move(staging, folder);
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
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, ModeOf(file));
        }
    }

    public static bool Exists(string path) => Directory.Exists(path) || File.Exists(path) || new FileInfo(path).LinkTarget is not null;

    /// <summary>A link is deleted, not what it leads to.</summary>
    public static void Delete(string path)
    {
        if (new DirectoryInfo(path) is { LinkTarget: null, Exists: true }) Directory.Delete(path, recursive: true);
        else if (Exists(path)) File.Delete(path);
    }

    /// <summary>Whether the folder is exactly the package: no file more or less, no link, no other mode.</summary>
    public static async Task<bool> HoldsAsync(string folder, Package package, CancellationToken ct)
    {
        if (new DirectoryInfo(folder) is not { Exists: true, LinkTarget: null }) return false;
        var entries = new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).ToList();
        if (entries.Any(e => e.LinkTarget is not null)) return false;
        var files = entries.OfType<FileInfo>().ToDictionary(f => Path.GetRelativePath(folder, f.FullName).Replace(Path.DirectorySeparatorChar, '/'), StringComparer.Ordinal);
        if (files.Count != package.Files.Count) return false;
        foreach (var file in package.Files)
        {
            if (!files.TryGetValue(file.Path, out var there) || there.Length != file.Content.Length) return false;
            if (!OperatingSystem.IsWindows() && there.UnixFileMode != ModeOf(file)) return false;
            if (!(await File.ReadAllBytesAsync(there.FullName, ct)).AsSpan().SequenceEqual(file.Content)) return false;
        }

        return true;
    }

    /// <summary>Whether somebody has worked in a folder since it was exported.</summary>
    /// <param name="exported">Its files, as the lock file of that export has them.</param>
    public static bool WasEdited(string folder, IReadOnlyList<ManifestEntry> exported)
    {
        if (new DirectoryInfo(folder) is not { Exists: true, LinkTarget: null }) return false;
        var there = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(
            f => Path.GetRelativePath(folder, f).Replace(Path.DirectorySeparatorChar, '/'), f => Digest.Of(File.ReadAllBytes(f)), StringComparer.Ordinal);
        return there.Any(f => exported.FirstOrDefault(e => e.Path == f.Key)?.Sha256 != f.Value);
    }

    private static UnixFileMode ModeOf(PackageFile file)
    {
        const UnixFileMode regular = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        return file.Mode == PackageFile.Executable ? regular | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : regular;
    }
}
