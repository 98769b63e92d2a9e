using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Audit;

/// <summary>Makes the file in which a version goes to an auditor: docs/audit.md.</summary>
public sealed class Bundles(VersionTrails trails, SignedLog log, EventStore store, TimeProvider time)
{
    /// <exception cref="LogDamagedException">An event is not what was sealed, or is gone: nothing is signed about it.</exception>
    /// <exception cref="TreeNodeMissingException">A hash of its tree is.</exception>
    /// <exception cref="ContentCorruptedException">A file is not what its digest says.</exception>
    public async Task<BundleOutcome> MakeAsync(string skillId, int number, CancellationToken ct)
    {
        var toSign = await log.ToSignAsync(ct);
        if (toSign is ToSign.Refused refused) return new BundleOutcome.Refused(refused.Code, refused.Message);
        var signed = (ToSign.Ready)toSign;
        var checkpoint = signed.Checkpoint.Checkpoint;
        if (await trails.ReadAsync(skillId, number, checkpoint.Size, checkpoint.Origin, ct) is not { } trail) return new BundleOutcome.NoVersion();
        var proofs = await trails.ProveAsync(trail.Events, checkpoint, ct);
        var (version, problem) = (trail.Version!, "");
        var contents = await store.ReadContentsAsync([.. version.Package.Files.Select(f => f.Sha256).Concat(trail.DecidingPolicies).Distinct(StringComparer.Ordinal)], ct);
        List<BundleFile> files = [];
        foreach (var file in version.Package.Files)
        {
            if (contents.TryGetValue(file.Sha256, out var content)) files.Add(new(file.Path, file.Mode, Convert.ToBase64String(content)));
            else if (trail.ErasureOf(file.Sha256) is { } erased) files.Add(new(file.Path, file.Mode, Erased: erased.Leaf));
            else problem = $"its file {file.Path} is missing, and no sealed event says that it was erased; `audit verify` says more";
        }
        if (problem.Length > 0) return new BundleOutcome.Refused("file-missing", problem);

        var text = StreamEnds.Text(checkpoint, skillId, number, trail.Events, time.GetUtcNow());
        var ends = SignedNote.Of(text, NoteSignature.By(signed.Signer.Key, await signed.Signer.SignAsync(SignedNote.SignedBytes(text), ct)));
        return new BundleOutcome.Made(new(
            AuditBundle.Format1, skillId, number, signed.Checkpoint.Note, ends.ToString(),
            [.. trail.Events.Zip(proofs, (e, proof) => new BundleLeaf(e.Leaf, Encoding.UTF8.GetString(e.Record.Canonical()), [.. proof.Hashes.Select(h => h.ToBase64())]))],
            files,
            [.. trail.DecidingPolicies.Select(d => contents.TryGetValue(d, out var policy) ? new BundleContent(d, Convert.ToBase64String(policy)) : new BundleContent(d, Missing: true))],
            trail.Skill.SourcesOf(version)));
    }
}

public abstract record BundleOutcome
{
    private BundleOutcome() { }

    public sealed record Made(AuditBundle Bundle) : BundleOutcome;

    public sealed record NoVersion : BundleOutcome;

    public sealed record Refused(string Code, string Message) : BundleOutcome;
}
