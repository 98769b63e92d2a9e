using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Adapters.CodingAgents;

namespace Pipeline.Domain.Trajectories.Adapters.OpenTelemetry;

/// <summary>The spans of one run of one agent, as steps. Each request to a model tells the conversation so far once more: what is new in
/// it counts, then the answer, then what its tools returned.</summary>
internal sealed class GenAiRun(IReadOnlyList<GenAiSpan> spans, string? conversation, bool isSubagent)
{
    private const string Harness = "opentelemetry";

    private readonly RunDraft draft = new();
    private readonly Dictionary<string, int> told = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GenAiSpan> executed = new(StringComparer.Ordinal);

    public RunDraft Draft()
    {
        foreach (var span in spans.Where(s => s.IsTool))
            if (span.Text("gen_ai.tool.call.id") is { } id) executed.TryAdd(id, span);
        foreach (var (span, isEnd) in Moments())
        {
            draft.Turn(null);
            if (isEnd) Tell(span, GenAiMessages.Output(span));
            else Add(span);
        }

        // Where contents are not captured, a tool's span is all that tells of its end.
        foreach (var (id, span) in executed.OrderBy(e => e.Value.Start).ThenBy(e => e.Key, StringComparer.Ordinal))
            if (draft.Awaits(id)) draft.Result(id, span.Failure, span.HasFailed);
        return draft;
    }

    public RunFacts Facts()
    {
        var (agent, models) = (spans.FirstOrDefault(s => s.IsAgent), spans.Where(s => s.IsModel).ToList());
        var service = spans[0].Resource.Text("service.name");
        var name = spans.Select(s => s.Text("gen_ai.agent.name")).FirstOrDefault(n => n is not null);
        var counted = models.Exists(s => Prompt(s) is not null) ? models : [.. spans.Where(s => s.IsAgent)];
        return new()
        {
            Harness = Harness,
            Agent = name ?? service,
            AgentVersion = agent?.Text("gen_ai.agent.version") ?? spans[0].Resource.Text("service.version"),
            Model = spans.Select(s => s.Text("gen_ai.response.model") ?? s.Text("gen_ai.request.model")).FirstOrDefault(m => m is not null),
            Environment = ProjectName.Usable(service is null || service.StartsWith("unknown_service", StringComparison.Ordinal) ? null : service) ?? name,
            // A conversation that goes on in further traces is one task.
            Task = isSubagent ? null : conversation,
            Session = conversation ?? spans[0].Trace,
            PromptTokens = Sum(counted.Select(Prompt)),
            CompletionTokens = Sum(counted.Select(Completion)),
            Tools = Tools(),
            Outcome = agent is { HasFailed: true } ? new JsonObject { ["success"] = false, ["verifiedBy"] = "self" } : null,
            Extra = Extra(),
        };
    }

    // What an agent answers in the end comes after all that it did; it is told when its span ends.
    private IEnumerable<(GenAiSpan Span, bool IsEnd)> Moments() =>
        spans.Select((span, i) => (Span: span, IsEnd: false, At: span.Start, Order: i))
        .Concat(spans.Select((span, i) => (Span: span, IsEnd: true, At: span.End > 0 ? span.End : ulong.MaxValue, Order: i)).Where(m => m.Span.IsAgent))
        .OrderBy(m => m.At).ThenBy(m => m.IsEnd).ThenBy(m => m.Order).Select(m => (m.Span, m.IsEnd));

    private void Add(GenAiSpan span)
    {
        if (span.IsTool)
        {
            Executed(span);
            return;
        }

        Tell(span, GenAiMessages.Input(span));
        if (!span.IsModel) return;
        draft.Turn(span.Id);
        Tell(span, GenAiMessages.Output(span));
        draft.Usage(Prompt(span), Completion(span), model: span.Text("gen_ai.response.model"));
        draft.Keep(span.Rest(IsTaken));
    }

    // Of a message that stands in a request as often as it has been told, nothing is new.
    private void Tell(GenAiSpan span, IEnumerable<GenAiMessage> messages)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var message in messages)
        {
            var fingerprint = message.Fingerprint;
            var times = seen[fingerprint] = seen.GetValueOrDefault(fingerprint) + 1;
            if (times <= told.GetValueOrDefault(fingerprint)) continue;
            told[fingerprint] = times;
            Tell(message, span);
        }
    }

    private void Tell(GenAiMessage message, GenAiSpan span)
    {
        if (message.Role is "user" or "system")
        {
            var source = message.Role == "user" ? StepSource.User : StepSource.System;
            draft.Note(source, string.Join('\n', message.Parts.Where(p => p.Kind == GenAiPartKind.Text).Select(p => p.Text)), At(span));
        }

        foreach (var part in message.Parts)
        {
            switch (part.Kind)
            {
                case GenAiPartKind.Text when message.Role == "assistant":
                    draft.Say(part.Text, At(span));
                    break;
                case GenAiPartKind.Thought:
                    draft.Think(part.Text, At(span));
                    break;
                case GenAiPartKind.Call:
                    draft.Call(part.Id, part.Name, part.Arguments ?? [], At(span));
                    break;
                case GenAiPartKind.Response when part.Id is { } id && draft.Awaits(id):
                    draft.Result(id, part.Text, executed.TryGetValue(id, out var by) ? by.HasFailed : null);
                    break;
            }
        }
    }

    private void Executed(GenAiSpan span)
    {
        var id = span.Text("gen_ai.tool.call.id");
        var result = span.Value("gen_ai.tool.call.result");
        if (id is null || !draft.Knows(id))
        {
            draft.Turn(span.Id);
            id = draft.Call(id, span.Text("gen_ai.tool.name") ?? span.SpanName.Split(' ', 2)[^1], Told.Arguments(span.Value("gen_ai.tool.call.arguments")), At(span));
            draft.Keep(span.Rest(IsTaken));
            executed.TryAdd(id, span);
        }

        if (draft.Awaits(id) && result.ValueKind != JsonValueKind.Undefined) draft.Result(id, GenAiMessages.Text(result), span.HasFailed);
    }

    private JsonArray? Tools()
    {
        var tools = spans.SelectMany(s => s.Value("gen_ai.tool.definitions").Items()).Where(t => t.Text("name") is not null || t.Member("function").Text("name") is not null)
            .DistinctBy(t => t.Text("name") ?? t.Member("function").Text("name"), StringComparer.Ordinal).Select(Told.Kept).ToArray();
        return tools.Length == 0 ? null : new JsonArray(tools);
    }

    private JsonObject Extra()
    {
        var extra = new JsonObject { ["traces"] = new JsonArray([.. spans.Select(s => s.Trace).Distinct(StringComparer.Ordinal).Select(t => (JsonNode)t)]) };
        if (Told.Rest(spans[0].Resource) is { } resource) extra["resource"] = resource;
        // What an evaluator found of one quality or another; whether the task was done is not said there.
        var evaluations = spans.SelectMany(s => s.Events).Where(e => e.Name == "gen_ai.evaluation.result").Select(e =>
            (JsonNode)new JsonObject(e.Attributes.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => KeyValuePair.Create(a.Key, Told.Kept(a.Value))))).ToArray();
        if (evaluations.Length > 0) extra["evaluations"] = new JsonArray(evaluations);
        return extra;
    }

    private static string? At(GenAiSpan span) => span.Start is > 0 and < long.MaxValue
        ? DateTimeOffset.UnixEpoch.AddTicks((long)(span.Start / 100)).ToString("O", CultureInfo.InvariantCulture)
        : null;

    private static long? Prompt(GenAiSpan span) => span.Count("gen_ai.usage.input_tokens") ?? span.Count("gen_ai.usage.prompt_tokens");

    private static long? Completion(GenAiSpan span) => span.Count("gen_ai.usage.output_tokens") ?? span.Count("gen_ai.usage.completion_tokens");

    private static long? Sum(IEnumerable<long?> counts)
    {
        var known = counts.OfType<long>().ToList();
        return known.Count == 0 ? null : known.Sum();
    }

    private static bool IsTaken(string key) =>
        key is "gen_ai.operation.name" or "gen_ai.system_instructions" or "gen_ai.tool.definitions" or "gen_ai.prompt" or "gen_ai.completion"
        || key.StartsWith("gen_ai.input.", StringComparison.Ordinal) || key.StartsWith("gen_ai.output.messages", StringComparison.Ordinal)
        || key.StartsWith("gen_ai.prompt.", StringComparison.Ordinal) || key.StartsWith("gen_ai.completion.", StringComparison.Ordinal)
        || key.StartsWith("gen_ai.usage.", StringComparison.Ordinal) || key.StartsWith("gen_ai.tool.", StringComparison.Ordinal);
}
