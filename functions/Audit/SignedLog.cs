using Pipeline.Domain.Ledger.Log;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Log;

namespace Pipeline.Functions.Audit;

/// <summary>The log as it is signed now, and the key to sign more about it.</summary>
public sealed class SignedLog(LogIdentity identity, CheckpointStore checkpoints, ILogKeys keys, LedgerFollower follower)
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
}

/// <param name="Signer">Null when the private half of the log's key is not kept here.</param>
public sealed record SignedState(StoredCheckpoint Checkpoint, LogKeys Keys, ILogSigner? Signer);
