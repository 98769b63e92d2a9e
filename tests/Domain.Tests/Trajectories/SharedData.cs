using System.IO.Compression;

namespace Pipeline.Domain.Tests.Trajectories;

/// <summary>Real runs that lie beside the repository on some machines; where they are not, their tests are skipped.</summary>
internal static class SharedData
{
    private static readonly string? Root = Find();

    public static byte[] Read(string path)
    {
        using var file = File.OpenRead(Path.Combine(Required(), path));
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    /// <summary>Paths below the data folder.</summary>
    public static IReadOnlyList<string> Files(string folder, string pattern) =>
        [.. Directory.EnumerateFiles(Path.Combine(Required(), folder), pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Required(), path)).Order(StringComparer.Ordinal)];

    private static string Required()
    {
        Assert.SkipWhen(Root is null, "the folder shared/data is not beside this checkout");
        return Root!;
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "Pipeline.sln"))) continue;
            return new[] { folder.Parent, folder.Parent?.Parent }
                .Where(parent => parent is not null)
                .Select(parent => Path.Combine(parent!.FullName, "shared", "data"))
                .FirstOrDefault(Directory.Exists);
        }

        return null;
    }
}
