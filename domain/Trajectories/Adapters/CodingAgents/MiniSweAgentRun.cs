using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>The messages of mini-swe-agent as steps: what follows a command is its result.</summary>
internal static class MiniSweAgentRun
{
    public const string Fence = "```mswea_bash_command";
    private const string OlderFence = "```bash";
    private const string Opening = "<returncode>";

    public static RunDraft Of(IEnumerable<JsonElement> messages)
    {
        var draft = new RunDraft();
        var open = new Queue<string>();
        var hasActed = false;
        foreach (var message in messages.Where(m => m.ValueKind == JsonValueKind.Object))
        {
            var said = Told.Said(message.Member("content"));
            if (message.Text("role") == "assistant")
            {
                open = Answer(draft, message, said);
                hasActed = true;
            }
            else if (open.TryDequeue(out var call))
            {
                var code = ReturnCode(message);
                draft.Result(message.Text("tool_call_id") ?? call, said, code is null ? null : code != 0, code is null ? null : new JsonObject { ["exit_code"] = code });
            }
            else
            {
                // Once the run is on, the one that answers is the harness.
                draft.Note(message.Text("role") == "user" && !hasActed ? StepSource.User : StepSource.System, said, extra: Told.Rest(message, "role", "content"));
            }
        }

        return draft;
    }

    public static long? ReturnCode(JsonElement message)
    {
        if (message.Member("extra").Member("returncode") is { ValueKind: JsonValueKind.Number } told && told.TryGetInt64(out var code)) return code;
        var text = Told.Said(message.Member("content")).AsSpan();
        if (!text.StartsWith(Opening)) return null;
        var end = text.IndexOf('<') is 0 ? text[Opening.Length..].IndexOf('<') : -1;
        return end > 0 && long.TryParse(text.Slice(Opening.Length, end), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var written) ? written : null;
    }

    private static Queue<string> Answer(RunDraft draft, JsonElement message, string said)
    {
        var made = new Queue<string>();
        var extra = message.Member("extra");
        draft.Turn(null);
        draft.Think(message.Text("reasoning_content") ?? "");
        draft.Say(said);
        foreach (var call in message.Items("tool_calls").Where(c => c.Has("function", JsonValueKind.Object)))
            made.Enqueue(draft.Call(call.Text("id"), call.Member("function").Text("name"), Told.Arguments(call.Member("function").Member("arguments"), "command")));
        var commands = made.Count > 0 ? [] : extra.Items("actions").Select(a => a.Text("command")).OfType<string>().ToList();
        if (made.Count == 0 && commands.Count == 0 && Fenced(said) is { } fenced) commands.Add(fenced);
        foreach (var command in commands) made.Enqueue(draft.Call(null, "bash", new JsonObject { ["command"] = command }));
        draft.Usage(null, null, extra.Number("cost"));
        draft.Keep(Told.Rest(message, "role", "content", "tool_calls", "reasoning_content", "extra", "function_call"));
        return made;
    }

    // Exactly one, or the harness refuses the answer.
    private static string? Fenced(string said)
    {
        var fence = said.Contains(Fence, StringComparison.Ordinal) ? Fence : OlderFence;
        var start = said.IndexOf(fence, StringComparison.Ordinal);
        if (start < 0 || said.IndexOf(fence, start + fence.Length, StringComparison.Ordinal) >= 0) return null;
        var line = said.IndexOf('\n', start);
        var end = line < 0 ? -1 : said.IndexOf("\n```", line, StringComparison.Ordinal);
        return end > line ? said[(line + 1)..end].Trim() : null;
    }
}
