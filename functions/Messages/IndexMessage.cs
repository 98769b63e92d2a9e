using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Messages;

/// <summary>A hint that the search index is behind. It may be lost, doubled or late: the index's own position is what counts.</summary>
public static class IndexMessage
{
    private const string Type = "com.skillpipeline.index.v1";

    /// <param name="leaf">The next leaf when it was sent; for people.</param>
    public static OutputMessage Of(long leaf)
    {
        var id = leaf.ToString(CultureInfo.InvariantCulture);
        return new(QueueNames.IndexUpdates, id, new JsonObject { ["specversion"] = "1.0", ["type"] = Type, ["source"] = "pipeline", ["id"] = id });
    }

    public static bool IsOne(ReadOnlyMemory<byte> body) =>
        StrictJson.Parse(body.Span) is Parsed<JsonElement>.Ok { Value: { ValueKind: JsonValueKind.Object } message }
        && message.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() == Type;
}
