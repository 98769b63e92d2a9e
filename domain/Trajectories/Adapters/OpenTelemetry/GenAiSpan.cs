using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Domain.Trajectories.Adapters.OpenTelemetry;

/// <summary>A span with what the GenAI semantic conventions say of it, those of before 1.37 included.</summary>
internal sealed class GenAiSpan
{
    private const string ErrorCode = "STATUS_CODE_ERROR";

    private readonly Dictionary<string, JsonElement> attributes;

    public GenAiSpan(JsonElement span, string trace, string id, JsonElement resource)
    {
        (Trace, Id, Resource) = (trace, id, resource);
        Parent = OtlpValue.SpanId(span, "parentSpanId") ?? OtlpValue.SpanId(span, "parent_span_id");
        Start = Math.Max(OtlpValue.Nanoseconds(span, "startTimeUnixNano"), OtlpValue.Nanoseconds(span, "start_time_unix_nano"));
        End = Math.Max(OtlpValue.Nanoseconds(span, "endTimeUnixNano"), OtlpValue.Nanoseconds(span, "end_time_unix_nano"));
        attributes = OtlpValue.Attributes(span);
        Events = [.. span.Items("events").Select(e => new GenAiEvent(e.Text("name") ?? "", OtlpValue.Attributes(e)))];
        // An event may carry what the span does not.
        foreach (var e in Events.Where(e => e.Name.StartsWith("gen_ai.client.inference", StringComparison.Ordinal)))
            foreach (var (key, value) in e.Attributes) attributes.TryAdd(key, value);
        var status = span.Member("status");
        HasFailed = status.Member("code") is { ValueKind: JsonValueKind.Number } code ? code.TryGetInt32(out var number) && number == 2 : status.Text("code") == ErrorCode;
        HasFailed |= Text("error.type") is not null;
        Failure = status.Text("message") ?? Text("error.type") ?? "";
        Operation = Text("gen_ai.operation.name") ?? OperationIn(span.Text("name") ?? "");
        SpanName = span.Text("name") ?? "";
    }

    public string Trace { get; }
    public string Id { get; }
    public string? Parent { get; }

    /// <summary>Nanoseconds since 1970.</summary>
    public ulong Start { get; }

    public ulong End { get; }
    public JsonElement Resource { get; }
    public string? Operation { get; }
    public bool HasFailed { get; }
    public string Failure { get; }
    public IReadOnlyList<GenAiEvent> Events { get; }
    public string SpanName { get; }

    public bool IsAgent => Operation == "invoke_agent";
    public bool IsTool => Operation == "execute_tool";
    public bool IsModel => Operation is "chat" or "generate_content" or "text_completion";
    public bool IsGenAi => IsAgent || IsTool || IsModel;

    public string? Text(string key) => attributes.TryGetValue(key, out var value) && value.ValueKind == JsonValueKind.String && !string.IsNullOrWhiteSpace(value.GetString()) ? value.GetString() : null;

    public long? Count(string key) => attributes.TryGetValue(key, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count) && count >= 0 ? count : null;

    /// <summary>A value that may be written in full or as a text with JSON in it.</summary>
    public JsonElement Value(string key) => attributes.TryGetValue(key, out var value) ? GenAiMessages.Structured(value) : default;

    /// <summary>Attributes by the number in their name: <c>gen_ai.prompt.0.content</c>.</summary>
    public IEnumerable<KeyValuePair<string, JsonElement>> Below(string prefix) => attributes.Where(a => a.Key.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>What is not taken elsewhere.</summary>
    public JsonObject Rest(Func<string, bool> isTaken)
    {
        var rest = new JsonObject { ["span_id"] = Id };
        foreach (var (key, value) in attributes.OrderBy(a => a.Key, StringComparer.Ordinal))
            if (!isTaken(key)) rest[key] = Told.Kept(value);
        return rest;
    }

    // "chat gpt-4", "execute_tool get_weather": where the attribute is missing the name says it too.
    private static string? OperationIn(string name) =>
        name.Split(' ', 2)[0] is "invoke_agent" or "execute_tool" or "chat" or "generate_content" or "text_completion" ? name.Split(' ', 2)[0] : null;
}

internal sealed record GenAiEvent(string Name, Dictionary<string, JsonElement> Attributes)
{
    public JsonElement Value(string key) => Attributes.TryGetValue(key, out var value) ? GenAiMessages.Structured(value) : default;
}
