using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters.OpenTelemetry;

/// <summary>A message that went into a model or came out of it.</summary>
internal sealed record GenAiMessage(string Role, IReadOnlyList<GenAiPart> Parts)
{
    /// <summary>The same message is told again with every later request; how it is written may differ, what it says does not.</summary>
    public string Fingerprint
    {
        get
        {
            var text = new StringBuilder(Role);
            foreach (var part in Parts) text.Append('\n').Append(part.Kind).Append(' ').Append(part.Id).Append(' ').Append(part.Name).Append(' ').Append(part.Text).Append(' ').Append(part.Arguments?.ToJsonString());
            return Digest.Of(text.ToString());
        }
    }
}

internal enum GenAiPartKind { Text, Thought, Call, Response }

/// <param name="Text">What was said, thought or returned.</param>
internal sealed record GenAiPart(GenAiPartKind Kind, string Text, string? Id = null, string? Name = null, JsonObject? Arguments = null);

/// <summary>Messages in the shapes that the conventions have had: parts (from 1.37), content and tool calls as OpenAI has them (events
/// and attributes before), and attributes with numbers in their names.</summary>
internal static class GenAiMessages
{
    private const int MostNumbered = 100_000;
    private const int MostCalls = 256;

    private static readonly string?[] Modalities = ["image", "audio", "video"];

    private static readonly string[] Roles = ["system", "user", "assistant", "tool"];

    public static IEnumerable<GenAiMessage> Input(GenAiSpan span)
    {
        foreach (var part in new[] { span.Value("gen_ai.system_instructions") }.Where(v => v.ValueKind != JsonValueKind.Undefined))
            yield return new("system", Parts(part));
        foreach (var message in Listed(span.Value("gen_ai.input.messages"), "user").Concat(Listed(span.Value("gen_ai.prompt"), "user"))
            .Concat(Numbered(span, "gen_ai.prompt.", "user")).Concat(span.Events.SelectMany(Prompted))) yield return message;
    }

    public static IEnumerable<GenAiMessage> Output(GenAiSpan span) =>
        Listed(span.Value("gen_ai.output.messages"), "assistant").Concat(Listed(span.Value("gen_ai.completion"), "assistant"))
        .Concat(Numbered(span, "gen_ai.completion.", "assistant")).Concat(span.Events.SelectMany(Completed));

    /// <summary>A value as it is, or what is in it where it is a text with JSON.</summary>
    public static JsonElement Structured(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString()!.AsSpan().TrimStart() is ['{' or '[', ..] && StrictJson.Parse(value.GetString()!).Try(out var parsed, out _) ? parsed : value;

    public static string Text(JsonElement value) => value.ValueKind is JsonValueKind.Object ? value.GetRawText() : Told.Said(value);

    // gen_ai.user.message, gen_ai.tool.message and the like; before them one event with all of the prompt.
    private static IEnumerable<GenAiMessage> Prompted(GenAiEvent e) => e.Name switch
    {
        "gen_ai.content.prompt" => Listed(e.Value("gen_ai.prompt"), "user"),
        "gen_ai.system.message" or "gen_ai.user.message" or "gen_ai.assistant.message" or "gen_ai.tool.message" => [Message(Body(e), e.Name.Split('.')[1])],
        _ => [],
    };

    private static IEnumerable<GenAiMessage> Completed(GenAiEvent e) => e.Name switch
    {
        "gen_ai.content.completion" => Listed(e.Value("gen_ai.completion"), "assistant"),
        "gen_ai.choice" => [Message(e.Value("message") is { ValueKind: JsonValueKind.Object } message ? message : Body(e), "assistant")],
        _ => [],
    };

    private static JsonElement Body(GenAiEvent e)
    {
        var body = new JsonObject();
        foreach (var (key, _) in e.Attributes.OrderBy(a => a.Key, StringComparer.Ordinal)) body[key] = Told.Kept(e.Value(key));
        return JsonSerializer.SerializeToElement(body);
    }

    private static IEnumerable<GenAiMessage> Listed(JsonElement messages, string role) => messages.ValueKind switch
    {
        JsonValueKind.Array => messages.EnumerateArray().Where(m => m.ValueKind is JsonValueKind.Object or JsonValueKind.String).Select(m => Message(m, role)),
        JsonValueKind.Object or JsonValueKind.String => [Message(messages, role)],
        _ => [],
    };

    private static IEnumerable<GenAiMessage> Numbered(GenAiSpan span, string prefix, string role)
    {
        var messages = new SortedDictionary<int, JsonObject>();
        var calls = new SortedDictionary<(int Message, int Call), JsonObject>();
        foreach (var (key, value) in span.Below(prefix))
        {
            var path = key[prefix.Length..].Split('.');
            if (path.Length < 2 || !Number(path[0], MostNumbered, out var index)) continue;
            if (!messages.TryGetValue(index, out var message)) messages[index] = message = [];
            if (path.Length == 2 && path[1] != "tool_calls") message[path[1]] = Told.Kept(value);
            if (path is not [_, "tool_calls", var number, var name] || !Number(number, MostCalls, out var call)) continue;
            if (!calls.TryGetValue((index, call), out var made)) calls[(index, call)] = made = [];
            made[name] = Told.Kept(value);
        }

        foreach (var ((index, _), made) in calls)
        {
            if (messages[index]["tool_calls"] is not JsonArray list) messages[index]["tool_calls"] = list = [];
            list.Add((JsonNode)made);
        }

        return messages.Values.Select(m => Message(JsonSerializer.SerializeToElement(m), role));
    }

    private static bool Number(string text, int most, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < most;

    private static GenAiMessage Message(JsonElement message, string role)
    {
        if (message.ValueKind == JsonValueKind.String) return new(role, [new(GenAiPartKind.Text, message.GetString()!)]);
        var told = message.Text("role") is { } own ? Role(own) : Role(role);
        var parts = message.Has("parts", JsonValueKind.Array) ? Parts(message.Member("parts")) : [];
        var id = message.Text("tool_call_id") ?? message.Text("id");
        if (parts.Count == 0 && told == "tool") parts = [new(GenAiPartKind.Response, Text(message.Member("content")), id)];
        else if (parts.Count == 0) parts = [.. Parts(Structured(message.Member("content"))), .. message.Items("tool_calls").Select(OpenAiCall)];
        return new(told, parts);
    }

    private static string Role(string told) => told switch { "ai" or "model" or "bot" => "assistant", "human" or "customer" => "user", "developer" or "instruction" => "system", "function" => "tool", _ => Roles.Contains(told) ? told : "user" };

    private static IReadOnlyList<GenAiPart> Parts(JsonElement parts) => parts.ValueKind switch
    {
        JsonValueKind.String => [new(GenAiPartKind.Text, parts.GetString()!)],
        JsonValueKind.Array => [.. parts.EnumerateArray().Where(p => p.ValueKind is JsonValueKind.Object or JsonValueKind.String).Select(Part)],
        JsonValueKind.Object => [Part(parts)],
        _ => [],
    };

    private static GenAiPart Part(JsonElement part) => part.Text("type") switch
    {
        "tool_call" or "tool_use" or "server_tool_call" => new(GenAiPartKind.Call, "", part.Text("id"), part.Text("name"), Told.Arguments(First(part, "arguments", "input", "server_tool_call"))),
        "tool_call_response" or "tool_result" or "server_tool_call_response" => new(
            GenAiPartKind.Response, Text(First(part, "response", "result", "content", "server_tool_call_response")), part.Text("id") ?? part.Text("tool_use_id")),
        "reasoning" or "thinking" => new(GenAiPartKind.Thought, part.Text("content") ?? part.Text("thinking") ?? ""),
        "blob" or "uri" or "file" => new(GenAiPartKind.Text, Modalities.Contains(part.Text("modality")) ? $"[{part.Text("modality")}]" : "[file]"),
        _ => new(GenAiPartKind.Text, Told.SaidPart(part)),
    };

    private static GenAiPart OpenAiCall(JsonElement call)
    {
        var function = call.Member("function").ValueKind == JsonValueKind.Object ? call.Member("function") : call;
        return new(GenAiPartKind.Call, "", call.Text("id"), function.Text("name"), Told.Arguments(function.Member("arguments")));
    }

    private static JsonElement First(JsonElement part, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (part.Member(name) is { ValueKind: not JsonValueKind.Undefined } value) return value;
        return default;
    }
}
