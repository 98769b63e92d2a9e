using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Domain.Trajectories.Adapters.OpenTelemetry;

/// <summary>Values as OTLP/JSON writes them (opentelemetry-proto, common.proto, AnyValue, in protobuf's JSON mapping).</summary>
internal static class OtlpValue
{
    private const int TraceIdBytes = 16;
    private const int SpanIdBytes = 8;

    /// <summary>Attributes by key, as plain JSON; of a key that comes twice the last counts.</summary>
    public static Dictionary<string, JsonElement> Attributes(JsonElement owner)
    {
        var attributes = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var attribute in owner.Items("attributes"))
            if (attribute.Text("key") is { } key && Plain(attribute.Member("value")) is { } value) attributes[key] = JsonSerializer.SerializeToElement(value);
        return attributes;
    }

    /// <summary>A whole number from 0, which the mapping writes as a string when it has 64 bits.</summary>
    public static ulong Nanoseconds(JsonElement span, string name)
    {
        var value = span.Member(name);
        return value.ValueKind switch
        {
            JsonValueKind.String when ulong.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var told) => told,
            JsonValueKind.Number when value.TryGetUInt64(out var told) => told,
            JsonValueKind.Number when value.GetDouble() is > 0 and < ulong.MaxValue and var real => (ulong)real,
            _ => 0,
        };
    }

    public static string? TraceId(JsonElement span, string name) => Id(span.Text(name), TraceIdBytes);

    public static string? SpanId(JsonElement span, string name) => Id(span.Text(name), SpanIdBytes);

    // In hex, as OTLP/JSON demands; in base64, as protobuf's own mapping writes bytes. A span without a parent has zeros, or nothing.
    private static string? Id(string? told, int bytes)
    {
        if (told is null) return null;
        var id = told.Length != bytes * 2 && Base64.IsValid(told, out var length) && length == bytes ? Convert.ToHexStringLower(Convert.FromBase64String(told)) : told.ToLowerInvariant();
        return id.All(c => c == '0') ? null : id;
    }

    private static JsonNode? Plain(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) return null;
        foreach (var member in value.EnumerateObject())
        {
            switch (member.Name)
            {
                case "stringValue" or "string_value" or "boolValue" or "bool_value" or "doubleValue" or "double_value" or "bytesValue" or "bytes_value":
                    return member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? null : JsonValue.Create(member.Value);
                case "intValue" or "int_value":
                    return Whole(member.Value);
                case "arrayValue" or "array_value":
                    return new JsonArray([.. member.Value.Items("values").Select(Plain)]);
                case "kvlistValue" or "kvlist_value":
                    var list = new JsonObject();
                    foreach (var pair in member.Value.Items("values"))
                        if (pair.Text("key") is { } key) list[key] = Plain(pair.Member("value"));
                    return list;
            }
        }

        return null;
    }

    private static JsonValue? Whole(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String && long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var told)) return JsonValue.Create(told);
        return value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? null : JsonValue.Create(value);
    }
}
