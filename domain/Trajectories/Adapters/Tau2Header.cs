using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>What a tau2 file says of the run as a whole. Some files have none of it, or a few words on top instead.</summary>
internal sealed class Tau2Header(JsonElement root)
{
    private readonly JsonElement info = Object(root, "info");
    private readonly JsonElement agent = Object(Object(root, "info"), "agent_info");
    private readonly JsonElement environment = Object(Object(root, "info"), "environment_info");

    /// <summary>Says both which agent ran and in which environment, as the benchmark's own runner does.</summary>
    public bool IsComplete => agent.ValueKind == JsonValueKind.Object && environment.ValueKind == JsonValueKind.Object;

    public string Environment => Text(environment, "domain_name") ?? Text(root, "domain") ?? "";

    public string Source => $"tau2/{AdaptedEvent.Segment(Implementation)}/{AdaptedEvent.Segment(Model)}";

    private string? Implementation => Text(agent, "implementation") ?? Text(root, "agent");

    private string? Model => Text(agent, "llm") ?? Text(root, "model");

    /// <summary>ATIF's agent.</summary>
    public JsonObject Agent()
    {
        var json = new JsonObject { ["name"] = Implementation ?? "unknown", ["version"] = Text(info, "git_commit") ?? "unknown" };
        if (Model is { } model) json["model_name"] = model;
        if (Object(environment, "tool_defs") is { ValueKind: JsonValueKind.Object } tools)
            json["tool_definitions"] = new JsonArray([.. tools.EnumerateObject().Where(t => t.Value.ValueKind == JsonValueKind.Object).Select(Tool)]);
        if (Object(agent, "llm_args") is { ValueKind: JsonValueKind.Object } args) json["extra"] = new JsonObject { ["llm_args"] = JsonObject.Create(args) };
        return json;
    }

    /// <summary>Facts of the run. The policy that the agent was given goes by digest: it is long, and the same in every event.</summary>
    public JsonObject Run(IEnumerable<string> facts)
    {
        var run = Tau2Adapter.Facts(info, facts);
        var user = Object(info, "user_info");
        if (user.ValueKind == JsonValueKind.Object) run["user"] = Tau2Adapter.Facts(user, ["implementation", "llm"]);
        if (Text(environment, "policy") is { } policy) run["policy"] = Digest.Of(policy);
        return run;
    }

    private static JsonNode Tool(JsonProperty tool) => new JsonObject
    {
        ["type"] = "function",
        ["function"] = new JsonObject
        {
            ["name"] = Text(tool.Value, "name") ?? tool.Name,
            ["description"] = Text(tool.Value, "doc") ?? Text(tool.Value, "description") ?? "",
        },
    };

    private static JsonElement Object(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : default;

    private static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
