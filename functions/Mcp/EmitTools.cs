using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Mcp;

/// <summary>The tools that put something in. An agent that says it succeeded has not thereby succeeded: what comes in here is self-reported,
/// whatever it claims, and under sources of its own, so that no agent speaks about runs that came in another way.</summary>
internal sealed class EmitTools(LedgerClient client)
{
    private const string TrajectoryType = "com.skillpipeline.trajectory.v1";
    private const string OutcomeType = "com.skillpipeline.outcome.v1";
    private const string SourcePrefix = "mcp:";

    public IReadOnlyList<McpServerTool> All =>
    [
        McpServerTool.Create(EmitTrajectoryAsync, Writing("emit_trajectory", "Send a run to be recorded. Its outcome counts as self-reported.")),
        McpServerTool.Create(EmitOutcomeAsync, Writing("emit_outcome", "Say how a run ended that was sent before. It counts as self-reported.")),
    ];

    private Task<CallToolResult> EmitTrajectoryAsync(
        [Description("Who sends it, as a URI. With id, the identity of the event. It is recorded with mcp: before it, as the answer says.")] string source,
        [Description("The same id with the same content is taken in once.")] string id,
        [Description("The run as an ATIF document, 1.0 to 1.7.")] JsonElement trajectory,
        [Description("The world of tools that it was done in.")] string? environment = null,
        [Description("The task: runs of one task are not independent evidence.")] string? task = null,
        [Description("Whether it succeeded, as far as you know.")] bool? success = null,
        CancellationToken ct = default)
    {
        if (trajectory.ValueKind != JsonValueKind.Object) throw new McpException("trajectory is an ATIF document, a JSON object");
        var data = new JsonObject { ["trajectory"] = JsonNode.Parse(trajectory.GetRawText()) };
        if (environment is not null) data["environment"] = environment;
        if (task is not null) data["task"] = task;
        if (success is not null) data["outcome"] = Outcome(success.Value);
        return SendAsync(TrajectoryType, source, id, data, ct);
    }

    private Task<CallToolResult> EmitOutcomeAsync(
        [Description("The source of the run's event. Only of runs that were sent with emit_trajectory.")] string source,
        [Description("Of this event, not of the run's.")] string id,
        [Description("The id of the run's event.")] string trajectory,
        [Description("Whether it succeeded, as far as you know.")] bool success,
        [Description("How you know.")] string? reason = null,
        CancellationToken ct = default)
    {
        var data = new JsonObject { ["trajectory"] = trajectory, ["outcome"] = Outcome(success) };
        if (reason is not null) data["reason"] = reason;
        return SendAsync(OutcomeType, source, id, data, ct);
    }

    private async Task<CallToolResult> SendAsync(string type, string told, string id, JsonObject data, CancellationToken ct)
    {
        var source = told.StartsWith(SourcePrefix, StringComparison.Ordinal) ? told : SourcePrefix + told;
        var batch = new JsonArray(new JsonObject { ["specversion"] = "1.0", ["type"] = type, ["source"] = source, ["id"] = id, ["datacontenttype"] = "application/json", ["data"] = data });
        var taken = (await client.SendEventsAsync(JsonSerializer.SerializeToUtf8Bytes(batch, LedgerJson.Options), ct)).Value.Events[0];
        return taken.Status == "refused" ? throw new McpException($"refused ({taken.Code}): {taken.Message}") : SkillTools.Answer(new { source, id, taken.Status });
    }

    private static JsonObject Outcome(bool success) => new() { ["success"] = success, ["verifiedBy"] = "self" };

    private static McpServerToolCreateOptions Writing(string name, string description) =>
        new() { Name = name, Description = description, ReadOnly = false, Idempotent = true, Destructive = false, OpenWorld = false };
}
