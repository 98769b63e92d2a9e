namespace Pipeline.Functions.Cli;

/// <summary>How this program is called, for the commands that it recommends.</summary>
internal static class Invocation
{
    private static readonly string Program = IsFromCheckout() ? "dotnet run --project functions --" : "pipeline";

    public static string Of(string command) => $"{Program} {command}";

    private static bool IsFromCheckout()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln"))) return true;
        return false;
    }
}
