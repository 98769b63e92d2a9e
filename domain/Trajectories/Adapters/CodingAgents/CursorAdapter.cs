using System.Text.Json;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>Cursor's exported conversations: lines of <c>{role, message: {content: [...]}}</c>. Usually texts alone; calls where they are told.</summary>
public sealed class CursorAdapter : ITrajectoryAdapter
{
    private const string Opening = "<user_query>";
    private const string Closing = "</user_query>";

    public string Name => "cursor";

    public bool Recognises(JsonElement root) => AdaptedEvent.HasPart(root, RecognisesPart);

    public bool RecognisesPart(JsonElement line) =>
        line.Has("role", JsonValueKind.String) && line.Member("message").Has("content", JsonValueKind.Array) && !line.Has("type", JsonValueKind.String);

    public IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options)
    {
        // A conversation names no task.
        if (options.TaskIds is not null) yield break;
        var draft = new RunDraft();
        foreach (var line in root.EnumerateArray()) Add(draft, line);
        yield return RunEvent.Of(new() { Harness = "cursor" }, draft, options, "");
    }

    private static void Add(RunDraft draft, JsonElement line)
    {
        var isAgent = line.Text("role") == "assistant";
        if (isAgent) draft.EndTurn();
        foreach (var part in line.Member("message").Items("content"))
        {
            switch (part.Text("type"))
            {
                case "tool_use" or "tool-call":
                    draft.Call(part.Text("id") ?? part.Text("toolCallId"), part.Text("name") ?? part.Text("toolName"), Told.Arguments(part.Has("input", JsonValueKind.Object) ? part.Member("input") : part.Member("args")));
                    break;
                case "tool_result" or "tool-result":
                    draft.Result(part.Text("tool_use_id") ?? part.Text("toolCallId") ?? "", Told.Said(part.Has("content", JsonValueKind.Undefined) ? part.Member("result") : part.Member("content")), part.Flag("is_error"));
                    break;
                default:
                    Said(draft, isAgent, Told.SaidPart(part));
                    break;
            }
        }

        draft.Keep(Told.Rest(line, "role", "message"));
    }

    private static void Said(RunDraft draft, bool isAgent, string text)
    {
        if (isAgent) draft.Say(text);
        else draft.Note(HarnessTexts.SourceOf(text), text.StartsWith(Opening, StringComparison.Ordinal) ? text.Replace(Opening, "", StringComparison.Ordinal).Replace(Closing, "", StringComparison.Ordinal).Trim() : text);
    }
}
