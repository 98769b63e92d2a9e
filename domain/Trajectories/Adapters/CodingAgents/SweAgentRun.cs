using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>The steps of a <c>.traj</c> file. The trajectory tells what was done; the calls as the model wrote them stand in the history,
/// as does what was asked.</summary>
internal static class SweAgentRun
{
    public static RunDraft Of(JsonElement root)
    {
        var draft = new RunDraft();
        var history = root.Items("history").Where(m => m.ValueKind == JsonValueKind.Object && m.Flag("is_demo") != true).ToList();
        if (root.Items("trajectory").Any())
        {
            foreach (var message in history.TakeWhile(m => m.Text("role") != "assistant")) Ask(draft, message);
            FromTrajectory(draft, root, new WrittenCalls(history));
        }
        else
        {
            FromHistory(draft, history);
        }

        return draft;
    }

    /// <summary>The state after a step: an object, or (in older files) a text with one in it.</summary>
    public static JsonElement State(JsonElement step)
    {
        var state = step.Member("state");
        return state.ValueKind == JsonValueKind.String && StrictJson.Parse(state.GetString()!) is Parsed<JsonElement>.Ok parsed ? parsed.Value : state;
    }

    private static void FromTrajectory(RunDraft draft, JsonElement root, WrittenCalls written)
    {
        foreach (var step in root.Items("trajectory").Where(s => s.ValueKind == JsonValueKind.Object))
        {
            draft.Turn(null);
            var action = step.Text("action") ?? "";
            var thought = step.Text("thought") ?? step.Text("response") ?? "";
            draft.Say(thought.Trim());
            var calls = Call(draft, written.Of(action), action, State(step).Text("open_file"));
            draft.Keep(Told.Rest(step, "action", "observation", "thought", "response", "query", "messages"));
            if (calls.TryPeek(out var call)) draft.Result(call, step.Text("observation") ?? "", null);
            else draft.Note(StepSource.System, step.Text("observation") ?? "");
        }
    }

    private static void FromHistory(RunDraft draft, List<JsonElement> history)
    {
        Queue<string>? open = null;
        foreach (var message in history)
        {
            if (message.Text("role") == "assistant")
            {
                draft.Turn(null);
                draft.Say((message.Text("thought") ?? Told.Said(message.Member("content"))).Trim());
                open = Call(draft, message, message.Text("action") ?? "", null);
            }
            else if (open is null)
            {
                Ask(draft, message);
            }
            else
            {
                Observe(draft, message, open);
            }
        }
    }

    private static void Observe(RunDraft draft, JsonElement message, Queue<string> open)
    {
        var text = Told.Said(message.Member("content"));
        var named = message.Text("tool_call_id") ?? message.Items("tool_call_ids").Select(i => i.ValueKind == JsonValueKind.String ? i.GetString() : null).FirstOrDefault();
        if (open.TryDequeue(out var next)) draft.Result(named ?? next, text, null);
        else draft.Note(message.Text("role") == "user" ? StepSource.User : StepSource.System, text);
    }

    private static void Ask(RunDraft draft, JsonElement message) =>
        draft.Note(message.Text("role") == "user" ? StepSource.User : StepSource.System, Told.Said(message.Member("content")), extra: Told.Rest(message, "role", "content", "agent", "message_type", "cache_control"));

    private static Queue<string> Call(RunDraft draft, JsonElement written, string action, string? openFile)
    {
        var made = new Queue<string>();
        foreach (var call in written.Items("tool_calls").Where(c => c.Has("function", JsonValueKind.Object)))
        {
            var function = call.Member("function");
            var arguments = SweAgentCommand.WithFile(function.Text("name"), Told.Arguments(function.Member("arguments")), openFile);
            made.Enqueue(draft.Call(call.Text("id"), function.Text("name"), arguments));
        }

        if (made.Count > 0 || string.IsNullOrWhiteSpace(action)) return made;
        var command = SweAgentCommand.Read(action);
        made.Enqueue(draft.Call(null, command.Tool, SweAgentCommand.WithFile(command.Tool, command.Arguments, openFile)));
        return made;
    }

    /// <summary>The messages with function calls, by the action that was made of them: each is used once, in order.</summary>
    private sealed class WrittenCalls
    {
        private readonly Dictionary<string, Queue<JsonElement>> byAction = new(StringComparer.Ordinal);

        public WrittenCalls(IEnumerable<JsonElement> history)
        {
            foreach (var message in history.Where(m => m.Has("tool_calls", JsonValueKind.Array)))
            {
                var action = (message.Text("action") ?? "").Trim();
                if (!byAction.TryGetValue(action, out var messages)) byAction[action] = messages = new();
                messages.Enqueue(message);
            }
        }

        public JsonElement Of(string action) => byAction.TryGetValue(action.Trim(), out var messages) && messages.TryDequeue(out var message) ? message : default;
    }
}
