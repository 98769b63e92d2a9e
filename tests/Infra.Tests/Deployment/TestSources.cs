namespace Pipeline.Infra.Tests.Deployment;

/// <summary>The source tree that these tests were built from.</summary>
internal static class TestSources
{
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    public static string Read(params string[] parts) => File.ReadAllText(Path(parts));

    private static string FindRoot(string from)
    {
        for (var at = new DirectoryInfo(from); at is not null; at = at.Parent)
            if (File.Exists(System.IO.Path.Combine(at.FullName, "Pipeline.sln")))
                return at.FullName;
        throw new DirectoryNotFoundException($"no Pipeline.sln above {from}");
    }
}
