namespace Pipeline.Functions.Local;

/// <summary>Where a local run keeps its things: database, keys, and the note of a running server.</summary>
public sealed record PipelineHome(string Path)
{
    public const string Variable = "PIPELINE_HOME";

    /// <summary>As told, else <c>PIPELINE_HOME</c>, else <c>.pipeline</c> beside the nearest Pipeline.sln above the working directory, else
    /// <c>.pipeline</c> in it.</summary>
    public static PipelineHome Resolve(string? option = null)
    {
        var told = option ?? Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrWhiteSpace(told)) return new(System.IO.Path.GetFullPath(told));
        for (var at = new DirectoryInfo(Directory.GetCurrentDirectory()); at is not null; at = at.Parent)
            if (File.Exists(System.IO.Path.Combine(at.FullName, "Pipeline.sln"))) return new(System.IO.Path.Combine(at.FullName, ".pipeline"));
        return new(System.IO.Path.GetFullPath(".pipeline"));
    }

    internal string ServerFile => System.IO.Path.Combine(Path, "server.json");
}
