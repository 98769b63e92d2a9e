using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Log;

namespace Pipeline.Functions.Reading;

/// <summary>Whether the log proves a leaf: its record hashes as it was sealed, and the last signed checkpoint includes it. The log's own word is taken
/// for its keys; who kept a key checks with that, by <c>audit proof --key</c>.</summary>
public sealed class LeafProofs(LogTree tree, LogIdentity identity, CheckpointStore checkpoints)
{
    public async Task<LeafProof> OfAsync(long leaf, CancellationToken ct) => (await OfAsync([leaf], ct))[leaf];

    /// <summary>Of each leaf, against one checkpoint.</summary>
    public async Task<IReadOnlyDictionary<long, LeafProof>> OfAsync(IReadOnlyCollection<long> leaves, CancellationToken ct)
    {
        var origin = await identity.OriginAsync(ct);
        var latest = await checkpoints.LatestAsync(origin, ct);
        var signature = latest is null ? "" : await SignatureProblemAsync(latest, origin, ct);
        var proofs = new Dictionary<long, LeafProof>();
        foreach (var leaf in leaves.Distinct()) proofs[leaf] = await OfAsync(leaf, latest, signature, origin, ct);
        return proofs;
    }

    private async Task<LeafProof> OfAsync(long leaf, StoredCheckpoint? latest, string signature, string origin, CancellationToken ct)
    {
        if (await tree.LeafAsync(leaf, ct) is not { } stored) return new("there is no such leaf");
        if (stored.Hash is not { } hash) return new("it has no hash yet") { IsOpen = true };
        if (stored.Record is null) return new("its event is gone") { Hash = hash.ToString() };
        if (!stored.Holds) return new("its event is not what was sealed") { Hash = hash.ToString() };

        if (latest is null || latest.Checkpoint.Size <= leaf)
            return new("no signed checkpoint includes it yet") { Hash = hash.ToString(), IsOpen = true };
        return new(await InclusionProblemAsync(leaf, hash, latest, ct) is { Length: > 0 } problem ? problem : signature)
        {
            Hash = hash.ToString(),
            Size = latest.Checkpoint.Size,
            SignedAt = latest.SignedAt,
            Origin = origin,
            KeyId = latest.KeyId,
        };
    }

    private async Task<string> InclusionProblemAsync(long leaf, MerkleHash hash, StoredCheckpoint latest, CancellationToken ct)
    {
        try
        {
            return (await tree.InclusionAsync(leaf, latest.Checkpoint.Size, ct)).Verify(hash, latest.Checkpoint.Root) ? "" : "the signed checkpoint does not include it";
        }
        catch (TreeNodeMissingException e)
        {
            return $"the log's tree is damaged: {e.Message}";
        }
    }

    private async Task<string> SignatureProblemAsync(StoredCheckpoint latest, string origin, CancellationToken ct)
    {
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

    /// <summary>Something was altered, or is gone.</summary>
    public bool Fails => !Holds && !IsOpen;
}
