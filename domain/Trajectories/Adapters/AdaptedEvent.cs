using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>What several adapters say in the same way.</summary>
internal static class AdaptedEvent
{
    /// <summary>How many lines of a file may come before the first that says what it is.</summary>
    public const int MostHeaders = 64;

    public static CloudEvent Of(string id, string source, JsonElement data, DateTimeOffset? time = null) => new()
    {
        Id = id,
        Source = source,
        Type = EventTypes.Trajectory,
        Time = time,
        DataContentType = "application/json",
        Data = data,
    };

    /// <summary>A segment of a source, which is a URI reference: a name with a slash or a space in it stays one segment.</summary>
    public static string Segment(string? name) => string.IsNullOrWhiteSpace(name) ? "unknown" : Uri.EscapeDataString(name.Trim());

    /// <summary>An id for a run that has none: of its content, so that the same run is the same event again.</summary>
    public static string IdOf(JsonElement run) => Digest.Short(CanonicalJson.Text(run), 24);

    public static IEnumerable<JsonElement> OneOrMany(JsonElement root) => root.ValueKind == JsonValueKind.Array ? root.EnumerateArray() : [root];

    /// <summary>Among the first items of an array there is such a part; the very first may be a header or a note.</summary>
    public static bool HasPart(JsonElement root, Func<JsonElement, bool> recognises) =>
        root.ValueKind == JsonValueKind.Array && root.EnumerateArray().Take(MostHeaders).Any(recognises);

    /// <summary>What was made of a document may be nested deeper than the document was; <see cref="Sendable"/> tells whether too deep.</summary>
    public static JsonElement Element(JsonNode node)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = LedgerJson.Options.Encoder, MaxDepth = 2 * StrictJson.MaxDepth })) node.WriteTo(writer);
        return JsonElement.Parse(json.WrittenSpan, new JsonDocumentOptions { MaxDepth = 2 * StrictJson.MaxDepth });
    }

    /// <summary>An event's data stand in the event, and that in a batch: two levels below what may be sent.</summary>
    public static Parsed<CloudEvent> Sendable(CloudEvent made) => Told.Depth(made.Data) <= StrictJson.MaxDepth - 2
        ? made
        : new InputError("json-depth", $"This run is nested deeper than the {StrictJson.MaxDepth} levels that an event may have. Flatten it, or send the deep part as a string.");
}
