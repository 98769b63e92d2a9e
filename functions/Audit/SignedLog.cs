using Pipeline.Domain.Ledger.Log;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Audit;

/// <summary>The log as it is signed now, and the key to sign more about it.</summary>
public sealed class SignedLog(LogIdentity identity, CheckpointStore checkpoints, ILogKeys keys, GoneLeaves gone, Sealer sealer, LedgerFollower follower)
{
    /// <summary>With everything that is sealed, if it can be signed.</summary>
    /// <returns>Null when nothing is signed yet.</returns>
    public async Task<SignedState?> NowAsync(CancellationToken ct)
    {
        await follower.SignAsync(atOnce: true, ct);
        var origin = await identity.OriginAsync(ct);
        if (await checkpoints.LatestAsync(origin, ct) is not { } checkpoint) return null;
        var known = await identity.KeysAsync(origin, checkpoint.Checkpoint.Size, ct);
        var signer = known.Current is { } current && LogKeys.KeyOf(current) is { } key ? await keys.FindAsync(key, ct) : null;
        return new(checkpoint, known, signer);
    }

    /// <summary>With what the key is to sign more about it: only a log that goes on from what was published and has all its events.</summary>
    public async Task<ToSign> ToSignAsync(CancellationToken ct)
    {
        if (await NowAsync(ct) is not { } now) return new ToSign.Refused("no-checkpoint", "nothing is signed yet; there is a checkpoint a second after the first events are sealed");
        if (sealer.Guard.Stopped is { } stop) return new ToSign.Refused(stop.Code, $"nothing is signed while the log is stopped: {stop.Reason}; docs/audit.md says what to do");
        if (now.Signer is not { } signer) return new ToSign.Refused("log-key-away", "the log's key is not kept here, and this is signed with it: put the key's file back");
        // Whose event it was cannot be told any more: it may be one of those to be vouched for.
        if (await gone.FirstAsync(now.Checkpoint.Checkpoint.Size, ct) is { } leaf) return new ToSign.Refused("log-damaged", $"the event of leaf {leaf} is gone, and nothing is signed that may lack it; `audit verify` says more");
        return new ToSign.Ready(now.Checkpoint, now.Keys, signer);
    }
}

public abstract record ToSign
{
    private ToSign() { }

    public sealed record Ready(StoredCheckpoint Checkpoint, LogKeys Keys, ILogSigner Signer) : ToSign;

    /// <param name="Code">Stable, for programs.</param>
    public sealed record Refused(string Code, string Message) : ToSign;
}

/// <param name="Signer">Null when the private half of the log's key is not kept here.</param>
public sealed record SignedState(StoredCheckpoint Checkpoint, LogKeys Keys, ILogSigner? Signer);
