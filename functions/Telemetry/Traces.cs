using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Telemetry;

/// <summary>The program's spans, and the traceparent (W3C Trace Context) that carries a trace over a queue and in the ledger.</summary>
public static class Traces
{
    /// <summary>Also the attribute of an envelope that carries it, after CloudEvents' extension for distributed tracing.</summary>
    public const string Name = "traceparent";

    // The default of OpenTelemetry for links and attributes of a span.
    private const int MostLinks = 128;

    public static ActivitySource Source { get; } = new("Pipeline", ProgramVersion.Number);

    /// <summary>Whether anybody takes spans: else nothing is read or made for them.</summary>
    public static bool AreOn => Source.HasListeners();

    /// <summary>The traceparent of the span that we are in; empty where we are in none of ours. (The web server's own is nobody's parent: it goes nowhere.)</summary>
    public static string Current => Activity.Current is { } span && span.Source == Source ? span.Id ?? "" : "";

    /// <summary>A span in the trace that a traceparent names; in a new one where it names none.</summary>
    public static Activity? Continue(string name, ActivityKind kind, string? traceParent)
    {
        if (!AreOn) return null;
        if (ContextOf(traceParent) is { } parent) return Source.StartActivity(name, kind, parent);
        // Not below the web server's span, which goes nowhere.
        if (Current.Length == 0) Activity.Current = null;
        return Source.StartActivity(name, kind);
    }

    /// <summary>The trace that the body of a message belongs to; empty where it says none that can be used.</summary>
    public static string Of(ReadOnlyMemory<byte> body) =>
        StrictJson.Parse(body.Span) is Parsed<JsonElement>.Ok { Value: { ValueKind: JsonValueKind.Object } message }
        && message.TryGetProperty(Name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() ?? ""
            : "";

    /// <summary>Gives the body of a message the trace that it is sent in, unless it has one of its own.</summary>
    public static JsonObject Stamp(JsonObject body)
    {
        if (Current is { Length: > 0 } current && !body.ContainsKey(Name)) body[Name] = current;
        return body;
    }

    /// <summary>Ties the span that we are in to another trace, in which what it takes in goes on.</summary>
    public static void Link(string? traceParent)
    {
        if (Current.Length == 0 || Activity.Current is not { } span || ContextOf(traceParent) is not { } other || other.TraceId == span.TraceId) return;
        if (span.Links.Count() < MostLinks) span.AddLink(new(other));
    }

    private static ActivityContext? ContextOf(string? traceParent) =>
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var context) ? context : null;
}
