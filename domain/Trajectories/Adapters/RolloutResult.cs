using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>What BenchFlow writes beside the ATIF document of a rollout (<c>result.json</c>): the task, and the verifier's reward.</summary>
/// <remarks>Which skills were mounted it does not say by name; how many were invoked is kept, and is no proof of which.</remarks>
public sealed class RolloutResult
{
    private const double Tolerance = 1e-6;

    private static readonly string[] Facts = ["skill_mode", "skill_source", "n_skill_invocations", "started_at", "finished_at", "error", "verifier_error", "task_digest"];

    private readonly JsonElement result;

    private RolloutResult(JsonElement result) => this.result = result;

    /// <summary>Null where this is another kind of document.</summary>
    public static RolloutResult? Of(JsonElement document) =>
        document.Text("rollout_name") is not null && document.Text("task_name") is not null ? new(document) : null;

    /// <summary>The run with what is told of it; as it was where the result is another run's.</summary>
    public CloudEvent On(CloudEvent run)
    {
        var name = result.Text("rollout_name");
        if (run.Data.Text("session_id") != name && run.Data.Member("trajectory").Text("session_id") != name) return run;
        var extra = new JsonObject();
        foreach (var fact in Facts)
            if (Told.Kept(result.Member(fact)) is { } value) extra[fact] = value;
        var data = new JsonObject { ["task"] = result.Text("task_name"), ["harness"] = "benchflow", ["outcome"] = Outcome() };
        if (extra.Count > 0) data["extra"] = new JsonObject { ["rollout"] = extra };
        return run with { Data = Envelope.With(run.Data, data) };
    }

    // Where the run or its verifier broke, a reward of nought says nothing about the agent.
    private JsonObject Outcome() => result.Member("rewards").Number("reward") is { } reward && result.Text("error") is null && result.Text("verifier_error") is null
        ? new() { ["success"] = reward >= 1 - Tolerance, ["reward"] = reward, ["verifiedBy"] = "verifier" }
        : new() { ["verifiedBy"] = "unknown" };
}
