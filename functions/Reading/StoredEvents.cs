using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Log;

namespace Pipeline.Functions.Reading;

/// <summary>Events as they are stored and hashed, with what this program does not know of: not what it makes of them.</summary>
public sealed class StoredEvents(LogTree tree)
{
    /// <summary>The data of a leaf's event as JSON, laid out for people; empty where the event is gone.</summary>
    public async Task<string> DataAsync(long leaf, CancellationToken ct) =>
        (await tree.LeafAsync(leaf, ct))?.Record is { } record ? JsonNode.Parse(record.Data)!.ToJsonString(LedgerJson.Indented) : "";
}
