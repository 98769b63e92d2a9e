using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.EndToEnd.Tests.Hosted;

/// <summary>What the Functions host reads of a published folder's host.json.</summary>
internal sealed record HostFile(
    string Executable, IReadOnlyList<string> Arguments, bool ProxiesHttp, bool ForwardsHttp, string RoutePrefix, int ConcurrentCalls, TimeSpan FunctionTimeout)
{
    public static HostFile Read(string folder)
    {
        var root = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "host.json")))!;
        root["version"]!.GetValue<string>().ShouldBe("2.0");
        var handler = root["customHandler"]!;
        var path = handler["description"]!["defaultExecutablePath"]!.GetValue<string>();
        return new(
            // Relative to the function app's root.
            Path.IsPathRooted(path) ? path : Path.Combine(folder, path),
            [.. (handler["description"]!["arguments"]?.AsArray() ?? []).Select(a => a!.GetValue<string>())],
            handler["enableProxyingHttpRequest"]?.GetValue<bool>() ?? false,
            handler["enableForwardingHttpRequest"]?.GetValue<bool>() ?? false,
            // The host's own default.
            root["extensions"]?["http"]?["routePrefix"]?.GetValue<string>() ?? "api",
            root["extensions"]?["serviceBus"]?["maxConcurrentCalls"]?.GetValue<int>() ?? 16,
            TimeSpan.Parse(root["functionTimeout"]?.GetValue<string>() ?? "00:30:00", System.Globalization.CultureInfo.InvariantCulture));
    }
}

/// <summary>A function of the folder, read by nobody but this host: what function.json says, not what the program makes of it.</summary>
internal sealed record HostedFunction(string Name, JsonArray Bindings)
{
    public JsonObject Trigger => Bindings.Select(b => b!.AsObject()).Single(b => Text(b, "type")!.EndsWith("Trigger", StringComparison.Ordinal));

    public IEnumerable<JsonObject> Outputs => Bindings.Select(b => b!.AsObject()).Where(b => Text(b, "direction") == "out");

    /// <summary>Exactly one HTTP trigger and one HTTP output.</summary>
    public bool IsHttpInAndOut => Bindings.Count == 2 && Text(Trigger, "type") == "httpTrigger" && Outputs.All(o => Text(o, "type") == "http");

    public string? Of(string name) => Text(Trigger, name);

    public static string? Text(JsonObject binding, string name) => binding[name]?.GetValueKind() == JsonValueKind.String ? binding[name]!.GetValue<string>() : null;

    public static IReadOnlyList<HostedFunction> ReadAll(string folder) =>
    [
        .. from directory in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
           let file = Path.Combine(directory, "function.json")
           where File.Exists(file)
           select new HostedFunction(Path.GetFileName(directory), JsonNode.Parse(File.ReadAllText(file))!["bindings"]!.AsArray()),
    ];
}
