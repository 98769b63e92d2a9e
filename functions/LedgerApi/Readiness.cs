using System.Globalization;
using System.Text.Json.Nodes;
using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.LedgerApi;

/// <summary>How long something may wait before the program says that it is not ready.</summary>
/// <param name="QueueSeconds">The oldest message of a queue in PostgreSQL.</param>
/// <param name="SealSeconds">The oldest committed event without a leaf.</param>
public sealed record ReadinessLimits(double QueueSeconds = 900, double SealSeconds = 120)
{
    public const string Section = "Ready";

    public static ReadinessLimits Read(IConfiguration configuration)
    {
        double Seconds(string name, double otherwise) =>
            double.TryParse(configuration[$"{Section}:{name}"], NumberStyles.Float, CultureInfo.InvariantCulture, out var said) && said > 0 ? said : otherwise;
        var standard = new ReadinessLimits();
        return new(Seconds(nameof(QueueSeconds), standard.QueueSeconds), Seconds(nameof(SealSeconds), standard.SealSeconds));
    }
}

/// <summary>Whether the program can do its work: the database answers, its schema is this program's, the log goes on, and nothing waits for too long.</summary>
internal sealed class Readiness(SchemaMigration schema, Backlogs backlogs, Sealer sealer, IConfiguration configuration)
{
    private readonly ReadinessLimits _limits = ReadinessLimits.Read(configuration);

    /// <summary>What is in the way, the gravest first; none where it is ready.</summary>
    public async Task<IReadOnlyList<NotReady>> LookAsync(CancellationToken ct)
    {
        try
        {
            var plan = await schema.PlanAsync(ct);
            if (plan.IsTooNew) return [new("schema", "schema-too-new", new SchemaTooNewException(plan.Found).Message)];
            if (plan.Pending is { Count: > 0 } pending)
                return [new("schema", "schema-behind", $"the database's schema lacks {pending.Count} steps of this program ({pending[0]} first): run `pipeline migrate apply`, or start the program with Database__Migrate=auto")];
            return [.. Waiting(await backlogs.ReadAsync(ct))];
        }
        // Also when its pool is empty for so long that nobody gets a connection.
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return [new("database", "database-away", "the database does not answer")];
        }
    }

    private IEnumerable<NotReady> Waiting(Backlog backlog)
    {
        if (sealer.Guard.Stopped is { } stop) yield return new("log", stop.Code, $"{stop.Reason}. {LogStop.WhatToDo}");
        if (backlog.Unsealed.AgeSeconds > _limits.SealSeconds)
            yield return new("seal", "seal-behind", $"{backlog.Unsealed.Count} events have no leaf, the oldest for {backlog.Unsealed.AgeSeconds:0} seconds; the limit is {_limits.SealSeconds:0} (Ready__SealSeconds)");
        foreach (var (queue, waiting) in backlog.Queues.Where(q => q.Value.AgeSeconds > _limits.QueueSeconds).OrderByDescending(q => q.Value.AgeSeconds))
            yield return new("queue", "queue-old", $"{waiting.Count} messages wait on {queue}, the oldest for {waiting.AgeSeconds:0} seconds; the limit is {_limits.QueueSeconds:0} (Ready__QueueSeconds)");
    }
}

/// <summary>A part that is not ready.</summary>
/// <param name="Part">database, schema, log, seal or queue.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Detail">For people.</param>
internal sealed record NotReady(string Part, string Code, string Detail)
{
    /// <summary>The problem that says all of them; its code is the first one's.</summary>
    public static IResult Problem(IReadOnlyList<NotReady> all)
    {
        var body = Problems.Body(StatusCodes.Status503ServiceUnavailable, all[0].Code, string.Join("; ", all.Select(n => n.Detail)));
        body["notReady"] = new JsonArray([.. all.Select(n => (JsonNode)new JsonObject { ["part"] = n.Part, ["code"] = n.Code, ["detail"] = n.Detail })]);
        return Results.Text(body.ToJsonString(LedgerJson.Options), Problems.ContentType, statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
