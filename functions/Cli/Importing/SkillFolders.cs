using System.Runtime.CompilerServices;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Cli.Files;
using Pipeline.Infra.Packages;

namespace Pipeline.Functions.Cli.Importing;

/// <summary>Reads folders with a SKILL.md. Links are not followed: they could bring in files that nobody meant to give away.</summary>
internal static class SkillFolders
{
    private static readonly string[] Litter = [".git", ".DS_Store", "__MACOSX", "__pycache__"];

    /// <summary>The folder itself, or those below it, in ordinal order of their paths; each is read when it is its turn.</summary>
    public static FoundSkills Find(string root)
    {
        List<Place> places = [.. Below(new DirectoryInfo(root))];
        return new(places.Count, ReadAsync(places));
    }

    /// <summary>All of them at once.</summary>
    public static async Task<IReadOnlyList<FoundSkill>> FindAsync(string root, CancellationToken ct) => await Find(root).Skills.ToListAsync(ct);

    /// <summary>What version control and file managers leave behind.</summary>
    public static bool IsLitter(string path) => path.Split('/').Any(Litter.Contains);

    private static IEnumerable<Place> Below(DirectoryInfo folder)
    {
        if (File.Exists(Path.Combine(folder.FullName, Package.SkillFile))) return [new(folder)];
        try
        {
            return folder.GetDirectories().Where(f => f.LinkTarget is null && !IsLitter(f.Name)).OrderBy(f => f.Name, StringComparer.Ordinal).SelectMany(Below);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [new(folder, e.Message)];
        }
    }

    private static async IAsyncEnumerable<FoundSkill> ReadAsync(IReadOnlyList<Place> places, [EnumeratorCancellation] CancellationToken ct = default)
    {
        foreach (var place in places) yield return place.Why is { } why ? FoundSkill.Refused(place.Folder.FullName, why) : await ReadAsync(place.Folder, ct);
    }

    private static async Task<FoundSkill> ReadAsync(DirectoryInfo folder, CancellationToken ct)
    {
        var files = new List<ArchivedFile>();
        var total = 0L;
        try
        {
            foreach (var (file, path) in Files(folder))
            {
                if (file.LinkTarget is not null) return FoundSkill.Refused(folder.FullName, $"{path} is a link, and links are not followed: put the file itself there");
                if ((total += file.Length) > SafeZip.LargestFile) return FoundSkill.Refused(folder.FullName, $"its files are larger than {SafeZip.LargestFile >> 20} MiB");
                if (PackagePaths.Fault(path) is { } fault) return FoundSkill.Refused(folder.FullName, fault);
                if (files.Count == PackageIntake.MostFiles) return FoundSkill.Refused(folder.FullName, $"it has more than {PackageIntake.MostFiles} files: leave out what agents do not read");
                // A pipe or a device has no length, and no end.
                files.Add(new(path, ModeOf(file), file.Length == 0 ? [] : await File.ReadAllBytesAsync(file.FullName, ct)));
            }

            return FoundSkill.Of(folder.FullName, null, null, folder.Name, files);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return FoundSkill.Refused(folder.FullName, e.Message);
        }
    }

    private static IEnumerable<(FileInfo File, string Path)> Files(DirectoryInfo folder, string prefix = "") =>
        prefix.AsSpan().Count('/') > PackagePaths.Deepest
            ? throw new IOException($"{PackagePaths.Shown(prefix)} lies deeper than {PackagePaths.Deepest} levels: move it up")
            : folder.EnumerateFileSystemInfos().Where(entry => !IsLitter(entry.Name)).SelectMany(entry => entry is DirectoryInfo { LinkTarget: null } inner
            ? Files(inner, $"{prefix}{inner.Name}/")
            : [(new FileInfo(entry.FullName), prefix + entry.Name)]);

    private static string ModeOf(FileInfo file) =>
        !OperatingSystem.IsWindows() && file.UnixFileMode.HasFlag(UnixFileMode.UserExecute) ? PackageFile.Executable : PackageFile.Regular;

    /// <param name="Why">It cannot be looked into; null where it can.</param>
    private sealed record Place(DirectoryInfo Folder, string? Why = null);
}
