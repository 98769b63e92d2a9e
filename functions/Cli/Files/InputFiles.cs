using Microsoft.Extensions.FileSystemGlobbing;

namespace Pipeline.Functions.Cli.Files;

/// <summary>A file that was asked for, or <c>-</c> for STDIN.</summary>
internal sealed record InputFile(string Path)
{
    public const string Input = "-";

    public bool IsInput => Path == Input;

    /// <summary>What people call it.</summary>
    public string Name => IsInput ? "STDIN" : Path;
}

/// <summary>What files, folders and patterns on a command line stand for.</summary>
internal static class InputFiles
{
    private static readonly string[] Endings = [".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz", ".traj", ".traj.gz"];

    /// <summary>The files in the order of the paths; those of a folder or pattern in ordinal order of their names, each once.</summary>
    /// <returns>Also the paths that lead to nothing, each with why.</returns>
    public static (IReadOnlyList<InputFile> Files, IReadOnlyList<(string Path, string Why)> Missing) Find(IEnumerable<string> paths)
    {
        var files = new List<InputFile>();
        var missing = new List<(string, string)>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            var found = Of(path).ToList();
            if (found.Count == 0) missing.Add((path, WhyNothing(path)));
            files.AddRange(found.Where(f => known.Add(f.IsInput ? f.Path : Path.GetFullPath(f.Path))));
        }

        return (files, missing);
    }

    private static IEnumerable<InputFile> Of(string path)
    {
        if (path == InputFile.Input || File.Exists(path)) return [new(path)];
        if (Directory.Exists(path)) return Below(path);
        return IsPattern(path) ? Matching(path) : [];
    }

    // Links to folders are not followed: they may lead in a circle.
    private static IEnumerable<InputFile> Below(string folder) =>
        RolloutFolders.WithoutReports([.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint,
        })
        .Where(file => Endings.Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))])
        .Order(StringComparer.Ordinal)
        .Select(file => new InputFile(file));

    private static IEnumerable<InputFile> Matching(string pattern)
    {
        var parts = pattern.Replace('\\', '/').Split('/');
        var fixedParts = parts.TakeWhile(part => !IsPattern(part)).ToArray();
        var root = fixedParts.Length == 0 ? "." : fixedParts is [""] ? "/" : string.Join('/', fixedParts);
        if (!Directory.Exists(root)) return [];
        var matcher = new Matcher(StringComparison.Ordinal).AddInclude(string.Join('/', parts.Skip(fixedParts.Length)));
        return matcher.GetResultsInFullPath(root).Order(StringComparer.Ordinal)
            .Select(file => new InputFile(Path.IsPathRooted(pattern) ? file : Path.GetRelativePath(".", file)));
    }

    private static bool IsPattern(string path) => path.AsSpan().ContainsAny('*', '?');

    private static string WhyNothing(string path) =>
        Directory.Exists(path) ? $"the folder has no file that ends in {string.Join(", ", Endings)}"
        : IsPattern(path) ? "no file matches this pattern"
        : "there is no such file or folder";
}
