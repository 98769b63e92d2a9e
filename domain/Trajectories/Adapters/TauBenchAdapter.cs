using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>Result files of the first tau-bench: an array of <c>{task_id, reward, info, traj, trial}</c> with messages as OpenAI has them.</summary>
/// <remarks>
/// The gold (<c>info.task</c>, <c>info.reward_info.actions</c> and outputs) is not read. A file names neither run, environment, agent
/// nor model: the id is made of the content, the environment of the title of the policy that the agent was given.
/// </remarks>
public sealed class TauBenchAdapter : ITrajectoryAdapter
{
    private const double Tolerance = 1e-6;

    public string Name => "tau-bench";

    public bool Recognises(JsonElement root) =>
        root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0 && root[0] is { ValueKind: JsonValueKind.Object } first
        && first.TryGetProperty("traj", out _) && first.TryGetProperty("task_id", out _);

    public IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options)
    {
        var index = 0;
        foreach (var run in root.EnumerateArray())
        {
            var place = new Place(run, $"/{index++.ToString(CultureInfo.InvariantCulture)}", new Findings());
            var task = place.Member("task_id") is { } id ? id.Value.ToString() : "";
            if (options.Keeps(task)) yield return Read(place, task, options);
        }
    }

    private static Parsed<CloudEvent> Read(Place run, string task, AdapterOptions options)
    {
        if (run.Value.ValueKind != JsonValueKind.Object) run.WrongType("an object");
        var messages = run.Objects("traj").ToList();
        var policy = messages.Count > 0 && messages[0].Text("role") == "system" ? messages[0].Text("content") ?? "" : null;
        var steps = OpenAiMessages.ToSteps(policy is null ? messages : messages[1..]);
        var trial = run.Whole("trial") ?? 0;
        var outcome = Outcome(run);
        if (steps.Count == 0) run.Refuse("no-steps", "This run has no messages: there is nothing to learn from. It may have ended on the infrastructure.");
        if (run.Findings.First is { } error) return error;

        var environment = EnvironmentOf(policy);
        var data = AdaptedEvent.Element(new JsonObject
        {
            ["trajectory"] = new JsonObject
            {
                ["schema_version"] = "ATIF-v1.7",
                ["agent"] = new JsonObject { ["name"] = "tau-bench", ["version"] = "unknown" },
                ["steps"] = steps,
                ["extra"] = policy is null ? new JsonObject { ["trial"] = trial } : new JsonObject { ["trial"] = trial, ["policy"] = Digest.Of(policy) },
            },
            ["task"] = task,
            ["environment"] = environment,
            ["harness"] = "tau-bench",
            ["outcome"] = outcome,
        });
        var id = $"{task}-{trial.ToString(CultureInfo.InvariantCulture)}-{AdaptedEvent.IdOf(data)}";
        return AdaptedEvent.Of(id, options.Source ?? $"tau-bench/{AdaptedEvent.Segment(environment)}", data);
    }

    private static JsonObject Outcome(Place run)
    {
        if (run.Object("info")?.Member("error") is not null || run.Number("reward") is not { } reward) return new JsonObject { ["verifiedBy"] = "unknown" };
        var breakdown = run.Object("info")?.Object("reward_info")?.Object("info");
        var isVerified = breakdown?.Member("r_actions") is not null || breakdown?.Member("r_outputs") is not null;
        return new JsonObject { ["success"] = Math.Abs(reward - 1) <= Tolerance, ["reward"] = reward, ["verifiedBy"] = isVerified ? "verifier" : "self" };
    }

    // "# Airline Agent Policy", "# Retail agent policy".
    private static string EnvironmentOf(string? policy)
    {
        var title = policy?.AsSpan().TrimStart("# \r\n").ToString().Split('\n')[0].Trim().ToLowerInvariant() ?? "";
        return title.EndsWith(" agent policy", StringComparison.Ordinal) && title[..^" agent policy".Length] is { Length: <= 40 } name ? name.Trim() : "";
    }
}
