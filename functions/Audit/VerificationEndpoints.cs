using System.Runtime.CompilerServices;
using System.Text;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.LedgerApi;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.Audit;

/// <summary>What a verifier reads to go over the whole ledger itself: leaves, checkpoints and contents as they are stored, unjudged. Only what cannot leave the
/// database is compared here: its tables with what the events say.</summary>
internal static class VerificationEndpoints
{
    private const int MostLeaves = 10_000;
    private const int MostContents = 200;

    public static void MapVerification(this RouteGroupBuilder api)
    {
        var audit = api.MapGroup("/audit").WithTags("audit").Needs(Role.Auditor);
        audit.MapGet("/leaves", (HttpContext context, LogTree tree, CancellationToken ct, long from = 0, int limit = 1_000) => from < 0
                ? Problems.Result(StatusCodes.Status400BadRequest, "from", "leaves are counted from 0")
                : JsonLines.Answer<LogTree>(context, LeavesAsync(tree, from, Math.Clamp(limit, 1, MostLeaves), ct), ct))
            .WithName("AuditLeaves").WithSummary("Leaves in their order, one a line: number, canonical text of the event as it is now, hash as it was sealed.");
        audit.MapGet("/checkpoints", (HttpContext context, CheckpointStore checkpoints, LogIdentity identity, CancellationToken ct) =>
                JsonLines.Answer<CheckpointStore>(context, CheckpointsAsync(checkpoints, identity, ct), ct))
            .WithName("AuditCheckpoints").WithSummary("Every checkpoint of this log, the smallest first, one a line.");
        audit.MapPost("/contents", (ContentsBody body, HttpContext context, EventStore store, CancellationToken ct) => body.Digests.Count > MostContents
                ? Problems.Result(StatusCodes.Status400BadRequest, "too-many", $"at most {MostContents} digests at once")
                : JsonLines.Answer<EventStore>(context, ContentsAsync(body.Digests, store, ct), ct))
            .WithName("AuditContents").WithSummary("Contents by digest, one a line, as base64; null where one is missing or cannot be read.");
        audit.MapPost("/tables", TablesAsync).WithName("AuditTables")
            .WithSummary("Compares the read models with a rebuild beside them, and the rows of streams and names with the events; looks for events that are neither sealed nor waiting to be; and says why the log is stopped, if it is.");
    }

    private static async IAsyncEnumerable<object> LeavesAsync(LogTree tree, long from, int limit, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var leaf in tree.LeavesAsync(from, limit, ct))
            yield return new { Leaf = leaf.Index, Text = leaf.Record is { } record ? Encoding.UTF8.GetString(record.Canonical()) : null, Hash = leaf.Hash?.ToBase64() };
    }

    private static async IAsyncEnumerable<object> CheckpointsAsync(CheckpointStore checkpoints, LogIdentity identity, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var checkpoint in checkpoints.AllAsync(await identity.OriginAsync(ct), ct)) yield return new { checkpoint.Note, checkpoint.SignedAt };
    }

    private static async IAsyncEnumerable<object> ContentsAsync(IReadOnlyList<string> digests, EventStore store, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var digest in digests)
        {
            var (content, isAltered) = await ReadAsync(digest, store, ct);
            yield return new { Digest = digest, Content = content is null ? null : Convert.ToBase64String(content), Altered = isAltered };
        }
    }

    // One that is altered need not even be readable, and must not keep another from being checked.
    private static async Task<(byte[]? Content, bool IsAltered)> ReadAsync(string digest, EventStore store, CancellationToken ct)
    {
        try
        {
            return (await store.ReadContentAsync(digest, ct), false);
        }
        catch (Exception e) when (e is ContentCorruptedException or FormatException or InvalidDataException)
        {
            return (null, true);
        }
    }

    private static async Task<IResult> TablesAsync(ProjectionRunner projections, LedgerTables tables, Sealer sealer, LedgerFollower follower, CancellationToken ct)
    {
        await follower.SettleAsync(ct);
        var names = await tables.DifferingNamesAsync(ct);
        if (names.Count > 0)
        {
            // The catalogue may have been behind a name that was just taken or given back: what is wrong stays wrong.
            await follower.SettleAsync(ct);
            names = [.. names.Intersect(await tables.DifferingNamesAsync(ct))];
        }
        var models = new List<object>();
        foreach (var projection in ProjectionRunner.All)
        {
            try
            {
                models.Add(new { projection.Name, Differing = await projections.CompareAsync(projection, ct) });
            }
            // What it would be built from has a hole. Which one, the leaves tell.
            catch (InvalidOperationException)
            {
                models.Add(new { projection.Name, Differing = -1 });
            }
        }
        return Results.Ok(new
        {
            ReadModels = models,
            StrayEvents = await tables.StrayEventsAsync(ct),
            StreamEnds = await tables.StreamEndsAsync(ct),
            Names = names,
            Stopped = AuditEndpoints.Facts(sealer.Guard.Stopped),
        });
    }
}

internal sealed record ContentsBody(IReadOnlyList<string> Digests);
