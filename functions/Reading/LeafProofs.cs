using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Log;

namespace Pipeline.Functions.Reading;

/// <summary>Whether the log proves a leaf: its record hashes as it was sealed, and the last signed checkpoint includes it. The log's own word is taken
/// for its keys; who kept a key checks with that, by <c>audit proof --key</c>.</summary>
public sealed class LeafProofs(LogTree tree, LogIdentity identity, CheckpointStore checkpoints)
{
    public async Task<LeafProof> OfAsync(long leaf, CancellationToken ct)
    {
        if (await tree.LeafAsync(leaf, ct) is not { } stored) return new("there is no such leaf");
        if (stored.Hash is not { } hash) return new("it has no hash yet") { IsOpen = true };
        if (stored.Record is null) return new("its event is gone") { Hash = hash.ToString() };
        if (!stored.Holds) return new("its event is not what was sealed") { Hash = hash.ToString() };

        var origin = await identity.OriginAsync(ct);
        if (await checkpoints.LatestAsync(origin, ct) is not { } latest || latest.Checkpoint.Size <= leaf)
            return new("no signed checkpoint includes it yet") { Hash = hash.ToString(), IsOpen = true };
        return new(await ProblemAsync(leaf, hash, latest, origin, ct))
        {
            Hash = hash.ToString(),
            Size = latest.Checkpoint.Size,
            SignedAt = latest.SignedAt,
            Origin = origin,
            KeyId = latest.KeyId,
        };
    }

    private async Task<string> ProblemAsync(long leaf, MerkleHash hash, StoredCheckpoint latest, string origin, CancellationToken ct)
    {
        try
        {
            if (!(await tree.InclusionAsync(leaf, latest.Checkpoint.Size, ct)).Verify(hash, latest.Checkpoint.Root)) return "the signed checkpoint does not include it";
        }
        catch (TreeNodeMissingException e)
        {
            return $"the log's tree is damaged: {e.Message}";
        }
        var keys = (await identity.KeysAsync(origin, ct: ct)).Introduced.Select(LogKeys.KeyOf).OfType<NoteKey>();
        return SignedNote.TryParse(latest.Note) is not { } note ? "the checkpoint cannot be read"
            : note.Text != latest.Checkpoint.Text() ? "the checkpoint says something else than its signed note"
            : note.Verify(keys) is { Holds: false, Problem: var problem } ? $"the checkpoint's signature does not hold: {problem}"
            : "";
    }
}

/// <param name="Problem">Why it is not proved; empty when it is.</param>
public sealed record LeafProof(string Problem)
{
    /// <summary>Nothing is wrong: it is only not proved yet.</summary>
    public bool IsOpen { get; init; }

    /// <summary>The leaf's hash in hexadecimal; empty where there is none.</summary>
    public string Hash { get; init; } = "";

    /// <summary>How many leaves the checkpoint is over; null where none includes it.</summary>
    public long? Size { get; init; }
    public DateTimeOffset? SignedAt { get; init; }
    public string Origin { get; init; } = "";
    public string KeyId { get; init; } = "";
    public bool Holds => Problem.Length == 0;
}
