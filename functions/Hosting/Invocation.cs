using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;

namespace Pipeline.Functions.Hosting;

/// <summary>A call by the Functions host, as a custom handler gets it: <c>{"Data":{binding: value},"Metadata":{...}}</c>.</summary>
/// <remarks>Read tolerantly: a value that is no object arrives as a string that holds JSON, often encoded twice, or as base64 where the
/// binding's <c>dataType</c> is binary. See docs/adr/0002-custom-handler.md.</remarks>
public sealed class Invocation(JsonObject data, JsonObject metadata)
{
    private const int DeepestEncoding = 3;

    public static async Task<Invocation?> ReadAsync(Stream body, CancellationToken ct)
    {
        try
        {
            var root = await JsonNode.ParseAsync(body, cancellationToken: ct) as JsonObject;
            var metadata = root?["Metadata"] as JsonObject ?? [];
            // Of a batch the metadata are arrays. No binding here asks for one, and its messages could not be told apart by their outcomes.
            return root is null || metadata.ContainsKey("DeliveryCountArray") ? null : new(root["Data"] as JsonObject ?? [], metadata);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // The second: a name comes twice.
            return null;
        }
    }

    /// <summary>The queue message behind a binding.</summary>
    public TriggerMessage Message(string binding) => new(
        Bytes(data[binding]), Text("MessageId"), int.TryParse(Text("DeliveryCount"), out var count) ? count : 1, Text("CorrelationId"));

    /// <summary>The HTTP request behind a binding, in the form that a function with further outputs gets it.</summary>
    public HttpCall Http(string binding)
    {
        var request = Unwrapped(data[binding]) as JsonObject ?? [];
        var headers = (request["Headers"] as JsonObject ?? []).ToDictionary(
            h => h.Key, h => h.Value is JsonArray many ? string.Join(", ", many.Select(v => v?.ToString())) : h.Value?.ToString() ?? "", StringComparer.OrdinalIgnoreCase);
        return new(request["Method"]?.ToString() ?? "POST", headers, request["Body"] is { } body ? BodyBytes(body, headers.GetValueOrDefault("Content-Type", "")) : null);
    }

    // The host reads a body as text, but for these types.
    private static byte[] BodyBytes(JsonNode body, string contentType)
    {
        var text = body.GetValueKind() == JsonValueKind.String ? body.GetValue<string>() : body.ToJsonString(LedgerJson.Options);
        var buffer = new byte[text.Length];
        var isBinary = contentType.StartsWith("application/octet-stream", StringComparison.OrdinalIgnoreCase) || contentType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase);
        return isBinary && Convert.TryFromBase64String(text, buffer, out var written) ? buffer[..written] : Encoding.UTF8.GetBytes(text);
    }

    private string Text(string name) => Unwrapped(metadata[name])?.ToString() ?? "";

    // Base64 first: a CloudEvent is never valid base64, since it begins with a brace.
    private static byte[] Bytes(JsonNode? value)
    {
        if (value is null) return [];
        if (value.GetValueKind() != JsonValueKind.String) return Encoding.UTF8.GetBytes(value.ToJsonString(LedgerJson.Options));
        var text = value.GetValue<string>();
        for (var depth = 0; depth < DeepestEncoding && text.StartsWith('"'); depth++)
        {
            if (Parse(text) is not { } inner || inner.GetValueKind() != JsonValueKind.String) break;
            text = inner.GetValue<string>();
        }
        var buffer = new byte[text.Length];
        return Convert.TryFromBase64String(text, buffer, out var written) ? buffer[..written] : Encoding.UTF8.GetBytes(text);
    }

    private static JsonNode? Unwrapped(JsonNode? value)
    {
        for (var depth = 0; depth < DeepestEncoding && value?.GetValueKind() == JsonValueKind.String; depth++)
        {
            if (Parse(value.GetValue<string>()) is not { } inner) break;
            value = inner;
        }
        return value;
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="DeliveryCount">From 1.</param>
public sealed record TriggerMessage(byte[] Body, string MessageId, int DeliveryCount, string CorrelationId);

/// <param name="Body">Null where none came with it.</param>
public sealed record HttpCall(string Method, IReadOnlyDictionary<string, string> Headers, byte[]? Body);
