using Pipeline.Domain.Skills;

namespace Pipeline.Infra.Packages;

/// <summary>Makes a package of files that come from outside; a path that could lead out of a folder, or two that are one file somewhere, refuse it whole.</summary>
public static class PackageIntake
{
    public const int MostFiles = 500;
    public const long MostBytes = 16L * 1024 * 1024;

    private const int LongestPath = 240;

    /// <param name="files">Contents in base64.</param>
    /// <returns>The package, or null and what is wrong.</returns>
    public static (Package? Package, string Problem) Read(IEnumerable<(string Path, string Mode, string Content)> files)
    {
        var read = new List<PackageFile>();
        var total = 0L;
        foreach (var (path, mode, content) in files)
        {
            if (PathProblem(path) is { } problem) return (null, problem);
            if (mode is not (PackageFile.Regular or PackageFile.Executable)) return (null, "a file's mode is 100644 or 100755; links are not taken");
            var bytes = new byte[content.Length];
            if (!Convert.TryFromBase64String(content, bytes, out var length)) return (null, "a file's content is not base64");
            read.Add(new(path, mode, bytes[..length]));
            if (read.Count > MostFiles) return (null, $"the package has more than {MostFiles} files");
            if ((total += length) > MostBytes) return (null, $"the package has more than {MostBytes} bytes");
        }
        if (read.DistinctBy(f => f.Path, StringComparer.OrdinalIgnoreCase).Count() < read.Count) return (null, "two files have one path, or paths that differ by case only");
        if (HasFileForFolder(read)) return (null, "a file's path is also a folder's");
        return read.Exists(f => f.Path == Package.SkillFile) ? (Package.Of(read), "") : (null, "the package has no SKILL.md");
    }

    private static bool HasFileForFolder(List<PackageFile> files)
    {
        var paths = files.Select(f => f.Path).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return paths.Any(path => Enumerable.Range(0, path.Length).Any(i => path[i] == '/' && paths.Contains(path[..i])));
    }

    private static string? PathProblem(string path)
    {
        if (path.Length is 0 or > LongestPath) return $"a path has 1 to {LongestPath} characters";
        if (path.Any(c => char.IsControl(c) || c is '\\' or ':')) return "a path has a control character, a backslash or a colon in it";
        return path.Split('/').Any(part => part is "" or "." or "..") ? "a path is absolute or leads out of the package" : null;
    }
}
