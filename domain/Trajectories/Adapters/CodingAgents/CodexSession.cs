using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>One session of Codex, line by line.</summary>
internal sealed class CodexSession
{
    private const string ExitCode = "Process exited with code ";
    private const int LongestPreamble = 400;

    private JsonElement meta;
    private JsonElement tokens;
    private string? model;

    public RunDraft Draft { get; } = new();

    public bool IsHeaded => meta.ValueKind == JsonValueKind.Object;

    public void Add(JsonElement line)
    {
        var (payload, at) = (line.Member("payload"), line.Text("timestamp"));
        switch (line.Text("type"))
        {
            case "session_meta":
                meta = payload;
                break;
            case "turn_context":
                model ??= payload.Text("model");
                break;
            // What was said and thought comes again as a message of its own; only the count of tokens is told nowhere else.
            case "event_msg" when payload.Text("type") == "token_count" && payload.Member("info", "total_token_usage") is { ValueKind: JsonValueKind.Object } total:
                tokens = total;
                break;
            case "response_item":
                Item(payload, at);
                break;
        }
    }

    public RunFacts Facts() => new()
    {
        Harness = "codex",
        AgentVersion = meta.Text("cli_version"),
        Model = model,
        Environment = ProjectName.OfRepository(meta.Member("git").Text("repository_url")) ?? ProjectName.OfDirectory(meta.Text("cwd")),
        Task = meta.Text("id"),
        Session = meta.Text("id"),
        PromptTokens = tokens.Count("input_tokens"),
        CompletionTokens = tokens.Count("output_tokens"),
        Extra = Extra(),
    };

    // The address of a repository may have the means to get in with it.
    private JsonObject Extra()
    {
        var extra = Told.Rest(meta, "id", "cli_version", "base_instructions", "instructions", "git") ?? [];
        if (Told.Rest(meta.Member("git"), "repository_url") is { } git) extra["git"] = git;
        return extra;
    }

    private void Item(JsonElement item, string? at)
    {
        switch (item.Text("type"))
        {
            case "message":
                Message(item.Text("role"), Told.Said(item.Member("content")), at);
                break;
            case "reasoning":
                Draft.Think(Told.Said(item.Member("summary")), at);
                break;
            case "function_call":
                Draft.Call(item.Text("call_id"), item.Text("name"), Told.Arguments(item.Member("arguments")), at, Told.Rest(item, "type", "call_id", "name", "arguments", "id"));
                break;
            case "custom_tool_call":
                Draft.Call(item.Text("call_id"), item.Text("name"), Told.Arguments(item.Member("input")), at, Told.Rest(item, "type", "call_id", "name", "input", "id", "status"));
                break;
            case "local_shell_call" or "web_search_call":
                var id = Draft.Call(item.Text("call_id") ?? item.Text("id"), item.Text("type")![..^"_call".Length], Told.Arguments(item.Member("action")), at);
                // A search is done by the provider, who does not show what it found.
                if (item.Text("type") == "web_search_call") Draft.Result(id, "", item.Text("status") == "failed");
                break;
            case "function_call_output" or "custom_tool_call_output" or "local_shell_call_output":
                Output(item.Text("call_id") ?? "", item.Member("output"));
                break;
        }
    }

    private void Message(string? role, string text, string? at)
    {
        if (role == "assistant")
        {
            Draft.Say(text, at);
            return;
        }

        Draft.Note(role == "user" ? HarnessTexts.SourceOf(text) : StepSource.System, text, at);
    }

    // Some outputs are a text with a JSON object in it, or that object: {"output", "metadata": {"exit_code"}}; of others the first lines tell.
    private void Output(string id, JsonElement output)
    {
        var told = output;
        if (output.ValueKind == JsonValueKind.String && output.GetString()!.StartsWith('{') && StrictJson.Parse(output.GetString()!).Try(out var parsed, out _)) told = parsed;
        var text = told.ValueKind == JsonValueKind.Object && (told.Member("output").ValueKind == JsonValueKind.String || told.Member("content").ValueKind != JsonValueKind.Undefined)
            ? Told.Said(told.Has("output", JsonValueKind.String) ? told.Member("output") : told.Member("content"))
            : Told.Said(output);
        var code = told.Member("metadata").Count("exit_code") ?? ExitCodeIn(text);
        bool? isError = told.Flag("success") is { } success ? !success : code is null ? null : code != 0;
        Draft.Result(id, text, isError, code is null ? null : new JsonObject { ["exit_code"] = code });
    }

    private static long? ExitCodeIn(string text)
    {
        var preamble = text.AsSpan(0, Math.Min(text.Length, LongestPreamble));
        if (preamble.IndexOf("\nOutput:\n") is >= 0 and var end) preamble = preamble[..end];
        var at = preamble.IndexOf(ExitCode);
        if (at < 0) return null;
        var digits = preamble[(at + ExitCode.Length)..];
        var length = digits.IndexOfAnyExceptInRange('0', '9');
        return long.TryParse(length < 0 ? digits : digits[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null;
    }
}
