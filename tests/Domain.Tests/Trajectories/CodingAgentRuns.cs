using System.Text;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Adapters;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Tests.Trajectories;

/// <summary>Reads files of coding agents as <c>emit</c> does, down to the trajectory.</summary>
internal static class CodingAgentRuns
{
    public static IReadOnlyList<CloudEvent> Events(string file, AdapterOptions? options = null) => [.. Read(file, null, options).Select(p => p.Accepted())];

    public static CloudEvent Event(string file) => Events(file).ShouldHaveSingleItem();

    public static Trajectory Run(string file) => TrajectoryReader.Read(Event(file)).Accepted();

    public static IReadOnlyList<Trajectory> Runs(string file) => [.. Events(file).Select(e => TrajectoryReader.Read(e).Accepted())];

    public static IReadOnlyList<Parsed<CloudEvent>> Read(string file, string? format = null, AdapterOptions? options = null) =>
        [.. AdapterCatalogue.Read(Encoding.UTF8.GetBytes(file), format, options ?? AdapterOptions.Default)];

    public static string Lines(params ReadOnlySpan<string> lines) => string.Join('\n', lines!);

    /// <summary>What happened, a line for each step: <c>agent: text [tool(arguments) -> result]</c>.</summary>
    public static IReadOnlyList<string> Told(this Trajectory run) => [.. run.Steps.Select(s =>
        $"{s.Source.ToString().ToLowerInvariant()}: {s.Message}{string.Concat(s.Calls.Select(c => $" [{c.Tool}({c.Arguments.ToJsonString(Ledger.Json)}) -> {Told(c.Result)}]"))}")];

    public static IEnumerable<ToolCall> Calls(this Trajectory run) => run.Steps.SelectMany(s => s.Calls);

    private static string Told(ToolResult? result) => result is null ? "?" : result.IsError ? $"error {result.Content}" : result.Content;

    private static class Ledger
    {
        public static System.Text.Json.JsonSerializerOptions Json { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    }
}
