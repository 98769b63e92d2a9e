using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>Exported sessions of coding agents: <c>{session_id, model, project, source, messages[{role, thinking?, content?, tool_uses?}]}</c>,
/// one a line.</summary>
public sealed class DataclawAdapter : ITrajectoryAdapter
{
    private const int ShortestUnique = 16;

    public string Name => "dataclaw";

    public bool Recognises(JsonElement root) => root.ValueKind == JsonValueKind.Array
        ? root.GetArrayLength() > 0 && IsOne(root[0])
        : IsOne(root);

    public IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options)
    {
        var index = 0;
        foreach (var session in AdaptedEvent.OneOrMany(root))
        {
            var place = root.ValueKind == JsonValueKind.Array ? $"/{index++.ToString(CultureInfo.InvariantCulture)}" : "";
            var facts = Facts(session);
            if (options.Keeps(facts.Task)) yield return RunEvent.Of(facts, Draft(session), options, place);
        }
    }

    private static bool IsOne(JsonElement root) =>
        root.Has("messages", JsonValueKind.Array) && root.Has("session_id", JsonValueKind.String)
        && (root.ValueKind == JsonValueKind.Object && (root.TryGetProperty("project", out _) || root.TryGetProperty("stats", out _)));

    private static RunFacts Facts(JsonElement session)
    {
        // Copies of a project that are numbered are tasks of one kind, each in a folder of its own.
        var project = ProjectName.Usable(session.Text("project"));
        var numbered = project is null ? null : ProjectName.Numbered(project);
        var stats = session.Member("stats");
        return new()
        {
            Harness = session.Text("source") switch { null or "claude" => "claude-code", var source => source },
            Model = session.Text("model"),
            Environment = numbered?.Name ?? project,
            Task = numbered is null ? UniqueIn(session) : project,
            Session = session.Text("session_id"),
            PromptTokens = stats.Count("input_tokens"),
            CompletionTokens = stats.Count("output_tokens"),
            Extra = Told.Rest(session, "session_id", "model", "source", "messages"),
        };
    }

    // "session" names every session; a GUID names one.
    private static string? UniqueIn(JsonElement session) => session.Text("session_id") is { Length: >= ShortestUnique } id ? id : null;

    private static RunDraft Draft(JsonElement session)
    {
        var draft = new RunDraft();
        foreach (var message in session.Items("messages")) Add(draft, message);
        return draft;
    }

    private static void Add(RunDraft draft, JsonElement message)
    {
        var at = message.Text("timestamp");
        var said = Told.Said(message.Member("content"));
        var rest = Told.Rest(message, "role", "content", "thinking", "tool_uses", "timestamp");
        if (message.Text("role") != "assistant")
        {
            draft.Note(message.Text("role") == "user" ? HarnessTexts.SourceOf(said) : StepSource.System, said, at, rest);
            return;
        }

        draft.Think(Told.Said(message.Member("thinking")), at);
        draft.Say(said, at);
        var uses = message.Items("tool_uses").Where(use => use.ValueKind == JsonValueKind.Object).ToList();
        var ids = uses.Select(use => Made(draft, use, at)).ToList();
        draft.Keep(rest);
        foreach (var (use, id) in uses.Zip(ids)) Answer(draft, use, id);
    }

    private static string Made(RunDraft draft, JsonElement use, string? at) =>
        draft.Call(use.Text("id"), use.Text("tool"), Told.Arguments(use.Member("input")), at, Told.Rest(use, "id", "tool", "input", "output", "status"));

    private static void Answer(RunDraft draft, JsonElement use, string id)
    {
        var output = use.Member("output");
        if (output.ValueKind == JsonValueKind.Undefined && use.Text("status") is null) return;
        draft.Result(
            id, output.ValueKind == JsonValueKind.Object && output.Member("text").ValueKind is JsonValueKind.String or JsonValueKind.Undefined ? output.Text("text") ?? "" : Told.Said(output),
            use.Text("status") switch { "success" or "completed" => false, "error" or "failed" => true, _ => null },
            output.ValueKind == JsonValueKind.Object ? Told.Rest(output, "text") : null);
    }
}
