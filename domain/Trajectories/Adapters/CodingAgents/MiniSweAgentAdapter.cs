using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>mini-swe-agent's <c>.traj.json</c>: <c>{info, messages[], trajectory_format}</c>, or (from before it had a format) the messages alone.</summary>
/// <remarks>Its one tool is a shell: commands stand in a fence of the answer, in <c>extra.actions</c>, or are tool calls.</remarks>
public sealed class MiniSweAgentAdapter : ITrajectoryAdapter
{
    private const string Format = "mini-swe-agent";
    private const int MostLookedAt = 16;

    public string Name => Format;

    public bool Recognises(JsonElement root) => root.ValueKind == JsonValueKind.Array
        ? root.EnumerateArray().Take(MostLookedAt).All(m => m.Has("role", JsonValueKind.String)) && root.EnumerateArray().Take(MostLookedAt).Any(IsOwn)
        : root.Has("messages", JsonValueKind.Array) && (root.Text("trajectory_format")?.StartsWith(Format, StringComparison.Ordinal) == true || root.Member("info").Has("mini_version", JsonValueKind.String));

    public IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options)
    {
        var facts = Facts(root);
        var messages = root.ValueKind == JsonValueKind.Array ? root : root.Member("messages");
        if (options.Keeps(facts.Task)) yield return RunEvent.Of(facts, MiniSweAgentRun.Of(messages.Items()), options, "");
    }

    private static bool IsOwn(JsonElement message) => message.Text("role") == "assistant"
        ? Told.Said(message.Member("content")).Contains(MiniSweAgentRun.Fence, StringComparison.Ordinal)
        : MiniSweAgentRun.ReturnCode(message) is not null;

    private static RunFacts Facts(JsonElement root)
    {
        var info = root.Member("info");
        var config = info.Member("config");
        var task = root.Text("instance_id") ?? info.Text("instance_id");
        return new()
        {
            Harness = Format,
            AgentVersion = info.Text("mini_version"),
            Model = config.Member("model").Text("model_name"),
            Environment = ProjectName.OfInstance(task) ?? ProjectName.OfDirectory(config.Member("environment").Text("cwd")),
            Task = task,
            CostUsd = info.Member("model_stats").Number("instance_cost"),
            Extra = Extra(root, info),
        };
    }

    // The configuration is the prompts once more, and may hold what the environment of a shell holds.
    private static JsonObject? Extra(JsonElement root, JsonElement info)
    {
        var extra = Told.Rest(root, "messages", "info") ?? [];
        if (Told.Rest(info, "config") is { } kept) extra["info"] = kept;
        return extra.Count > 0 ? extra : null;
    }
}
