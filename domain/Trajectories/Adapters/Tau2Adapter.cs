using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>Result files of tau2-bench: <c>{info, tasks, simulations}</c>, an event for each simulation.</summary>
/// <remarks>
/// The gold in the file (tasks, evaluation criteria, what the checks expected) is not read: of the verifier's judgement only
/// marks and counts go on (<see cref="Tau2Verification"/>). The messages go on whole (<see cref="Tau2Messages"/>).
/// </remarks>
public sealed class Tau2Adapter : ITrajectoryAdapter
{
    private static readonly string[] SimulationFacts =
        ["trial", "seed", "timestamp", "start_time", "end_time", "duration", "termination_reason", "agent_cost", "user_cost", "mode", "hallucination_retries_used"];

    private static readonly string[] RunFacts = ["git_commit", "num_trials", "max_steps", "max_errors", "seed"];

    public string Name => "tau2";

    public bool Recognises(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("simulations", out var simulations) && simulations.ValueKind == JsonValueKind.Array
        && (simulations.GetArrayLength() == 0 || (simulations[0].ValueKind == JsonValueKind.Object && simulations[0].TryGetProperty("messages", out _)));

    public IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options)
    {
        var header = new Tau2Header(root);
        var index = 0;
        foreach (var simulation in root.GetProperty("simulations").EnumerateArray())
        {
            var place = new Place(simulation, $"/simulations/{index++.ToString(CultureInfo.InvariantCulture)}", new Findings());
            if (simulation.ValueKind == JsonValueKind.Object && !options.Keeps(TaskId(simulation))) continue;
            yield return Read(place, header, options);
        }
    }

    /// <summary>The simulation that the data of an event was made of, with all its messages, without what was left at the door.</summary>
    public static JsonObject ToTau2(JsonElement data)
    {
        var trajectory = data.GetProperty("trajectory");
        var simulation = new JsonObject
        {
            ["id"] = trajectory.GetProperty("trajectory_id").GetString(),
            ["task_id"] = data.GetProperty("task").GetString(),
        };
        foreach (var fact in trajectory.GetProperty("extra").GetProperty("simulation").EnumerateObject()) simulation[fact.Name] = JsonValue.Create(fact.Value);
        simulation["messages"] = Tau2Messages.FromSteps(trajectory.GetProperty("steps"));
        return simulation;
    }

    private static Parsed<CloudEvent> Read(Place simulation, Tau2Header header, AdapterOptions options)
    {
        var id = simulation.RequiredText("id");
        var messages = simulation.Objects("messages").ToList();
        var steps = Tau2Messages.ToSteps(messages);
        var verification = Tau2Verification.Of(simulation);
        if (messages.Count == 0)
            simulation.Refuse("no-steps", "This simulation has no messages: there is nothing to learn from. It may have ended on the infrastructure.");
        if (simulation.Findings.First is { } error) return error;

        var data = new JsonObject
        {
            ["trajectory"] = new JsonObject
            {
                ["schema_version"] = "ATIF-v1.7",
                ["session_id"] = id,
                ["trajectory_id"] = id,
                ["agent"] = header.Agent(),
                ["steps"] = steps,
                ["final_metrics"] = Metrics(simulation, messages),
                ["extra"] = new JsonObject { ["simulation"] = Facts(simulation.Value, SimulationFacts), ["run"] = header.Run(RunFacts) },
            },
            ["task"] = TaskId(simulation.Value) ?? "",
            ["environment"] = header.Environment,
            ["harness"] = "tau2",
            ["outcome"] = verification.Outcome(isHeaded: header.IsComplete),
            ["extra"] = new JsonObject { ["verification"] = verification.Marks() },
        };
        return AdaptedEvent.Of(id, options.Source ?? header.Source, AdaptedEvent.Element(data), Time(simulation.Value));
    }

    internal static JsonObject Facts(JsonElement owner, IEnumerable<string> names)
    {
        var facts = new JsonObject();
        foreach (var name in names)
        {
            if (owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
                facts[name] = JsonValue.Create(value);
        }

        return facts;
    }

    // Both kinds are seen in the wild: "12" and 12.
    private static string? TaskId(JsonElement simulation) => !simulation.TryGetProperty("task_id", out var id) ? null : id.ValueKind switch
    {
        JsonValueKind.String => id.GetString(),
        JsonValueKind.Number => id.GetRawText(),
        _ => null,
    };

    private static JsonObject Metrics(Place simulation, List<Place> messages)
    {
        var metrics = new JsonObject { ["total_steps"] = messages.Count };
        var usages = messages.Where(m => m.Text("role") == "assistant").Select(m => m.Object("usage")).OfType<Place>().ToList();
        if (usages.Count > 0)
        {
            metrics["total_prompt_tokens"] = usages.Sum(u => u.Whole("prompt_tokens") ?? 0);
            metrics["total_completion_tokens"] = usages.Sum(u => u.Whole("completion_tokens") ?? 0);
        }

        if (simulation.Number("agent_cost") is { } cost) metrics["total_cost_usd"] = cost;
        return metrics;
    }

    // Written without a zone; taken for UTC, since nothing is ordered by it.
    private static DateTimeOffset? Time(JsonElement simulation) =>
        simulation.TryGetProperty("end_time", out var end) && end.ValueKind == JsonValueKind.String
        && DateTimeOffset.TryParse(end.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;
}
