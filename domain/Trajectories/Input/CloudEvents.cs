using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Domain.Trajectories.Input;

/// <summary>Reads CloudEvents 1.0 in the three modes: one JSON document, a JSON batch, attributes in headers with the data as body.</summary>
public static class CloudEvents
{
    public const string StructuredMediaType = "application/cloudevents+json";
    public const string BatchMediaType = "application/cloudevents-batch+json";

    /// <summary>A request or message in whichever mode its headers say.</summary>
    /// <returns>The events; only a batch has more than one, and only its events are refused by themselves.</returns>
    public static Parsed<IReadOnlyList<Parsed<CloudEvent>>> Parse(IReadOnlyCollection<KeyValuePair<string, string>> headers, ReadOnlySpan<byte> body)
    {
        var contentType = headers.FirstOrDefault(h => h.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase)).Value?.Split(';')[0].Trim().ToLowerInvariant();
        if (contentType == BatchMediaType) return ParseBatch(body);
        var one = contentType == StructuredMediaType ? ParseStructured(body)
            : headers.Any(h => h.Key.Equals("ce-specversion", StringComparison.OrdinalIgnoreCase)) ? ParseBinary(headers, body)
            : new InputError("cloudevents-mode", $"This is no CloudEvent. Send {StructuredMediaType}, {BatchMediaType}, or ce- headers with the data as body.");
        return one.Then<IReadOnlyList<Parsed<CloudEvent>>>(e => new Parsed<CloudEvent>[] { e });
    }

    /// <summary>The <c>application/cloudevents+json</c> form.</summary>
    public static Parsed<CloudEvent> ParseStructured(ReadOnlySpan<byte> body) => StrictJson.Parse(body).Then(Read);

    /// <summary>The <c>application/cloudevents-batch+json</c> form. A bad event is refused by itself; the others stand.</summary>
    public static Parsed<IReadOnlyList<Parsed<CloudEvent>>> ParseBatch(ReadOnlySpan<byte> body) =>
        StrictJson.Parse(body).Then<IReadOnlyList<Parsed<CloudEvent>>>(root => root.ValueKind == JsonValueKind.Array
            ? root.EnumerateArray().Select((item, i) => At(Read(item), $"/{i.ToString(CultureInfo.InvariantCulture)}")).ToArray()
            : new InputError("cloudevents-batch", "A batch is a JSON array of events.", ""));

    /// <summary>The binary form: attributes as <c>ce-</c> headers, the body is the data.</summary>
    /// <param name="headers">Names in any case; headers that begin with neither <c>ce-</c> nor <c>content-type</c> are not looked at.</param>
    public static Parsed<CloudEvent> ParseBinary(IEnumerable<KeyValuePair<string, string>> headers, ReadOnlySpan<byte> body)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (header, value) in headers)
        {
            var name = header.ToLowerInvariant();
            if (name == "content-type") attributes["datacontenttype"] = value;
            if (name == "ce-datacontenttype" || !name.StartsWith("ce-", StringComparison.Ordinal)) continue;
            if (!attributes.TryAdd(name[3..], Uri.UnescapeDataString(value.Trim('"'))))
                return new InputError("cloudevents-attribute", "A ce- header was sent twice. Send each once.");
        }

        if (!IsJson(attributes.GetValueOrDefault("datacontenttype"))) return NotJson;
        return StrictJson.Parse(body).Then(data => EventAttributes.Build(attributes, data));
    }

    /// <summary>The structured form, to send or to store.</summary>
    public static JsonObject ToJson(CloudEvent cloudEvent) => EventAttributes.Structured(cloudEvent);

    /// <summary>An event that is already parsed, in its structured form.</summary>
    public static Parsed<CloudEvent> Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) return new InputError("cloudevents-object", "A CloudEvent is a JSON object.", "");
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in root.EnumerateObject().Where(m => m.Name is not ("data" or "data_base64")))
        {
            switch (member.Value.ValueKind)
            {
                case JsonValueKind.Null:
                    continue;
                case JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                    attributes[member.Name] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText();
                    break;
                default:
                    return new InputError("cloudevents-attribute", "An attribute is an object or an array. Attributes are strings, numbers or booleans; the rest belongs into data.");
            }
        }

        return Data(root, attributes.GetValueOrDefault("datacontenttype")).Then(data => EventAttributes.Build(attributes, data));
    }

    private static Parsed<JsonElement> Data(JsonElement root, string? contentType)
    {
        var (hasData, hasBinary) = (root.TryGetProperty("data", out var data), root.TryGetProperty("data_base64", out var base64));
        if (hasData && hasBinary) return new InputError("cloudevents-data", "The event has both data and data_base64. Send one of them.");
        if (!hasData && !hasBinary) return new InputError("cloudevents-data", "The event has no data.", "/data");
        if (hasData) return contentType is null || IsJson(contentType) ? data : NotJson;

        // JSON format, 3.1.2: binary data without a content type must not be taken for JSON.
        if (!IsJson(contentType)) return NotJson;
        if (base64.ValueKind != JsonValueKind.String || !Base64.IsValid(base64.GetString()))
            return new InputError("cloudevents-data", "This is not base64.", "/data_base64");
        return StrictJson.Parse(base64.GetBytesFromBase64());
    }

    private static InputError NotJson { get; } =
        new("data-content-type", "The data is not declared as JSON. Set the content type to application/json.", "/datacontenttype");

    private static bool IsJson(string? contentType)
    {
        var media = contentType?.Split(';')[0].Trim() ?? "";
        return media.EndsWith("/json", StringComparison.OrdinalIgnoreCase) || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }

    private static Parsed<CloudEvent> At(Parsed<CloudEvent> parsed, string pointer) => parsed is Parsed<CloudEvent>.Refused { Error: var error }
        ? error with { Pointer = pointer + error.Pointer }
        : parsed;
}
