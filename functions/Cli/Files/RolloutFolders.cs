namespace Pipeline.Functions.Cli.Files;

/// <summary>Folders of BenchFlow's jobs: a rollout has its run in <c>trainer/atif.json</c>, its verdict in <c>result.json</c>, and the same
/// run in other shapes and reports around them.</summary>
internal static class RolloutFolders
{
    private const string Run = "atif.json";
    private const string RunFolder = "trainer";
    private const string Result = "result.json";

    // What a job writes above its rollouts: the runs once more, and sums.
    private static readonly string[] Reports = ["summary.json", "adp.jsonl", "verifiers.jsonl"];

    /// <summary>Leaves out what is no run, below rollouts and above them; anything else stays.</summary>
    public static IEnumerable<string> WithoutReports(IReadOnlyCollection<string> files)
    {
        var rollouts = files.Where(f => Path.GetFileName(f) == Result && Directory.Exists(Path.Combine(FolderOf(f), RunFolder))).Select(FolderOf).ToHashSet(StringComparer.Ordinal);
        var above = rollouts.SelectMany(Above).ToHashSet(StringComparer.Ordinal);
        return files.Where(file => Above(file).FirstOrDefault(rollouts.Contains) is { } rollout
            ? file == Path.Combine(rollout, RunFolder, Run)
            : !(above.Contains(FolderOf(file)) && Reports.Contains(Path.GetFileName(file))));
    }

    /// <summary>The file that tells how a rollout ended; null where the file is no rollout's run, or there is none.</summary>
    public static string? ResultOf(string file)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file));
        if (Path.GetFileName(file) != Run || Path.GetFileName(folder) != RunFolder) return null;
        var result = Path.Combine(Path.GetDirectoryName(folder)!, Result);
        return File.Exists(result) ? result : null;
    }

    private static string FolderOf(string file) => Path.GetDirectoryName(file) ?? "";

    private static IEnumerable<string> Above(string folder)
    {
        for (var above = Path.GetDirectoryName(folder); !string.IsNullOrEmpty(above); above = Path.GetDirectoryName(above)) yield return above;
    }
}
