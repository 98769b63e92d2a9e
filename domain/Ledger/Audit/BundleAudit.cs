using System.Globalization;
using System.Text;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Ledger.Audit;

/// <summary>Goes over a bundle, believing nothing but the keys that the auditor kept, and says the first thing that does not hold, or what holds.</summary>
public static class BundleAudit
{
    /// <summary>Every check with what it finds, for docs/audit.md; they are made in this order.</summary>
    public static IReadOnlyList<(string Check, string Finds)> Checks { get; } =
    [
        ("bundle", "it is no bundle of a format that this program knows: not UTF-8 or JSON, a member twice, missing or unknown"),
        ("checkpoint", "the checkpoint is not signed by a key that you kept, or one that such a key leads to by endorsements in the bundle; or not by the last key that the bundle introduces; or it knows nothing of a key of this log that you kept"),
        ("leaf-text", "a leaf's text is not the canonical text of an event"),
        ("proof", "an event is not in the tree of the checkpoint, or not at that place"),
        ("event", "an event of a type that this program knows cannot be read: what it says, a revocation perhaps, would be passed over"),
        ("stream-order", "a stream of the bundle does not begin at version 1, or has a hole, or versions and leaves are in another order; or events are of several tenants"),
        ("stream-ends", "events at the end of a stream are left out: the key that signed the checkpoint does not vouch for where they end"),
        ("version", "the skill's events make no such version, or one number twice, or leave one out; or its parents are others"),
        ("package-digest", "the version's digest is not that of the files it names"),
        ("file", "a file is missing, is another than the version names, or is none of them"),
        ("erasure", "a file is said to be erased, and no event of the bundle says so"),
        ("decision", "a policy made the version, or nobody on record, and the decision is missing, came after it or came to another result"),
        ("policy", "the policy that decided was not published and active then, or its content is another, or neither there nor said to be missing"),
        ("evidence", "an episode behind the version was not admitted as the version says, or only after the decision had read, or had been withdrawn by then"),
        ("run", "a run behind the version was not recorded"),
        ("kept", "a checkpoint that you kept (`--kept`) is of another log, or has another root at the same size"),
    ];

    /// <param name="bundle">Null: it could not be read (<see cref="AuditBundle.TryRead"/>).</param>
    /// <param name="kept">The keys that the auditor has from elsewhere.</param>
    public static BundleVerdict Judge(AuditBundle? bundle, IReadOnlyList<NoteKey> kept)
    {
        if (bundle is null) return Wrong("bundle", -1, "this is no bundle of a format that this program knows");
        if (SignedNote.TryParse(bundle.Checkpoint) is not { } note || Checkpoint.TryParse(note.Text) is not { } checkpoint) return Wrong("checkpoint", -1, "its checkpoint is no signed checkpoint");

        List<(TrailEvent Event, BundleLeaf Leaf)> leaves = [];
        foreach (var leaf in bundle.Leaves)
        {
            if (LeafRecord.TryRead(Encoding.UTF8.GetBytes(leaf.Text)) is not { } record) return Wrong("leaf-text", leaf.Leaf, "this is not the canonical text of an event");
            leaves.Add((TrailEvent.Of(leaf.Leaf, record), leaf));
        }
        var events = leaves.ConvertAll(l => l.Event);
        // An endorsement proves itself: it is believed before the leaf that carries it is.
        var keys = LogKeys.Fold(events.Where(e => e.Record.Tenant == EventContext.DefaultTenant && e.Record.Stream == Streams.Of(Streams.Log, checkpoint.Origin)).Select(e => e.Event));
        var trusted = keys.TrustedFrom(kept);
        var signed = note.Verify(trusted);
        if (!signed.Holds) return Wrong("checkpoint", -1, signed.Problem);
        if (signed.By.FirstOrDefault(k => k.Name == checkpoint.Origin) is not { } signer) return Wrong("checkpoint", -1, $"it is of log {checkpoint.Origin}, and signed with a key of another");

        foreach (var (e, leaf) in leaves)
        {
            if (HashesOf(leaf.Proof) is not { } hashes || !new InclusionProof(leaf.Leaf, checkpoint.Size, hashes).Verify(MerkleHash.OfLeaf(Encoding.UTF8.GetBytes(leaf.Text)), checkpoint.Root))
                return Wrong("proof", e.Leaf, Text($"{e.Record.Stream}@{e.Record.Version} is not at this place of the log that was signed"));
            if (e.Event is UnknownEvent && EventCatalogue.Default.Knows(e.Record.Type)) return Wrong("event", e.Leaf, $"this {e.Record.Type} cannot be read; a newer program may");
        }
        if (OrderProblem(events) is { } order) return order;
        // Only the program's own tenant has the log's stream.
        if (events[0].Record.Tenant == EventContext.DefaultTenant && keys.ProblemOf(signer, checkpoint.Origin, kept) is { Length: > 0 } replaced) return Wrong("checkpoint", -1, replaced);
        if (SignedNote.TryParse(bundle.Ends) is not { } ends || StreamEnds.SignedAt(ends.Text) is not { } signedAt || ends.Text != StreamEnds.Text(checkpoint, bundle.Skill, bundle.Version, events, signedAt))
            return Wrong("stream-ends", -1, "what is signed about where the streams end is about other events than these");
        // Of all the keys that are trusted, only the one that speaks for the log now: another may be long given up, or of another log.
        if (ends.Verify([signer]) is { Holds: false } unsigned) return Wrong("stream-ends", -1, unsigned.Problem);

        var trail = new VersionTrail(bundle.Skill, bundle.Version, events);
        if (trail.Version is not { } version || trail.Content is not { } content) return Wrong("version", -1, Text($"the events make no version {bundle.Version} of {bundle.Skill}"));
        if (trail.Numbering is { Length: > 0 } numbering || version.Number != bundle.Version || content.Package.Digest != version.PackageDigest)
            return Wrong("version", -1, trail.Numbering is { Length: > 0 } why ? why : Text($"the events tell of version {bundle.Version} in two ways"));
        if (trail.Skill.Id != bundle.Skill) return Wrong("version", -1, $"the events of {Streams.Of(Streams.Skill, bundle.Skill)} are about skill {trail.Skill.Id}");
        if (!bundle.Parents.SequenceEqual(trail.Skill.SourcesOf(version))) return Wrong("version", -1, "the parents are others than the events say");
        var problem = PackageProblem(bundle, trail, version) ?? DecisionProblem(trail, version) ?? (trail.Origin == version ? null : DecisionProblem(trail, trail.Origin!))
            ?? ContentProblem(bundle, trail) ?? EvidenceProblem(trail, content);
        if (problem is not null) return problem;

        var provenance = VersionProvenance.Of(trail, checkpoint.Size, [.. content.Sections.Select(s => new SectionOrigin(s.Section, trail))]);
        return new(null, checkpoint, signer, provenance, events.Count)
        {
            Tenant = events[0].Record.Tenant ?? "",
            SignedAt = signedAt,
            MissingPolicies = [.. bundle.Policies.Where(p => p.Missing is true).Select(p => p.Digest)],
        };
    }

    private static IReadOnlyList<MerkleHash>? HashesOf(IReadOnlyList<string> proof)
    {
        var hashes = new MerkleHash[proof.Count];
        for (var i = 0; i < proof.Count; i++)
            if (!MerkleHash.TryParse(proof[i], out hashes[i])) return null;
        return hashes;
    }

    private static BundleVerdict? OrderProblem(IReadOnlyList<TrailEvent> events)
    {
        var last = new Dictionary<string, long>(StringComparer.Ordinal);
        var leaf = -1L;
        foreach (var e in events)
        {
            if (e.Leaf <= leaf) return Wrong("stream-order", e.Leaf, "leaves are not in their order, or one is there twice");
            if (e.Record.Tenant != events[0].Record.Tenant || e.Record.Stream is not { } stream) return Wrong("stream-order", e.Leaf, "this event is of another tenant, or of no stream");
            var expected = last.GetValueOrDefault(stream) + 1;
            if (e.Record.Version != expected) return Wrong("stream-order", e.Leaf, Text($"{stream} was to have version {expected} here, and has {e.Record.Version}"));
            (leaf, last[stream]) = (e.Leaf, expected);
        }
        return null;
    }

    private static BundleVerdict? PackageProblem(AuditBundle bundle, VersionTrail trail, SkillVersion version)
    {
        if (PackageManifest.DigestOf(version.Package.Files) != version.PackageDigest) return Wrong("package-digest", -1, $"{version.PackageDigest} is not the digest of the files that the version names");
        var named = version.Package.Files;
        if (bundle.Files.Count != named.Count) return Wrong("file", -1, Text($"the version has {named.Count} files, and the bundle {bundle.Files.Count}"));
        for (var i = 0; i < named.Count; i++)
        {
            var (entry, file) = (named[i], bundle.Files[i]);
            if (file.Path != entry.Path || file.Mode != entry.Mode) return Wrong("file", -1, $"the version has {entry.Path} ({entry.Mode}) where the bundle has {file.Path} ({file.Mode})");
            if (file.Content is { } encoded)
            {
                if (file.Erased is not null || StrictBase64.Read(encoded) is not { } bytes || Digest.Of(bytes) != entry.Sha256 || bytes.Length != entry.Size) return Wrong("file", -1, $"{entry.Path} is not what the version names: {entry.Sha256}");
            }
            else if (file.Erased is not { } at)
            {
                return Wrong("file", -1, $"{entry.Path} is missing, and nothing says that it was erased");
            }
            else if (trail.ErasureOf(entry.Sha256)?.Leaf != at)
            {
                return Wrong("erasure", at, $"{entry.Path} is said to be erased at leaf {at.ToString(CultureInfo.InvariantCulture)}, and no event there says so");
            }
        }
        return null;
    }

    // What a person did needs no decision: the event itself names the person.
    private static BundleVerdict? DecisionProblem(VersionTrail trail, SkillVersion version)
    {
        if (trail.MadeBy(version.Number) is not { } made) return Wrong("version", -1, Text($"nothing made version {version.Number}"));
        if (trail.DecisionOn(version) is not { } decision)
        {
            return made.Actor switch
            {
                null => Wrong("decision", made.Leaf, Text($"who made version {version.Number} is not on record, and no decision came to that before")),
                { Kind: ActorKind.Policy } policy => Wrong("decision", made.Leaf, Text($"policy {policy.Id} made version {version.Number}, and no decision came to that before")),
                _ => null,
            };
        }
        if (decision.Event is not FamilyEvent.CurationDecided decided) return null;
        if (decided.Leaf >= decision.Leaf) return Wrong("decision", decision.Leaf, Text($"it says that it had read up to leaf {decided.Leaf}, which came later"));
        if (trail.Publication(decided.Policy, decision.Leaf) is null) return Wrong("policy", decision.Leaf, Text($"{decided.Policy.Id}@{decided.Policy.Version} decided, and had not been published"));
        var asOf = decided.Sweep?.Leaf ?? decided.Leaf;
        return decided.Policy == trail.ActiveAt(asOf) || decided.Policy == trail.ActiveAt(decision.Leaf)
            ? null
            : Wrong("policy", decision.Leaf, Text($"{decided.Policy.Id}@{decided.Policy.Version} decided, and was not active then"));
    }

    private static BundleVerdict? ContentProblem(AuditBundle bundle, VersionTrail trail)
    {
        var decided = trail.DecidingPolicies;
        if (!bundle.Policies.Select(p => p.Digest).SequenceEqual(decided, StringComparer.Ordinal))
        {
            return Wrong("policy", -1, decided.Except(bundle.Policies.Select(p => p.Digest), StringComparer.Ordinal).FirstOrDefault() is { } absent
                ? $"the policy {absent} decided, and neither is it here nor said to be missing"
                : "there are policies that did not decide, or they are not in their order");
        }
        foreach (var policy in bundle.Policies)
        {
            if (policy is { Content: null, Missing: true }) continue;
            if (policy is not { Content: { } encoded, Missing: null } || StrictBase64.Read(encoded) is not { } bytes || Digest.Of(bytes) != policy.Digest) return Wrong("policy", -1, $"the content of {policy.Digest} is another");
        }
        return null;
    }

    private static BundleVerdict? EvidenceProblem(VersionTrail trail, VersionContent content)
    {
        foreach (var evidence in content.Evidence)
        {
            if (trail.Admission(evidence) is not { Event: FamilyEvent.EvidenceAdmitted admitted } admission) return Unadmitted(trail, evidence);
            if (new EvidenceReference(admitted.EvidenceId, admitted.TrajectoryId, admitted.FirstStep, admitted.LastStep) != evidence) return Wrong("evidence", admission.Leaf, $"episode {evidence.EvidenceId} was admitted as another than the version says");
            if (trail.Run(evidence.TrajectoryId) is not { } run || run.Facts.TrajectoryId != evidence.TrajectoryId) return Wrong("run", -1, $"run {evidence.TrajectoryId} is not on record");
        }
        var known = content.Evidence.Select(e => e.EvidenceId).ToHashSet(StringComparer.Ordinal);
        return content.Sections.SelectMany(s => s.EvidenceIds).FirstOrDefault(id => !known.Contains(id)) is { } stray
            ? Wrong("evidence", -1, $"a section names episode {stray}, and the version does not")
            : null;
    }

    private static BundleVerdict Unadmitted(VersionTrail trail, EvidenceReference evidence) => trail.Withdrawal(evidence.EvidenceId) is { } withdrawn && withdrawn.Leaf <= trail.ReadThrough
        ? Wrong("evidence", withdrawn.Leaf, $"episode {evidence.EvidenceId} had been withdrawn when the version was made from it")
        : Wrong("evidence", -1, $"episode {evidence.EvidenceId} had not been admitted, or was withdrawn, when the version was made from it");

    private static BundleVerdict Wrong(string check, long leaf, string what) => new(new(check, leaf, what), null, null, null, 0);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What is to be said of a bundle: either the problem, or all the rest.</summary>
/// <param name="Problem">The first thing that does not hold; its leaf is -1 where it is about none.</param>
/// <param name="SignedBy">The key whose signature of the checkpoint holds.</param>
/// <param name="Events">How many events were proved.</param>
public sealed record BundleVerdict(AuditFinding? Problem, Checkpoint? Checkpoint, NoteKey? SignedBy, VersionProvenance? Provenance, int Events)
{
    public bool Holds => Problem is null;

    /// <summary>Whose events they are; empty when it does not hold.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>Policies that decided, and whose content who made the bundle did not have: what they say cannot be read from it.</summary>
    public IReadOnlyList<string> MissingPolicies { get; init; } = [];

    /// <summary>When the log's key said where the streams end: of what came after, the bundle knows nothing.</summary>
    public DateTimeOffset SignedAt { get; init; }
}
