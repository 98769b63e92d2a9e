using System.Diagnostics;
using Pipeline.EndToEnd.Tests.Running;

namespace Pipeline.EndToEnd.Tests.Hosted;

/// <summary>The program as it is deployed: published, with its runtime, once for all tests that ask for it. PIPELINE_TEST_PUBLISHED names a folder
/// that holds it already.</summary>
internal static class PublishedProgram
{
    private static readonly Lazy<Task<string>> s_folder = new(PublishAsync);

    /// <summary>The folder that a deployment would carry.</summary>
    public static Task<string> FolderAsync() => s_folder.Value;

    private static async Task<string> PublishAsync()
    {
        if (Environment.GetEnvironmentVariable("PIPELINE_TEST_PUBLISHED") is { Length: > 0 } published) return published;
        var place = Directory.CreateTempSubdirectory("pipeline-published-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(place, recursive: true);
        var folder = Path.Combine(place, "app");
        // Intermediate files apart from those of the build that these tests belong to.
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root };
        string[] arguments =
        [
            "publish", "functions", "--configuration", "Release", "--runtime", "linux-x64", "--self-contained", "--output", folder, "--artifacts-path", Path.Combine(place, "build"),
            "-p:RunAnalyzers=false", "--verbosity", "quiet", "--nologo",
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var publish = Process.Start(start)!;
        var (output, error) = (publish.StandardOutput.ReadToEndAsync(), publish.StandardError.ReadToEndAsync());
        await publish.WaitForExitAsync();
        publish.ExitCode.ShouldBe(0, $"{await output}\n{await error}");
        return folder;
    }
}
