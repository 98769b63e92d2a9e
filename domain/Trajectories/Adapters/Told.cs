using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>Reads what a stranger wrote: a member of another type than the format has counts as not told, and nothing throws.</summary>
internal static class Told
{
    // The events of a run lie a dozen levels deep, and what leaves here must be readable by StrictJson again.
    private const int DeepestKept = 40;

    public static string? Text(this JsonElement owner, string name) =>
        owner.Member(name) is { ValueKind: JsonValueKind.String } value && !string.IsNullOrWhiteSpace(value.GetString()) ? value.GetString() : null;

    /// <summary>The value of a member; undefined where there is none, or a null.</summary>
    public static JsonElement Member(this JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : default;

    public static JsonElement Member(this JsonElement owner, string name, string inner) => owner.Member(name).Member(inner);

    public static bool Has(this JsonElement owner, string name, JsonValueKind kind) => owner.Member(name).ValueKind == kind;

    public static IEnumerable<JsonElement> Items(this JsonElement owner, string name) => owner.Member(name).Items();

    public static IEnumerable<JsonElement> Items(this JsonElement array) => array.ValueKind == JsonValueKind.Array ? array.EnumerateArray() : [];

    /// <summary>A whole number from 0, also as a string of digits.</summary>
    public static long? Count(this JsonElement owner, string name)
    {
        var value = owner.Member(name);
        var isNumber = value.ValueKind == JsonValueKind.Number ? value.TryGetInt64(out var number)
            : long.TryParse(value.ValueKind == JsonValueKind.String ? value.GetString() : null, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        return isNumber && number is >= 0 and < 1L << 53 ? number : null;
    }

    public static double? Number(this JsonElement owner, string name) =>
        owner.Member(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;

    public static bool? Flag(this JsonElement owner, string name) =>
        owner.Member(name).ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null };

    /// <summary>What was said: a text, or the texts of its parts, a line each, with a mark where an image was.</summary>
    public static string Said(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => string.Join('\n', content.EnumerateArray().Select(SaidPart).Where(text => text.Length > 0)),
        JsonValueKind.Undefined or JsonValueKind.Null => "",
        _ => content.GetRawText(),
    };

    /// <summary>One part of what was said.</summary>
    public static string SaidPart(JsonElement part) => part.ValueKind switch
    {
        JsonValueKind.String => part.GetString()!,
        JsonValueKind.Object => part.Text("text") ?? part.Text("content") ?? $"[{Word(part.Text("type") ?? "part")}]",
        _ => "",
    };

    private static string Word(string type) => type.Contains("image", StringComparison.Ordinal) ? "image" : type.Length <= 32 && type.All(c => char.IsAsciiLetter(c) || c == '_') ? type : "part";

    /// <summary>The arguments of a call: an object, or a text that holds one; anything else under a name of its own.</summary>
    public static JsonObject Arguments(JsonElement told, string otherwise = "input")
    {
        if (told.ValueKind == JsonValueKind.String)
        {
            var text = told.GetString()!;
            if (text.Length == 0) return [];
            return StrictJson.Parse(text) is Parsed<JsonElement>.Ok { Value: { ValueKind: JsonValueKind.Object } parsed } ? Arguments(parsed, otherwise) : new() { [otherwise] = text };
        }

        if (told.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return [];
        return Kept(told) is JsonObject arguments ? arguments : new() { [otherwise] = Kept(told) };
    }

    /// <summary>A value to be kept as it is; as its text where it is nested too deep to be put below something.</summary>
    public static JsonNode? Kept(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        JsonValueKind.Object or JsonValueKind.Array when Depth(value) > DeepestKept => JsonValue.Create(value.GetRawText()),
        JsonValueKind.Object => JsonObject.Create(value),
        JsonValueKind.Array => JsonArray.Create(value),
        _ => JsonValue.Create(value),
    };

    /// <summary>The members that have no place of their own.</summary>
    /// <returns>Null where there are none.</returns>
    public static JsonObject? Rest(JsonElement owner, params ReadOnlySpan<string> placed)
    {
        if (owner.ValueKind != JsonValueKind.Object) return null;
        var rest = new JsonObject();
        foreach (var member in owner.EnumerateObject())
            if (!placed.Contains(member.Name) && Kept(member.Value) is { } kept) rest[member.Name] = kept;
        return rest.Count > 0 ? rest : null;
    }

    public static int Depth(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => 1 + value.EnumerateObject().Select(m => Depth(m.Value)).DefaultIfEmpty().Max(),
        JsonValueKind.Array => 1 + value.EnumerateArray().Select(Depth).DefaultIfEmpty().Max(),
        _ => 0,
    };
}
