using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Domain.Trajectories.Input;

/// <summary>Reads the Agent Trajectory Interchange Format, versions 1.0 to 1.7, into the steps, tools and costs of a trajectory.</summary>
/// <remarks>What it does not know it leaves alone: the payload is kept whole. Embedded subagents' runs are not merged into the parent's.</remarks>
internal static class AtifReader
{
    private const string Version = "ATIF-v1.";
    private const int NewestMinor = 7;

    /// <summary>Looks like ATIF, of whatever version; whether it is well formed is another question.</summary>
    public static bool Recognises(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object
        && ((root.TryGetProperty("schema_version", out var version) && version.ValueKind == JsonValueKind.String
                && version.GetString()!.StartsWith("ATIF", StringComparison.OrdinalIgnoreCase))
            || (root.TryGetProperty("steps", out var steps) && steps.ValueKind == JsonValueKind.Array && root.TryGetProperty("agent", out _)));

    /// <returns>A trajectory without identity, task and outcome, of which ATIF knows nothing.</returns>
    public static Trajectory Read(Place document)
    {
        CheckVersion(document);
        var agent = document.RequiredObject("agent");
        var name = agent.RequiredText("name");
        agent.RequiredText("version");
        var stepPlaces = document.Objects("steps").ToList();
        var steps = AtifSteps.Read(stepPlaces);
        if (steps.Count == 0)
            new Place(default, $"{document.Pointer}/steps", document.Findings).Refuse("no-steps", "The trajectory has no steps of its own: there is nothing to learn from.");

        var metrics = document.Object("final_metrics");
        return new Trajectory
        {
            Id = "",
            Source = "",
            Agent = name,
            Model = agent.Text("model_name") ?? stepPlaces.Select(step => step.Text("model_name")).FirstOrDefault(model => model is not null) ?? "",
            Steps = steps,
            Tools = [.. agent.Objects("tool_definitions").Select(Tool).OfType<ToolDefinition>()],
            CostUsd = Cost(metrics, stepPlaces),
            Tokens = Tokens(metrics, "total_prompt_tokens", "total_completion_tokens")
                ?? Sum(stepPlaces.Select(step => Tokens(step.Object("metrics"), "prompt_tokens", "completion_tokens"))),
        };
    }

    private static void CheckVersion(Place document)
    {
        var version = document.RequiredText("schema_version");
        if (version.StartsWith(Version, StringComparison.Ordinal)
            && int.TryParse(version.AsSpan(Version.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            && minor <= NewestMinor) return;
        new Place(default, $"{document.Pointer}/schema_version", document.Findings)
            .Refuse("atif-version", $"This version of ATIF is not known here. Send one of {Version}0 to {Version}{NewestMinor}.");
    }

    // As OpenAI's functions ({"type", "function": {...}}), or as MCP's tools (flat, with annotations).
    private static ToolDefinition? Tool(Place definition)
    {
        var function = definition.Object("function") ?? definition;
        if (function.Text("name") is not { } name) return null;
        var annotations = definition.Object("annotations") ?? function.Object("annotations");
        return new(name, function.Text("description") ?? "", annotations?.Flag("readOnlyHint"));
    }

    private static decimal? Cost(Place? metrics, List<Place> steps)
    {
        var cost = metrics?.Number("total_cost_usd");
        if (cost is null)
        {
            var told = steps.Select(step => step.Object("metrics")?.Number("cost_usd")).OfType<double>().ToList();
            cost = told.Count == 0 ? null : told.Sum();
        }

        // Beyond a billion dollars it is no cost; and a decimal cannot hold every double.
        return cost is >= 0 and < 1e9 ? (decimal)cost : null;
    }

    private static long? Tokens(Place? metrics, string prompt, string completion) => Sum([metrics?.Whole(prompt), metrics?.Whole(completion)]);

    private static long? Sum(IEnumerable<long?> parts)
    {
        var told = parts.OfType<long>().Where(n => n is >= 0 and < 1L << 53).ToList();
        return told.Count == 0 ? null : told.Sum();
    }
}

/// <summary>A message or a result as text: parts in order, a line each; an image is only noted.</summary>
internal static class AtifContent
{
    public static string Text(Place owner, string name) => owner.Member(name) switch
    {
        null => "",
        { Value.ValueKind: JsonValueKind.String } text => text.Value.GetString()!,
        { Value.ValueKind: JsonValueKind.Array } => string.Join('\n', owner.Objects(name).Select(Part)),
        { } other => Wrong(other),
    };

    private static string Part(Place part) => part.RequiredText("type") switch
    {
        "text" => part.Text("text") ?? "",
        "image" => "[image]",
        _ => "[part]",
    };

    private static string Wrong(Place place)
    {
        place.WrongType("a string or an array of content parts");
        return "";
    }
}
