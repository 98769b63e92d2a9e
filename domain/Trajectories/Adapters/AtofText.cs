using System.Text.Json;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>The text in the data of ATOF events, whose shape is whatever the framework or the model's provider made.</summary>
internal static class AtofText
{
    /// <summary>The first member of these names that is a text; else the whole as JSON; empty where there is nothing.</summary>
    public static string Said(JsonElement data, params ReadOnlySpan<string> names)
    {
        if (data.ValueKind == JsonValueKind.String) return data.GetString()!;
        foreach (var name in names)
            if (AtofAdapter.Text(data, name) is { } text) return text;
        return data.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? "" : JsonSerializer.Serialize(data);
    }

    /// <summary>What a model said, in the shapes of the common providers: <c>content</c> as text or parts, <c>choices</c>, <c>candidates</c>.</summary>
    public static string Reply(JsonElement data)
    {
        if (data.ValueKind == JsonValueKind.String) return data.GetString()!;
        if (data.ValueKind != JsonValueKind.Object) return "";
        if (data.TryGetProperty("content", out var content)) return Parts(content);
        if (First(data, "choices") is { } choice && choice.TryGetProperty("message", out var message)) return Reply(message);
        if (First(data, "candidates") is { } candidate && candidate.TryGetProperty("content", out var said)) return Parts(said);
        return AtofAdapter.Text(data, "text") ?? AtofAdapter.Text(data, "output") ?? "";
    }

    private static string Parts(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(part => AtofAdapter.Text(part, "text"))),
        JsonValueKind.Object when content.TryGetProperty("parts", out var parts) => Parts(parts),
        _ => "",
    };

    private static JsonElement? First(JsonElement data, string name) =>
        data.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0 && list[0].ValueKind == JsonValueKind.Object ? list[0] : null;
}
