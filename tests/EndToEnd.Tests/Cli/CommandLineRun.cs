using System.Text;
using System.Text.Json;
using Pipeline.Functions.Cli;

namespace Pipeline.EndToEnd.Tests.Cli;

/// <summary>What a command wrote and ended with.</summary>
internal sealed record CommandLineRun(int ExitCode, string Out, string Error)
{
    // What a command would otherwise keep is the user's, and not a test's.
    static CommandLineRun() => Environment.SetEnvironmentVariable(CallerIdentity.Variable, "a-test");

    public JsonElement Json => JsonElement.Parse(Out);

    public IReadOnlyList<string> Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static Task<CommandLineRun> OfAsync(params string[] args) => WithInputAsync("", args);

    public static async Task<CommandLineRun> WithInputAsync(string input, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var stop = new StopSignals(TestContext.Current.CancellationToken);
        var streams = new Streams(() => new MemoryStream(Encoding.UTF8.GetBytes(input)), output, error, false, false, false);
        return new(await CommandLine.RunAsync(args, streams, stop), output.ToString(), error.ToString());
    }
}

/// <summary>A folder that goes away with the test.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("pipeline-cli-").FullName;

    public string this[string name] => Path.Combine(Root, name);

    public string Write(string name, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    public string Write(string name, string content) => Write(name, Encoding.UTF8.GetBytes(content));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
