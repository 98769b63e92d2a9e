using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>OpenHands' event streams of its first generation: an array of actions and observations; also as the <c>history</c> of an
/// evaluation's output, <c>{instance_id, metadata, history[], report}</c>, one a line.</summary>
public sealed class OpenHandsAdapter : ITrajectoryAdapter
{
    public string Name => "openhands";

    public bool Recognises(JsonElement root) => root.ValueKind == JsonValueKind.Array
        ? AdaptedEvent.HasPart(root, IsEvent)
        : root.Has("instance_id", JsonValueKind.String) && Events(root).Take(AdaptedEvent.MostHeaders).Any(IsEvent);

    public bool RecognisesPart(JsonElement line) => IsEvent(line);

    public IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options)
    {
        var run = new OpenHandsRun();
        foreach (var e in Events(root)) run.Add(e);
        var facts = Facts(root, run);
        if (options.Keeps(facts.Task)) yield return RunEvent.Of(facts, run.Draft, options, "");
    }

    private static bool IsEvent(JsonElement e) =>
        e.Has("source", JsonValueKind.String) && (e.Has("action", JsonValueKind.String) || e.Has("observation", JsonValueKind.String));

    // Older histories pair each action with its observation.
    private static IEnumerable<JsonElement> Events(JsonElement root) =>
        (root.ValueKind == JsonValueKind.Array ? root : root.Member("history")).Items().SelectMany(e => e.ValueKind == JsonValueKind.Array ? e.Items() : [e]);

    private static RunFacts Facts(JsonElement root, OpenHandsRun run)
    {
        var metadata = root.Member("metadata");
        var task = root.Text("instance_id");
        return new()
        {
            Harness = "openhands",
            Agent = metadata.Text("agent_class"),
            Model = run.Model ?? metadata.Member("llm_config").Text("model"),
            Environment = ProjectName.OfInstance(task),
            Task = task,
            CostUsd = root.Member("metrics").Number("accumulated_cost") ?? run.CostUsd,
            PromptTokens = run.PromptTokens,
            CompletionTokens = run.CompletionTokens,
            Outcome = Outcome(root, metadata),
            Extra = root.ValueKind == JsonValueKind.Object ? Told.Rest(root, "history", "metadata", "instance", "instruction", "test_result", "metrics") : null,
        };
    }

    // What the evaluation found, where the file says which agent it evaluated: else it is the file's own word.
    private static JsonObject? Outcome(JsonElement root, JsonElement metadata)
    {
        var report = root.Member("report").ValueKind == JsonValueKind.Object ? root.Member("report") : root.Member("test_result", "report");
        if (report.Flag("resolved") is not { } resolved) return null;
        return new() { ["success"] = resolved, ["verifiedBy"] = metadata.Has("agent_class", JsonValueKind.String) ? "verifier" : "self" };
    }
}

/// <summary>A stream of OpenHands on its way to steps.</summary>
internal sealed class OpenHandsRun
{
    // What the harness tells itself: its state, what it recalls, a shortened history, that it noted a thought.
    private static readonly string[] Inner = ["change_agent_state", "recall", "condensation", "condensation_request", "null", Thought, "agent_state_changed", "loop_detection"];

    private const string Thought = "think";

    private readonly Dictionary<string, string> calls = new(StringComparer.Ordinal);
    private readonly HashSet<string> counted = new(StringComparer.Ordinal);

    public RunDraft Draft { get; } = new();
    public string? Model { get; private set; }
    public double? CostUsd { get; private set; }
    public long? PromptTokens { get; private set; }
    public long? CompletionTokens { get; private set; }

    public void Add(JsonElement e)
    {
        if (e.Member("llm_metrics").Number("accumulated_cost") is { } cost) CostUsd = cost;
        if (e.Text("observation") is { } observation) Observe(e, observation);
        else if (e.Text("action") is { } action) Act(e, action);
    }

    private void Act(JsonElement e, string action)
    {
        var (args, at) = (e.Member("args"), e.Text("timestamp"));
        var text = args.Text("content") ?? e.Text("message") ?? "";
        if (action != Thought && Inner.Contains(action)) return;
        if (e.Text("source") != "agent" || action == "system")
        {
            Draft.Note(e.Text("source") == "user" && action == "message" ? HarnessTexts.SourceOf(text) : StepSource.System, text, at);
            return;
        }

        var response = e.Member("tool_call_metadata", "model_response");
        Draft.Turn(response.Text("id"));
        Count(response);
        switch (action)
        {
            case "message":
                Draft.Say(text, at);
                break;
            case Thought:
                Draft.Think(args.Text("thought") ?? text, at);
                break;
            case "finish":
                Draft.Say(args.Text("final_thought") ?? args.Text("thought") ?? e.Text("message") ?? "", at);
                break;
            default:
                Draft.Say(args.Text("thought") ?? "", at);
                Call(e, action, args, at);
                break;
        }

        Draft.Keep(Told.Rest(e, "id", "timestamp", "source", "message", "action", "args", "tool_call_metadata", "timeout", "cause", "llm_metrics"));
    }

    private void Call(JsonElement e, string action, JsonElement args, string? at)
    {
        var metadata = e.Member("tool_call_metadata");
        var id = metadata.Text("tool_call_id");
        var written = metadata.Member("model_response").Items("choices").SelectMany(c => c.Member("message").Items("tool_calls"))
            .FirstOrDefault(c => id is not null && c.Text("id") == id).Member("function");
        var arguments = written.ValueKind == JsonValueKind.Object
            ? Told.Arguments(written.Member("arguments"))
            : Told.Rest(args, "thought", "confirmation_state", "security_risk", "is_confirmed", "blocking", "hidden", "is_input", "keep_prompt", "is_static") ?? [];
        var made = Draft.Call(id, metadata.Text("function_name") ?? action, arguments, at);
        if (IdOf(e, "id") is { } own) calls[own] = made;
    }

    private void Observe(JsonElement e, string observation)
    {
        var text = e.Text("content") ?? "";
        foreach (var knowledge in e.Member("extras").Items("microagent_knowledge")) Draft.Skills.Loaded(knowledge.Text("name"));
        if (IdOf(e, "cause") is { } cause && calls.Remove(cause, out var call))
        {
            var code = e.Member("extras", "metadata").Number("exit_code") ?? e.Member("extras").Number("exit_code");
            bool? isError = observation == "error" || e.Flag("success") == false ? true : code is null ? null : code != 0;
            Draft.Result(call, text.Length > 0 ? text : e.Text("message") ?? "", isError, code is null ? null : new JsonObject { ["exit_code"] = code });
        }
        else if (!Inner.Contains(observation))
        {
            Draft.Note(StepSource.System, text, e.Text("timestamp"));
        }
    }

    // Several actions may come of one response.
    private void Count(JsonElement response)
    {
        Model ??= response.Text("model");
        var usage = response.Member("usage");
        if (response.Text("id") is { } id && !counted.Add(id)) return;
        if (usage.Count("prompt_tokens") is { } prompt) PromptTokens = (PromptTokens ?? 0) + prompt;
        if (usage.Count("completion_tokens") is { } completion) CompletionTokens = (CompletionTokens ?? 0) + completion;
    }

    private static string? IdOf(JsonElement e, string name) => e.Text(name) ?? e.Count(name)?.ToString(CultureInfo.InvariantCulture);
}
