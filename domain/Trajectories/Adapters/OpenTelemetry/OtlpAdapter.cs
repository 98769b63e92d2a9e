using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Adapters.CodingAgents;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters.OpenTelemetry;

/// <summary>Spans by the GenAI semantic conventions of OpenTelemetry, in OTLP/JSON: export requests, one or one a line.</summary>
/// <remarks>An agent's span and what lies below it are a run; an agent below an agent is a run of its own. Spans come in any order, a
/// trace in any number of requests; the turns of one conversation are one run.</remarks>
public sealed class OtlpAdapter : ITrajectoryAdapter
{
    public string Name => "otlp";

    public bool Recognises(JsonElement root) => AdaptedEvent.HasPart(root, RecognisesPart);

    public bool RecognisesPart(JsonElement line) => line.Has("resourceSpans", JsonValueKind.Array) || line.Has("resource_spans", JsonValueKind.Array);

    public IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options)
    {
        var spans = Spans(root);
        var runs = new GenAiTraces(spans).Runs();
        if (runs.Count == 0) yield return new InputError("no-genai-spans", "No span here is one of the GenAI conventions: invoke_agent, chat or execute_tool in gen_ai.operation.name.");
        foreach (var run in runs)
        {
            var facts = run.Facts();
            if (options.Keeps(facts.Task)) yield return RunEvent.Of(facts, run.Draft(), options, "");
        }
    }

    // An exporter that tries again sends a span twice.
    private static List<GenAiSpan> Spans(JsonElement root)
    {
        var spans = new Dictionary<(string, string), GenAiSpan>();
        foreach (var resourceSpans in root.Items().SelectMany(r => Either(r, "resourceSpans", "resource_spans")))
        {
            var resource = new JsonObject();
            foreach (var (key, value) in OtlpValue.Attributes(resourceSpans.Member("resource")).OrderBy(a => a.Key, StringComparer.Ordinal)) resource[key] = Told.Kept(value);
            var attributes = JsonSerializer.SerializeToElement(resource);
            foreach (var span in Scopes(resourceSpans).SelectMany(s => s.Items("spans")))
            {
                if ((OtlpValue.TraceId(span, "traceId") ?? OtlpValue.TraceId(span, "trace_id")) is not { } trace) continue;
                if ((OtlpValue.SpanId(span, "spanId") ?? OtlpValue.SpanId(span, "span_id")) is not { } id) continue;
                spans.TryAdd((trace, id), new GenAiSpan(span, trace, id, attributes));
            }
        }

        return [.. spans.Values];
    }

    private static IEnumerable<JsonElement> Scopes(JsonElement resourceSpans) =>
        Either(resourceSpans, "scopeSpans", "scope_spans").Concat(resourceSpans.Items("instrumentationLibrarySpans"));

    private static IEnumerable<JsonElement> Either(JsonElement owner, string name, string other) => owner.Items(name).Concat(owner.Items(other));
}
