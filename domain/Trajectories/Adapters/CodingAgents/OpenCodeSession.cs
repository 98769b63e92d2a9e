using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>Records of opencode, by session; they come in no order that means anything.</summary>
internal sealed class OpenCodeRecords
{
    private readonly Dictionary<string, OpenCodeSession> byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonElement> projects = new(StringComparer.Ordinal);

    public List<OpenCodeSession> Sessions { get; } = [];

    public void Add(JsonElement record)
    {
        if (record.Text("sessionID") is { } session)
        {
            if (record.Text("messageID") is { } message) SessionOf(session).AddPart(message, record);
            else if (record.Has("role", JsonValueKind.String)) SessionOf(session).AddMessage(record);
        }
        else if (record.Text("id") is { } id)
        {
            if (record.Has("worktree", JsonValueKind.String)) projects[id] = record;
            else if (record.Has("directory", JsonValueKind.String)) SessionOf(id).Info = record;
        }
    }

    public JsonElement ProjectOf(OpenCodeSession session) => session.Info.Text("projectID") is { } id && projects.TryGetValue(id, out var project) ? project : default;

    private OpenCodeSession SessionOf(string id)
    {
        if (byId.TryGetValue(id, out var session)) return session;
        byId[id] = session = new(id);
        Sessions.Add(session);
        return session;
    }
}

/// <summary>One session of opencode.</summary>
internal sealed class OpenCodeSession(string id)
{
    private readonly List<JsonElement> messages = [];
    private readonly Dictionary<string, List<JsonElement>> parts = new(StringComparer.Ordinal);

    public JsonElement Info { get; set; }

    public void AddMessage(JsonElement message) => messages.Add(message);

    public void AddPart(string message, JsonElement part)
    {
        if (!parts.TryGetValue(message, out var list)) parts[message] = list = [];
        list.Add(part);
    }

    public RunFacts Facts(JsonElement project)
    {
        var answers = messages.Where(m => m.Text("role") == "assistant").ToList();
        var costs = answers.Select(m => m.Number("cost")).OfType<double>().Where(c => c >= 0).ToList();
        return new()
        {
            Harness = "opencode",
            AgentVersion = Info.Text("version"),
            Model = answers.Select(m => m.Text("modelID")).FirstOrDefault(model => model is not null),
            Environment = ProjectName.OfDirectory(project.Text("worktree")) ?? ProjectName.OfDirectory(Info.Text("directory")),
            Task = id,
            Session = id,
            CostUsd = costs.Count > 0 ? costs.Sum() : null,
            PromptTokens = Sum(answers.Select(Prompt)),
            CompletionTokens = Sum(answers.Select(m => m.Member("tokens").Count("output"))),
            Extra = Told.Rest(Info, "id", "version", "share", "permission"),
        };
    }

    public RunDraft Draft()
    {
        var draft = new RunDraft();
        foreach (var message in messages.OrderBy(m => m.Member("time").Number("created") ?? 0).ThenBy(m => m.Text("id"), StringComparer.Ordinal))
        {
            var isAgent = message.Text("role") == "assistant";
            var told = message.Text("id") is { } own && parts.TryGetValue(own, out var list) ? list : [];
            draft.Turn(isAgent ? message.Text("id") : null);
            foreach (var part in told) Add(draft, part, isAgent);
            if (isAgent) draft.Usage(Prompt(message), message.Member("tokens").Count("output"), message.Number("cost"));
        }

        return draft;
    }

    private static void Add(RunDraft draft, JsonElement part, bool isAgent)
    {
        switch (part.Text("type"))
        {
            case "text" when isAgent:
                draft.Say(part.Text("text") ?? "");
                break;
            case "text":
                draft.Note(part.Flag("synthetic") == true ? StepSource.System : HarnessTexts.SourceOf(part.Text("text") ?? ""), part.Text("text") ?? "");
                break;
            case "reasoning":
                draft.Think(part.Text("text") ?? "");
                break;
            case "tool":
                Call(draft, part, part.Member("state"));
                break;
        }
    }

    private static void Call(RunDraft draft, JsonElement part, JsonElement state)
    {
        var id = draft.Call(part.Text("callID"), part.Text("tool"), Told.Arguments(state.Member("input")));
        var exit = state.Member("metadata").Number("exit");
        var extra = exit is null ? null : new JsonObject { ["exit_code"] = exit };
        switch (state.Text("status"))
        {
            case "completed":
                draft.Result(id, Told.Said(state.Member("output")), exit is not null && exit != 0, extra);
                break;
            case "error":
                draft.Result(id, state.Text("error") ?? Told.Said(state.Member("output")), true, extra);
                break;
        }
    }

    private static long? Prompt(JsonElement message)
    {
        var tokens = message.Member("tokens");
        return tokens.Count("input") is not { } input ? null : input + (tokens.Member("cache").Count("read") ?? 0) + (tokens.Member("cache").Count("write") ?? 0);
    }

    private static long? Sum(IEnumerable<long?> counts)
    {
        var told = counts.OfType<long>().ToList();
        return told.Count == 0 ? null : told.Sum();
    }
}
