namespace Pipeline.EndToEnd.Tests.Running;

/// <summary>The checkout that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Real data that lies beside a checkout on some machines; null on others.</summary>
    public static string? SharedData { get; } = new[] { "..", "../.." }
        .Select(up => Path.GetFullPath(Path.Combine(Root, up, "shared", "data"))).FirstOrDefault(Directory.Exists);

    private static string Find()
    {
        for (var up = new DirectoryInfo(AppContext.BaseDirectory); up is not null; up = up.Parent)
            if (File.Exists(Path.Combine(up.FullName, "Pipeline.sln"))) return up.FullName;
        throw new InvalidOperationException($"There is no Pipeline.sln above {AppContext.BaseDirectory}.");
    }
}
