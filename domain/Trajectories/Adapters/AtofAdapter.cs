using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>Event streams in ATOF (version 0.1; scopes that start and end, and marks), one run a file, made into ATIF. Tool scopes become
/// calls with their results; whatever has no other place becomes a system step, so that nothing is lost.</summary>
public sealed class AtofAdapter : ITrajectoryAdapter
{
    private const string Version = "0.1";

    public string Name => "atof";

    /// <summary>The events of a stream as an array; a file of lines is one by the catalogue.</summary>
    public bool Recognises(JsonElement root) => root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0 && IsEvent(root[0]);

    public bool RecognisesPart(JsonElement line) => IsEvent(line);

    public IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options)
    {
        // A stream names no task.
        if (options.TaskIds is not null) yield break;
        var events = root.EnumerateArray().ToList();
        if (events.Exists(e => Text(e, "atof_version") != Version))
        {
            yield return new InputError("atof-version", $"Every event of an ATOF stream has atof_version {Version} here.");
            yield break;
        }
        var start = events.Find(e => IsScope(e, "start") && Text(e, "parent_uuid") is null);
        if (start.ValueKind == JsonValueKind.Undefined)
        {
            yield return new InputError("atof-root", "The stream has no outermost scope that starts: an event with scope_category start and no parent_uuid.");
            yield break;
        }
        var document = new AtofRun(start).Convert(events);
        yield return AdaptedEvent.Of(Text(start, "uuid") ?? AdaptedEvent.IdOf(root), options.Source ?? $"atof/{AdaptedEvent.Segment(Text(start, "name"))}", AdaptedEvent.Element(document));
    }

    internal static bool IsEvent(JsonElement root) => root.ValueKind == JsonValueKind.Object && root.TryGetProperty("atof_version", out _);

    internal static bool IsScope(JsonElement e, string part) => Text(e, "kind") == "scope" && Text(e, "scope_category") == part;

    internal static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>One stream on its way to an ATIF document.</summary>
internal sealed class AtofRun(JsonElement root)
{
    private readonly JsonArray _steps = [];
    private readonly Dictionary<string, JsonElement> _started = new(StringComparer.Ordinal);
    private readonly string _asked = AtofText.Said(Data(root), "input", "raw_query", "query", "question", "prompt", "message");
    private string? _model;
    private JsonObject? _turn;
    private bool _hasAsked;

    public JsonObject Convert(IReadOnlyList<JsonElement> events)
    {
        foreach (var e in events) Add(e);
        var agent = new JsonObject { ["name"] = AtofAdapter.Text(root, "name") ?? "unknown", ["version"] = "unknown" };
        if (_model is not null) agent["model_name"] = _model;
        return new() { ["schema_version"] = "ATIF-v1.7", ["session_id"] = AtofAdapter.Text(root, "uuid"), ["agent"] = agent, ["steps"] = _steps };
    }

    private void Add(JsonElement e)
    {
        var (category, uuid) = (AtofAdapter.Text(e, "category"), AtofAdapter.Text(e, "uuid") ?? "");
        var isRoot = uuid == AtofAdapter.Text(root, "uuid");
        if (AtofAdapter.IsScope(e, "start"))
        {
            _started[uuid] = e;
            // An agent's input is asked when its model first hears of it; of anything else when it starts.
            if (category == "llm" || (isRoot && category != "agent")) Ask(e);
        }
        else if (!AtofAdapter.IsScope(e, "end")) Step("system", e, JsonSerializer.Serialize(Data(e)));
        else if (isRoot) Answer(e);
        else if (category == "llm") Turn(e);
        else if (category == "tool") Call(e, uuid);
        else Step("system", e, JsonSerializer.Serialize(Data(e)));
    }

    private void Ask(JsonElement at)
    {
        if (!_hasAsked && _asked.Length > 0) Step("user", at, _asked);
        _hasAsked = true;
    }

    private void Turn(JsonElement e)
    {
        var model = e.TryGetProperty("category_profile", out var profile) ? AtofAdapter.Text(profile, "model_name") : null;
        _model ??= model;
        _turn = Step("agent", e, AtofText.Reply(Data(e)));
        if (model is not null) _turn["model_name"] = model;
    }

    private void Call(JsonElement end, string uuid)
    {
        var id = (end.TryGetProperty("category_profile", out var profile) ? AtofAdapter.Text(profile, "tool_call_id") : null) ?? uuid;
        var given = _started.TryGetValue(uuid, out var start) ? Data(start) : default;
        _turn ??= Step("agent", end, "");
        Listed(_turn, "tool_calls").Add(new JsonObject
        {
            ["tool_call_id"] = id,
            ["function_name"] = AtofAdapter.Text(end, "name") ?? "unknown",
            ["arguments"] = given.ValueKind == JsonValueKind.Object ? JsonObject.Create(given) : [],
        });
        if (_turn["observation"] is not JsonObject observation) _turn["observation"] = observation = [];
        Listed(observation, "results").Add(new JsonObject { ["source_call_id"] = id, ["content"] = AtofText.Said(Data(end), "result", "output", "error") });
    }

    private void Answer(JsonElement e)
    {
        Ask(e);
        var text = AtofText.Said(Data(e), "response", "raw_result", "result", "output", "answer");
        if (text.Length > 0 && text != _turn?["message"]?.ToString()) Step("agent", e, text);
    }

    private JsonObject Step(string source, JsonElement e, string message)
    {
        var step = new JsonObject { ["step_id"] = _steps.Count + 1, ["source"] = source, ["message"] = message };
        if (AtofAdapter.Text(e, "timestamp") is { } at) step["timestamp"] = at;
        _steps.Add(step);
        return step;
    }

    private static JsonArray Listed(JsonObject owner, string name)
    {
        if (owner[name] is not JsonArray list) owner[name] = list = [];
        return list;
    }

    private static JsonElement Data(JsonElement e) => e.TryGetProperty("data", out var data) ? data : JsonElement.Parse("null"u8);
}
