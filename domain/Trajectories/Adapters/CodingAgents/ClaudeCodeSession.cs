using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>One session of Claude Code, or one of its subagents, line by line.</summary>
internal sealed class ClaudeCodeSession(string id, string? subagent)
{
    // Names of what is told elsewhere: the links between lines, and a call's result once more in the tool's own shape.
    private static readonly string[] Placed =
    [
        "type", "message", "sessionId", "session_id", "uuid", "parentUuid", "parent_tool_use_id", "timestamp", "cwd", "version", "gitBranch", "isSidechain", "agentId",
        "userType", "toolUseResult", "tool_use_result", "requestId", "sourceToolAssistantUUID", "slug", "isMeta",
    ];

    private readonly Dictionary<string, (long Input, long Output)> tokens = new(StringComparer.Ordinal);
    private string? cwd;
    private string? version;
    private string? model;
    private string? branch;
    private double? cost;

    public RunDraft Draft { get; } = new();

    public bool HasMessages { get; private set; }

    public void Add(JsonElement line)
    {
        cwd ??= line.Text("cwd");
        version ??= line.Text("version") ?? line.Text("claude_code_version");
        branch ??= line.Text("gitBranch");
        switch (line.Text("type"))
        {
            case "assistant":
                HasMessages = true;
                Assistant(line, line.Member("message"));
                break;
            case "user":
                HasMessages = true;
                User(line, line.Member("message"));
                break;
            case "system" when line.Text("subtype") == "init":
                model ??= line.Text("model");
                foreach (var skill in line.Items("skills")) Draft.Skills.Available(skill.ValueKind == JsonValueKind.String ? skill.GetString() : skill.Text("name"));
                break;
            case "attachment" when line.Member("attachment").Text("type") == "skill_listing":
                foreach (var name in SkillListing.Bullets(line.Member("attachment").Text("content") ?? "")) Draft.Skills.Available(name);
                break;
            case "result":
                cost = line.Number("total_cost_usd");
                break;
        }
    }

    public RunFacts Facts()
    {
        var extra = new JsonObject();
        if (branch is not null) extra["git_branch"] = branch;
        if (cwd is not null) extra["cwd"] = cwd;
        if (subagent is not null) extra["subagent"] = subagent;
        return new()
        {
            Harness = "claude-code",
            AgentVersion = version,
            Model = model,
            Environment = ProjectName.OfDirectory(cwd),
            Task = subagent is null ? id : $"{id}/{subagent}",
            Session = id,
            CostUsd = cost,
            PromptTokens = tokens.Count > 0 ? tokens.Values.Sum(t => t.Input) : null,
            CompletionTokens = tokens.Count > 0 ? tokens.Values.Sum(t => t.Output) : null,
            Extra = extra,
        };
    }

    private void Assistant(JsonElement line, JsonElement message)
    {
        var at = line.Text("timestamp");
        // The pieces of one answer are lines of their own, with the answer's id.
        Draft.Turn(message.Text("id"));
        if (message.Member("content").ValueKind == JsonValueKind.String) Draft.Say(message.Text("content") ?? "", at);
        foreach (var block in message.Items("content"))
        {
            switch (block.Text("type"))
            {
                case "text":
                    Draft.Say(block.Text("text") ?? "", at);
                    break;
                case "thinking":
                    Draft.Think(block.Text("thinking") ?? "", at);
                    break;
                case "tool_use" or "server_tool_use":
                    Draft.Call(block.Text("id"), block.Text("name"), Told.Arguments(block.Member("input")), at, Told.Rest(block, "type", "id", "name", "input", "caller"));
                    break;
                case { } type when type.EndsWith("tool_result", StringComparison.Ordinal):
                    Result(block);
                    break;
            }
        }

        Draft.Keep(Told.Rest(line, Placed));
        if (message.Text("model") is { } told && !told.StartsWith('<')) model ??= told;
        Count(message);
    }

    private void User(JsonElement line, JsonElement message)
    {
        var (at, rest) = (line.Text("timestamp"), Told.Rest(line, Placed));
        var said = new List<string>();
        if (message.Member("content").ValueKind == JsonValueKind.String) said.Add(message.Text("content") ?? "");
        foreach (var block in message.Items("content"))
        {
            if (block.Text("type") == "tool_result") Result(block);
            else said.Add(Told.SaidPart(block));
        }

        foreach (var text in said)
        {
            var source = line.Flag("isMeta") == true || line.Flag("isCompactSummary") == true ? StepSource.System : HarnessTexts.SourceOf(text);
            Draft.Note(source, text, at, rest);
            rest = null;
        }
    }

    private void Result(JsonElement block) => Draft.Result(
        block.Text("tool_use_id") ?? "", Told.Said(block.Member("content")), block.Flag("is_error") ?? false, Told.Rest(block, "type", "tool_use_id", "content", "is_error", "cache_control"));

    // Each piece of an answer repeats what the answer has cost so far: the last word counts.
    private void Count(JsonElement message)
    {
        var usage = message.Member("usage");
        if (usage.Count("input_tokens") is not { } input || usage.Count("output_tokens") is not { } output) return;
        input += (usage.Count("cache_creation_input_tokens") ?? 0) + (usage.Count("cache_read_input_tokens") ?? 0);
        tokens[message.Text("id") ?? $"#{tokens.Count}"] = (input, output);
        Draft.Usage(input, output);
    }
}
