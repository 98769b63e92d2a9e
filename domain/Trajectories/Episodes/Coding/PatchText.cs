namespace Pipeline.Domain.Trajectories.Episodes.Coding;

/// <summary>Which files a patch is about: a unified diff, or a patch that names its files line by line.</summary>
public static class PatchText
{
    private const int MostFiles = 64;
    private const int MostCharacters = 1 << 20;

    private static readonly string[] s_fileMarks = ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "+++ b/"];

    public static bool IsPatch(string text) => text.Contains("*** Begin Patch", StringComparison.Ordinal)
        || (text.Contains("\n+++ ", StringComparison.Ordinal) && text.Contains("\n@@ ", StringComparison.Ordinal));

    public static IReadOnlyList<string> FilesOf(string text)
    {
        var files = new List<string>();
        foreach (var line in text.AsSpan(0, Math.Min(text.Length, MostCharacters)).EnumerateLines())
        {
            if (files.Count == MostFiles) break;
            foreach (var mark in s_fileMarks)
                if (line.StartsWith(mark, StringComparison.Ordinal) && line[mark.Length..].Trim() is { IsEmpty: false, Length: <= 1024 } file && !files.Contains(file.ToString()))
                    files.Add(file.ToString());
        }
        return files;
    }
}
