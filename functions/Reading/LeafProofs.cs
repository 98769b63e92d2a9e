using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Log;

namespace Pipeline.Functions.Reading;

/// <summary>Whether the log proves a leaf: its record hashes as it was sealed, and the last signed checkpoint includes it. The log's own word is taken
/// for its keys; who kept a key checks with that, by <c>audit proof --key</c>.</summary>
public sealed class LeafProofs(LogTree tree, LogIdentity identity, CheckpointStore checkpoints)
{
    public async Task<LeafProof> OfAsync(long leaf, CancellationToken ct) =>
        await tree.LeafAsync(leaf, ct) is { } stored ? (await OfAsync([stored], ct))[leaf] : LeafProof.NoLeaf;

    /// <summary>Of each leaf, against one checkpoint.</summary>
    public async Task<IReadOnlyDictionary<long, LeafProof>> OfAsync(IReadOnlyList<StoredLeaf> leaves, CancellationToken ct)
    {
        var origin = await identity.OriginAsync(ct);
        var latest = await checkpoints.LatestAsync(origin, ct);
        var proofs = leaves.ToDictionary(leaf => leaf.Index, leaf => WithoutSignature(leaf, latest));
        if (latest is null) return proofs;

        var signature = await SignatureProblemAsync(latest, origin, ct);
        foreach (var (leaf, problem) in await InclusionProblemsAsync([.. leaves.Where(leaf => proofs[leaf.Index].Holds)], latest, ct))
        {
            proofs[leaf.Index] = new(problem.Length > 0 ? problem : signature)
            {
                Hash = leaf.Hash!.Value.ToString(),
                Size = latest.Checkpoint.Size,
                SignedAt = latest.SignedAt,
                Origin = origin,
                KeyId = latest.KeyId,
            };
        }
        return proofs;
    }

    private static LeafProof WithoutSignature(StoredLeaf leaf, StoredCheckpoint? latest)
    {
        if (leaf.Hash is not { } hash) return new("it has no hash yet") { IsOpen = true };
        if (leaf.Record is null) return new("its event is gone") { Hash = hash.ToString() };
        if (!leaf.Holds) return new("its event is not what was sealed") { Hash = hash.ToString() };
        return latest is null || latest.Checkpoint.Size <= leaf.Index ? new("no signed checkpoint includes it yet") { Hash = hash.ToString(), IsOpen = true } : new("");
    }

    private async Task<IEnumerable<(StoredLeaf Leaf, string Problem)>> InclusionProblemsAsync(IReadOnlyList<StoredLeaf> leaves, StoredCheckpoint latest, CancellationToken ct)
    {
        try
        {
            var proofs = await tree.InclusionsAsync([.. leaves.Select(leaf => leaf.Index)], latest.Checkpoint.Size, ct);
            return leaves.Zip(proofs, (leaf, proof) => (leaf, proof.Verify(leaf.Hash!.Value, latest.Checkpoint.Root) ? "" : "the signed checkpoint does not include it"));
        }
        catch (TreeNodeMissingException e) when (leaves.Count == 1)
        {
            return [(leaves[0], $"the log's tree is damaged: {e.Message}")];
        }
        catch (TreeNodeMissingException)
        {
            // The gap is in the way of some of them only.
            List<(StoredLeaf, string)> each = [];
            foreach (var leaf in leaves) each.AddRange(await InclusionProblemsAsync([leaf], latest, ct));
            return each;
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
    public static LeafProof NoLeaf { get; } = new("there is no such leaf");

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
