using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Messages;

/// <summary>A hint that a family has new evidence. It may be lost, doubled or late: the family's stream is what counts.</summary>
public sealed record CurationMessage(string Tenant, string FamilyId)
{
    private const string Type = "com.skillpipeline.curation.v1";

    public OutputMessage ToOutput() => new(QueueNames.Curation, Digest.Short($"{Tenant}\n{FamilyId}", 32), new JsonObject
    {
        ["specversion"] = "1.0",
        ["type"] = Type,
        ["source"] = "pipeline",
        ["id"] = Digest.Short($"{Tenant}\n{FamilyId}", 32),
        ["subject"] = FamilyId,
        ["tenant"] = Tenant,
    });

    /// <summary>Null when the body is no such message.</summary>
    public static CurationMessage? Read(ReadOnlyMemory<byte> body) =>
        StrictJson.Parse(body.Span) is Parsed<JsonElement>.Ok { Value: { ValueKind: JsonValueKind.Object } message }
        && Text(message, "type") == Type && Text(message, "subject") is { Length: > 0 } family
            ? new(Text(message, "tenant") ?? EventContext.DefaultTenant, family)
            : null;

    private static string? Text(JsonElement message, string name) =>
        message.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
