using System.Globalization;
using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Audit;

/// <summary>The log as others check it: checkpoints, proofs, keys. docs/audit.md.</summary>
internal static class AuditEndpoints
{
    public static void MapCheckpoint(this WebApplication app) => app.MapGet("/checkpoint", async (LogIdentity identity, CheckpointStore checkpoints, CancellationToken ct) =>
            await checkpoints.LatestAsync(await identity.OriginAsync(ct), ct) is { } latest ? Results.Text(latest.Note, "text/plain", Encoding.UTF8) : NotYet())
        .WithName("Checkpoint").WithTags("audit").WithSummary("The last checkpoint: a signed note (C2SP tlog-checkpoint).").IsForAnybody();

    public static void MapAudit(this RouteGroupBuilder api)
    {
        var audit = api.MapGroup("/audit").WithTags("audit").Needs(Role.Auditor);
        audit.MapGet("/checkpoint", CheckpointAsync).WithName("AuditCheckpoint").WithSummary("The last checkpoint, or the last at a time (`?at=`), with the log's keys; and why the log is stopped, if it is.");
        audit.MapGet("/proof", ProofAsync).WithName("AuditProof").WithSummary("That an event is in the log: its leaf's text and the inclusion proof, `?leaf=` or `?event=`.");
        audit.MapGet("/consistency", ConsistencyAsync).WithName("AuditConsistency").WithSummary("That the log of one size continues that of a smaller one, `?from=&to=`.");
        audit.MapGet("/keys", KeysAsync).WithName("AuditKeys").WithSummary("Every key that the log was signed with.");
        audit.MapPost("/keys/rotate", RotateAsync).WithName("RotateKey").WithSummary("Introduces a new key.").Needs(Role.Admin);
        audit.MapPost("/fork", ForkAsync).WithName("AcceptFork").WithSummary("Lets a log that does not continue what was published begin anew under another name.").Needs(Role.Admin);
    }

    private static async Task<IResult> CheckpointAsync(LogIdentity identity, CheckpointStore checkpoints, LogTree tree, Sealer sealer, CancellationToken ct, DateTimeOffset? at = null)
    {
        var origin = await identity.OriginAsync(ct);
        var found = at is { } time ? await checkpoints.AtAsync(origin, time, ct) : await checkpoints.LatestAsync(origin, ct);
        var keys = await identity.KeysAsync(origin, ct: ct);
        return Results.Ok(new
        {
            Origin = origin,
            Leaves = await tree.SizeAsync(ct),
            Checkpoint = found is null ? null : Facts(found),
            Keys = keys.Introduced.Select(Facts),
            keys.Fork,
            Forks = await ForksAsync(identity, keys, ct),
            Stopped = Facts(sealer.Guard.Stopped),
        });
    }

    // The names that the log had before, and the keys that vouch for what came after; the first one first.
    private static async Task<IReadOnlyList<object>> ForksAsync(LogIdentity identity, LogKeys keys, CancellationToken ct)
    {
        List<object> forks = [];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var fork = keys.Fork; fork is not null && seen.Add(fork.Origin);)
        {
            var before = await identity.KeysAsync(fork.PreviousOrigin, ct: ct);
            forks.Insert(0, new { fork.Origin, fork.PreviousOrigin, PreviousKeys = before.Introduced.Select(Facts) });
            fork = before.Fork;
        }
        return forks;
    }

    private static async Task<IResult> ProofAsync(
        LogTree tree, LogIdentity identity, CheckpointStore checkpoints, LedgerFollower follower, CancellationToken ct, long? leaf = null, string? @event = null, long? size = null)
    {
        if (leaf is null == @event is null) return Problems.Result(StatusCodes.Status400BadRequest, "leaf-or-event", "name a leaf (`leaf=`) or an event (`event=ID` or `event=STREAM@VERSION`)");
        if (@event is not null)
        {
            switch (await tree.FindAsync(EventContext.DefaultTenant, @event, ct))
            {
                case EventPlace.At at:
                    leaf = at.Leaf;
                    break;
                case EventPlace.Unsealed:
                    return Problems.Result(StatusCodes.Status409Conflict, "event-unsealed", "the event is not sealed yet; try again in a moment, or see `status` for why nothing is sealed");
                case EventPlace.Unreadable:
                    return Problems.Result(StatusCodes.Status400BadRequest, "event", "an event is named by its id, or as STREAM@VERSION, e.g. skill-retail-return-items@3");
                default:
                    return Problems.Result(StatusCodes.Status404NotFound, "event-unknown", "there is no such event; STREAM@VERSION counts the events of a stream, as `skill history` lists them");
            }
        }
        if (leaf < 0 || leaf >= await tree.SizeAsync(ct) || await tree.LeafAsync(leaf!.Value, ct) is not { } stored)
            return Problems.Result(StatusCodes.Status404NotFound, "leaf-unknown", $"there is no leaf {leaf}; leaves are counted from 0");
        if (stored is not { Record: { } record, Hash: { } hash }) return Damaged($"the event of leaf {leaf} is gone");

        var origin = await identity.OriginAsync(ct);
        var checkpoint = size is { } wanted ? await checkpoints.CoveringAsync(origin, wanted, ct) : await checkpoints.LatestAsync(origin, ct);
        if (size is null && (checkpoint is null || checkpoint.Checkpoint.Size <= leaf))
        {
            await follower.SignAsync(atOnce: true, ct);
            checkpoint = await checkpoints.LatestAsync(origin, ct);
        }
        size ??= checkpoint is { } latest && latest.Checkpoint.Size > leaf ? latest.Checkpoint.Size : await tree.SizeAsync(ct);
        if (checkpoint?.Checkpoint.Size != size) checkpoint = null;
        if (size <= leaf || size > await tree.SizeAsync(ct))
            return Problems.Result(StatusCodes.Status400BadRequest, "size", $"leaf {leaf} can be proved in a tree of {leaf + 1} to {await tree.SizeAsync(ct)} leaves");
        try
        {
            var proof = await tree.InclusionAsync(leaf.Value, size.Value, ct);
            return Results.Ok(new
            {
                Leaf = leaf,
                Size = size,
                Root = (await tree.RootAsync(size.Value, ct)).ToBase64(),
                LeafHash = hash.ToBase64(),
                Text = Encoding.UTF8.GetString(record.Canonical()),
                Proof = proof.Hashes.Select(h => h.ToBase64()),
                Checkpoint = checkpoint?.Note,
                TlogProof = checkpoint is null ? null : TlogProof(proof, checkpoint.Note),
            });
        }
        catch (TreeNodeMissingException e)
        {
            return Damaged(e.Message);
        }
    }

    private static async Task<IResult> ConsistencyAsync(LogTree tree, LogIdentity identity, CheckpointStore checkpoints, long from, CancellationToken ct, long? to = null)
    {
        var all = await tree.SizeAsync(ct);
        to ??= (await checkpoints.LatestAsync(await identity.OriginAsync(ct), ct))?.Checkpoint.Size ?? all;
        if (from < 0 || from > to || to > all)
            return Problems.Result(StatusCodes.Status400BadRequest, "size", string.Create(CultureInfo.InvariantCulture, $"`from` and `to` are sizes, the smaller first, up to {all}"));
        try
        {
            return Results.Ok(new
            {
                From = from,
                To = to,
                FromRoot = (await tree.RootAsync(from, ct)).ToBase64(),
                ToRoot = (await tree.RootAsync(to.Value, ct)).ToBase64(),
                Proof = (await tree.ConsistencyAsync(from, to.Value, ct)).Hashes.Select(h => h.ToBase64()),
            });
        }
        catch (TreeNodeMissingException e)
        {
            return Damaged(e.Message);
        }
    }

    private static async Task<IResult> KeysAsync(LogIdentity identity, CancellationToken ct)
    {
        var origin = await identity.OriginAsync(ct);
        var keys = await identity.KeysAsync(origin, ct: ct);
        return Results.Ok(new { Origin = origin, Current = keys.Current is { } current ? LogKeys.KeyOf(current)?.ToString() : null, Keys = keys.Introduced.Select(Facts) });
    }

    private static async Task<IResult> RotateAsync(RotationBody body, LogCommands commands, CancellationToken ct) =>
        string.IsNullOrWhiteSpace(body.Reason) ? ReasonNeeded() : Answer(await commands.RotateAsync(body.Reason, body.Lost, ct));

    private static async Task<IResult> ForkAsync(ForkBody body, LogCommands commands, CancellationToken ct) =>
        string.IsNullOrWhiteSpace(body.Reason) ? ReasonNeeded() : Answer(await commands.AcceptForkAsync(body.Reason, ct));

    private static IResult Answer(KeyOutcome outcome) => outcome switch
    {
        KeyOutcome.Done done => Results.Ok(new { done.Introduced.Origin, Key = Facts(done.Introduced) }),
        KeyOutcome.Refused refused => Problems.Result(StatusCodes.Status409Conflict, refused.Code, refused.Message),
        _ => throw new InvalidOperationException($"no answer for {outcome}"),
    };

    // C2SP tlog-proof: one text that other tools verify, with the leaf's text and the log's key.
    private static string TlogProof(InclusionProof proof, string note) =>
        string.Create(CultureInfo.InvariantCulture, $"c2sp.org/tlog-proof@v1\nindex {proof.Leaf}\n{string.Concat(proof.Hashes.Select(h => h.ToBase64() + "\n"))}\n{note}");

    private static object Facts(StoredCheckpoint checkpoint) => new
    {
        checkpoint.Checkpoint.Origin,
        checkpoint.Checkpoint.Size,
        Root = checkpoint.Checkpoint.Root.ToBase64(),
        checkpoint.KeyId,
        checkpoint.SignedAt,
        checkpoint.Note,
    };

    private static object Facts(LogEvent.LogKeyIntroduced introduced) => new
    {
        introduced.KeyId,
        Key = LogKeys.KeyOf(introduced)?.ToString(),
        introduced.Replaces,
        introduced.Endorsement,
        introduced.Reason,
    };

    internal static object? Facts(LogStop? stop) => stop is null ? null : new { stop.Code, stop.Reason, WhatToDo = LogStop.WhatToDo, Published = stop.Published?.Size };

    private static IResult NotYet() => Problems.Result(StatusCodes.Status404NotFound, "no-checkpoint", "nothing is signed yet; there is a checkpoint a second after the first events are sealed");

    private static IResult ReasonNeeded() => Problems.Result(StatusCodes.Status400BadRequest, "reason", "a reason is needed: it goes on record");

    private static IResult Damaged(string problem) => Problems.Result(StatusCodes.Status500InternalServerError, "log-damaged", $"{problem}; `audit verify` says more");
}

/// <param name="Lost">The old key cannot vouch for the new one.</param>
internal sealed record RotationBody(string? Reason, bool Lost = false);

internal sealed record ForkBody(string? Reason);
