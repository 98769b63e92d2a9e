using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Messages;

/// <summary>A hint that a skill has validation jobs to be done. It may be lost, doubled or late: the jobs' own state is what counts.</summary>
/// <param name="Jobs">By their ids; those that are not to be done now are left alone.</param>
public sealed record ValidationMessage(string Tenant, string SkillId, IReadOnlyList<string> Jobs)
{
    private const string Type = "com.skillpipeline.validation.v1";
    private const int MostJobs = 100;

    /// <summary>As many messages as it takes for any number of jobs.</summary>
    public static IEnumerable<OutputMessage> Of(string tenant, string skillId, IEnumerable<string> jobs) =>
        jobs.Chunk(MostJobs).Select(some => new ValidationMessage(tenant, skillId, some).ToOutput());

    public OutputMessage ToOutput()
    {
        var id = Digest.Short($"{Tenant}\n{SkillId}\n{string.Join('\n', Jobs)}", 32);
        return new(QueueNames.ValidationJobs, id, new JsonObject
        {
            ["specversion"] = "1.0",
            ["type"] = Type,
            ["source"] = "pipeline",
            ["id"] = id,
            ["subject"] = SkillId,
            ["tenant"] = Tenant,
            ["data"] = new JsonObject { ["jobs"] = new JsonArray([.. Jobs.Select(j => (JsonNode)j)]) },
        });
    }

    /// <summary>Null when the body is no such message.</summary>
    public static ValidationMessage? Read(ReadOnlyMemory<byte> body)
    {
        if (StrictJson.Parse(body.Span) is not Parsed<JsonElement>.Ok { Value: { ValueKind: JsonValueKind.Object } message }
            || Text(message, "type") != Type || Text(message, "subject") is not { Length: > 0 } skill
            || !message.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Object
            || !data.TryGetProperty("jobs", out var jobs) || jobs.ValueKind != JsonValueKind.Array
            || jobs.GetArrayLength() is 0 or > MostJobs || jobs.EnumerateArray().Any(j => j.ValueKind != JsonValueKind.String))
            return null;
        return new(Text(message, "tenant") ?? EventContext.DefaultTenant, skill, [.. jobs.EnumerateArray().Select(j => j.GetString()!)]);
    }

    private static string? Text(JsonElement message, string name) =>
        message.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
