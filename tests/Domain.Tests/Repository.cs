namespace Pipeline.Domain.Tests;

/// <summary>The source tree that these tests were built from: samples and rules are read from it, not from copies.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>C# files of a project, without what the build generated.</summary>
    public static IEnumerable<string> Sources(string project) => Directory
        .EnumerateFiles(Path(project), "*.cs", SearchOption.AllDirectories)
        .Where(file => !System.IO.Path.GetRelativePath(Path(project), file)
            .Split(System.IO.Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules"));

    private static string FindRoot(string from)
    {
        for (var at = new DirectoryInfo(from); at is not null; at = at.Parent)
            if (File.Exists(System.IO.Path.Combine(at.FullName, "Pipeline.sln")))
                return at.FullName;
        throw new DirectoryNotFoundException($"no Pipeline.sln above {from}");
    }
}
