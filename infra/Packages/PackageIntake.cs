using System.Globalization;
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
        var paths = read.Select(f => f.Path).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (read.Exists(f => FoldersOf(f.Path).Any(paths.Contains))) return (null, "a path is a file and a folder at once");
        return read.Exists(f => f.Path == Package.SkillFile) ? (Package.Of(read), "") : (null, "the package has no SKILL.md");
    }

    private static string? PathProblem(string path)
    {
        if (path.Length is 0 or > LongestPath) return $"a path has 1 to {LongestPath} characters";
        if (path.Any(IsUnfit)) return "a path has a control character, a backslash or a colon in it";
        if (path.Split('/').Any(part => part is "" or "." or "..")) return "a path is absolute or leads out of the package";
        return path.Split('/').Any(part => part[^1] is '.' or ' ') ? "a part of a path ends in a dot or a space, which Windows drops" : null;
    }

    // What is not seen (format) or is half a character makes two paths look like one, or become one when they are written.
    private static bool IsUnfit(char c) => c is '\\' or ':'
        || char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static IEnumerable<string> FoldersOf(string path)
    {
        for (var at = path.LastIndexOf('/'); at > 0; at = path.LastIndexOf('/', at - 1)) yield return path[..at];
    }
}
