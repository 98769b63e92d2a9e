using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>SWE-agent's <c>.traj</c> files, of its generations with thought and action and with function calls:
/// <c>{trajectory[], history[], info, environment, replay_config}</c>, or the history alone.</summary>
/// <remarks>That the agent submitted something says nothing of whether it is right: no outcome is taken from these files.</remarks>
public sealed class SweAgentAdapter : ITrajectoryAdapter
{
    // The whole prompt again with each step, and the edited files once more: what is in them is told elsewhere.
    private static readonly string[] Repeated = ["edited_files30", "edited_files50", "edited_files70"];

    public string Name => "swe-agent";

    public bool Recognises(JsonElement root) =>
        root.Has("trajectory", JsonValueKind.Array)
            ? root.Has("history", JsonValueKind.Array) || IsStep(root.Items("trajectory").FirstOrDefault())
            : root.Items("history").FirstOrDefault() is var first && first.Has("role", JsonValueKind.String)
                && (first.Has("agent", JsonValueKind.String) || first.Has("message_type", JsonValueKind.String));

    public IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options)
    {
        var facts = Facts(root);
        if (options.Keeps(facts.Task)) yield return RunEvent.Of(facts, SweAgentRun.Of(root), options, "");
    }

    private static bool IsStep(JsonElement step) => step.Has("action", JsonValueKind.String) && step.Has("observation", JsonValueKind.String);

    private static RunFacts Facts(JsonElement root)
    {
        var config = Config(root.Member("replay_config"));
        var info = root.Member("info");
        var stats = info.Member("model_stats");
        var task = info.Text("instance_id") ?? config.Member("problem_statement").Text("id");
        return new()
        {
            Harness = "swe-agent",
            AgentVersion = info.Text("swe_agent_version"),
            Model = config.Member("agent", "model").Text("name"),
            Environment = ProjectName.OfInstance(task) ?? Project(root) ?? ProjectName.Usable(config.Member("env", "repo").Text("repo_name")),
            Task = task,
            CostUsd = stats.Number("instance_cost") is > 0 and var cost ? cost : null,
            PromptTokens = stats.Count("tokens_sent") is > 0 and var sent ? sent : null,
            CompletionTokens = stats.Count("tokens_received") is > 0 and var received ? received : null,
            Extra = Extra(root, info),
        };
    }

    // Written as an object, or as a text with one in it.
    private static JsonElement Config(JsonElement told) =>
        told.ValueKind == JsonValueKind.String && StrictJson.Parse(told.GetString()!) is Parsed<JsonElement>.Ok parsed ? parsed.Value : told;

    private static string? Project(JsonElement root) =>
        root.Items("trajectory").Take(3).Select(step => ProjectName.OfDirectory(SweAgentRun.State(step).Text("working_dir"))).FirstOrDefault(name => name is not null);

    private static JsonObject? Extra(JsonElement root, JsonElement info)
    {
        var extra = Told.Rest(root, "trajectory", "history", "info", "replay_config") ?? [];
        if (Told.Rest(info, Repeated) is { } kept) extra["info"] = kept;
        return extra.Count > 0 ? extra : null;
    }
}
