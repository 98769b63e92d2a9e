using Pipeline.EndToEnd.Tests.Running;

namespace Pipeline.EndToEnd.Tests.Audit;

/// <summary>Archives that released versions made, a folder each. They are never changed: whatever this program becomes, it must open them.</summary>
internal static class KeptArchive
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "EndToEnd.Tests", "Archives");

    public static IEnumerable<string> Versions => Directory.EnumerateDirectories(Folder).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal);

    /// <summary>That of the first version.</summary>
    public static string First => Path.Combine(Folder, "0.1");

    /// <summary>A file with the key that an auditor kept who was there from the beginning.</summary>
    public static string Key => Path.Combine(First, "log.pub");

    public static void CopyTo(string directory)
    {
        var archive = Path.Combine(First, "archive");
        foreach (var file in Directory.EnumerateFiles(archive, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(directory, Path.GetRelativePath(archive, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to, overwrite: true);
        }
    }
}
