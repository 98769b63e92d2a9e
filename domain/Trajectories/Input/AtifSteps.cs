using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Domain.Trajectories.Input;

/// <summary>ATIF's steps, with each observed result brought to the call that it answers.</summary>
internal static class AtifSteps
{
    private sealed class Call(string id, string tool, JsonObject arguments, bool failed)
    {
        public string Id => id;

        /// <summary>The call itself says that it failed.</summary>
        public bool Failed => failed;

        public ToolResult? Result { get; set; }

        public ToolCall Made => new(id, tool, arguments, Result);
    }

    private sealed record Draft(int Number, StepSource Source, List<Call> Calls)
    {
        public string Message { get; set; } = "";

        public string Reasoning { get; init; } = "";
    }

    /// <summary>The calls that have no result yet. Emitters do use an id again: the latest step's call is meant, the first of it.</summary>
    private sealed class Waiting
    {
        private readonly Dictionary<string, Stack<Call>> calls = new(StringComparer.Ordinal);

        public void Add(IEnumerable<Call> made)
        {
            foreach (var call in made.Reverse())
            {
                if (!calls.TryGetValue(call.Id, out var stack)) calls[call.Id] = stack = new();
                stack.Push(call);
            }
        }

        public Call? Take(string id)
        {
            if (!calls.TryGetValue(id, out var stack)) return null;
            while (stack.TryPop(out var call))
            {
                if (call.Result is null) return call;
            }

            return null;
        }
    }

    public static IReadOnlyList<Step> Read(IReadOnlyList<Place> places)
    {
        var drafts = new List<Draft>();
        var waiting = new Waiting();
        foreach (var place in places) Read(place, drafts, waiting);
        return [.. drafts.Select(d => new Step(d.Number, d.Source, d.Message, [.. d.Calls.Select(c => c.Made)]) { Reasoning = d.Reasoning })];
    }

    private static void Read(Place step, List<Draft> drafts, Waiting waiting)
    {
        // The specification: copied from an earlier run for context, not to be learned from a second time.
        if (step.Flag("is_copied_context") == true) return;
        var draft = new Draft(Number(step), Source(step), [.. step.Objects("tool_calls").Select(ReadCall)])
        {
            Message = AtifContent.Text(step, "message"),
            Reasoning = AtifContent.Text(step, "reasoning_content"),
        };
        drafts.Add(draft);
        waiting.Add(draft.Calls);
        if (step.Object("observation") is not { } observation) return;

        var unmatched = new List<(string Text, Place Place)>();
        foreach (var result in observation.Objects("results"))
        {
            var text = AtifContent.Text(result, "content");
            if (result.Text("source_call_id") is { } id && waiting.Take(id) is { } call) call.Result = Result(text, result, call);
            else unmatched.Add((text, result));
        }

        Place(unmatched, draft, drafts);
    }

    // Where nothing says which call a result answers, the order does, if there are as many results as calls that wait for one.
    private static void Place(List<(string Text, Place Place)> unmatched, Draft draft, List<Draft> drafts)
    {
        var waiting = draft.Calls.Where(c => c.Result is null).ToList();
        if (unmatched.Count == waiting.Count)
        {
            foreach (var (call, (text, place)) in waiting.Zip(unmatched)) call.Result = Result(text, place, call);
            return;
        }

        foreach (var (text, _) in unmatched.Where(u => u.Text.Length > 0))
        {
            if (draft is { Message: "", Calls.Count: 0 }) draft.Message = text;
            else drafts.Add(new Draft(draft.Number, StepSource.System, []) { Message = text });
        }
    }

    private static Call ReadCall(Place call)
    {
        // May be empty: then the order says which result is whose. Missing it must not be.
        var id = call.Text("tool_call_id") ?? call.RequiredText("tool_call_id");
        var arguments = call.Object("arguments") is { } told ? JsonObject.Create(told.Value)! : [];
        return new(id, call.RequiredText("function_name"), arguments, call.Object("extra")?.Member("status") is { Value.ValueKind: JsonValueKind.String } status
            && status.Value.GetString() is "failed" or "error");
    }

    private static ToolResult Result(string text, Place result, Call call) => new(text, call.Failed || ToolErrors.IsError(text, result.Object("extra")));

    private static int Number(Place step)
    {
        if (step.Whole("step_id") is { } number)
        {
            if (number is >= 1 and <= int.MaxValue) return (int)number;
            step.Member("step_id")!.Value.WrongType("a whole number from 1");
        }
        else if (step.Member("step_id") is null)
        {
            step.RequiredText("step_id");
        }

        return 1;
    }

    private static StepSource Source(Place step)
    {
        switch (step.RequiredText("source"))
        {
            case "system": return StepSource.System;
            case "user": return StepSource.User;
            case "agent": return StepSource.Agent;
            case "": return StepSource.System;
            default:
                step.Member("source")!.Value.WrongType("system, user or agent");
                return StepSource.System;
        }
    }
}

/// <summary>
/// The rule, said once: a result is an error if it says so (<c>extra.is_error</c> or <c>extra.error</c>: true, or a text);
/// where it says nothing, if its text begins with the word "Error".
/// </summary>
internal static class ToolErrors
{
    private const string Word = "Error";

    public static bool IsError(string text, Place? extra) =>
        Told(extra?.Member("is_error")) ?? Told(extra?.Member("error")) ?? BeginsWithTheWord(text);

    private static bool? Told(Place? place) => place?.Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => place.Value.Value.GetString()!.Length > 0,
        _ => null,
    };

    private static bool BeginsWithTheWord(string text) =>
        text.StartsWith(Word, StringComparison.Ordinal) && (text.Length == Word.Length || !char.IsLetterOrDigit(text[Word.Length]));
}
