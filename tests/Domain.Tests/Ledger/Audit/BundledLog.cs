using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Policies;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Domain.Tests.Ledger.Audit;

/// <summary>A small log of its own making: three runs, a family, a skill of two versions, one of whose files was erased since, and a key that was changed.</summary>
internal sealed class BundledLog
{
    public const string Origin = "library.test/log", SkillId = "renew-loan", FamilyId = "library.renew-loan";

    private static readonly (NoteKey Key, ECDsa Private) OldPair = NewKey(), NewPair = NewKey(), StrangePair = NewKey(), OtherPair = NewKey("other.test/log");
    private static readonly byte[] Policy = Encoding.UTF8.GetBytes("id: default\nversion: 1\n");

    private readonly List<(LeafRecord Record, ILedgerEvent Event)> _events = [];
    private readonly Dictionary<string, long> _versions = new(StringComparer.Ordinal);

    public static NoteKey OldKey => OldPair.Key;
    public static NoteKey NewKeyOfLog => NewPair.Key;
    public static NoteKey Stranger => StrangePair.Key;

    /// <summary>Of another log, which an auditor may well keep beside this one's.</summary>
    public static NoteKey KeyOfAnotherLog => OtherPair.Key;

    public static PolicyReference Reference { get; } = new("default", 1, Digest.Of(Policy));

    public static Package First { get; } = Package.OfText(("SKILL.md", "---\nname: renew-loan\n---\n\n# Renew\n\n## Steps\n\nLook.\n\n## Pitfalls\n\nHolds.\n"));
    public static Package Second { get; } = Package.OfText(("SKILL.md", "---\nname: renew-loan\n---\n\n# Renew\n\n## Steps\n\nLook, then renew.\n\n## Pitfalls\n\nHolds.\n"), ("references/quote.md", "a quote"));

    /// <summary>What an event of a curated version is recorded with, unless a test wants it otherwise.</summary>
    public Func<ILedgerEvent, ILedgerEvent?> Change { get; init; } = e => e;

    /// <summary>Recorded without saying who did it.</summary>
    public Func<ILedgerEvent, bool> IsAnonymous { get; init; } = _ => false;

    public static BundledLog Build(
        Func<ILedgerEvent, ILedgerEvent?>? change = null, Func<ILedgerEvent, bool>? isAnonymous = null,
        IReadOnlyList<ILedgerEvent>? lateOnPolicies = null, IReadOnlyList<ILedgerEvent>? lateOnFamily = null, IReadOnlyList<ILedgerEvent>? lateOnSkill = null,
        IReadOnlyList<ILedgerEvent>? onFamilyBeforeDecisions = null, IReadOnlyList<ILedgerEvent>? lateOnFirstRun = null, string madeBy = "policy:default", string tenant = EventContext.DefaultTenant)
    {
        var log = new BundledLog { Change = change ?? (e => e), IsAnonymous = isAnonymous ?? (_ => false), Tenant = tenant };
        var (pitfalls, steps) = (new SectionEvidence("Pitfalls", ["e1"]), new SectionEvidence("Steps", ["e1", "e2"]));
        log.Add("log", Origin, "system:pipeline", Introduced(OldPair.Key, null, null));
        log.Add("policy", PolicyShelf.Id, "admin:ada", new PolicyEvent.PolicyPublished("default", 1, Reference.Digest, Policy.Length), new PolicyEvent.PolicyActivated("default", 1, Reference.Digest, "shipped"));
        log.Add("family", FamilyId, "emitter:desk", new FamilyEvent.FamilyOpened(FamilyId, "library", "renew_loan"));
        foreach (var n in Enumerable.Range(1, 3))
        {
            log.Add("trajectory", $"t{n}", "emitter:desk", Recorded(n));
            log.Add("family", FamilyId, "emitter:desk", Admitted(n));
            log.Add("trajectory", $"noise{n}", "emitter:desk", new TrajectoryEvent.TrajectoryRejected($"noise{n}", "desk", $"{n}", "empty"));
        }
        log.Add("family", FamilyId, "admin:ada", late: true, onFamilyBeforeDecisions ?? []);
        log.Add("family", FamilyId, "policy:default", Decided(CurationOperation.Create, 1, First, log.Count - 2));
        log.Add("skill", SkillId, madeBy, new SkillEvent.SkillCreated
        {
            SkillId = SkillId,
            Name = SkillId,
            Origin = SkillOrigin.Learned,
            FamilyId = FamilyId,
            Environment = "library",
            Kind = SkillKind.Functional,
            Content = Content(First, [pitfalls, steps], 1, 2),
        });
        log.Add("skill", SkillId, "validator:lint", Completed(1, First));
        log.Add("family", FamilyId, "policy:default", Decided(CurationOperation.Improve, 2, Second, log.Count - 1));
        log.Add("skill", SkillId, madeBy, new SkillEvent.SkillImproved(2, 1, Content(Second, [pitfalls, new("Steps", ["e2", "e3"])], 1, 2, 3), [new(SectionEditKind.Changed, "Steps", Digest.Of("a"), Digest.Of("b"))]));
        log.Add("log", Origin, "admin:ada", Introduced(NewPair.Key, OldPair.Key, OldPair.Private));
        log.Add("skill", SkillId, "validator:lint", Completed(2, Second), new SkillEvent.TierDecided(2, Second.Digest, Tier.Q, Tier.T1, "strict@1", ["lint"], ["no approval"]),
            new SkillEvent.ApprovalGiven(Second.Digest, "ada", "read it"), new SkillEvent.AliasMoved("latest", null, 2, "T1"));
        log.Add("trajectory", "t3", "admin:ada", new TrajectoryEvent.SubjectErased("patron", "hmac-sha256:3", "asked") { Purged = [Second.Files[1].Sha256] });
        log.Add("trajectory", "t1", "emitter:desk", late: true, lateOnFirstRun ?? []);
        log.Add("policy", PolicyShelf.Id, "admin:ada", late: true, lateOnPolicies ?? []);
        log.Add("family", FamilyId, "policy:default", late: true, lateOnFamily ?? []);
        log.Add("skill", SkillId, "policy:default", late: true, lateOnSkill ?? []);
        return log;
    }

    public static DateTimeOffset SignedAt { get; } = DateTimeOffset.UnixEpoch.AddDays(1);

    public string Tenant { get; init; } = EventContext.DefaultTenant;

    public int Count => _events.Count;

    public Checkpoint Checkpoint => new(Origin, _events.Count, Root(_events.Count));

    /// <summary>With everything that the version needs.</summary>
    public AuditBundle Bundle(int version = 2, Func<TrailEvent, bool>? among = null, IReadOnlyList<TrailEvent>? vouched = null)
    {
        var trail = new VersionTrail(SkillId, version, [.. Events().Where(e => e.Event is not TrajectoryEvent.TrajectoryRejected).Where(among ?? (_ => true))]);
        var package = version == 1 ? First : Second;
        return new(
            AuditBundle.Format1, SkillId, version, Signed(Checkpoint.Text(), NewPair).ToString(), Signed(StreamEnds.Text(Checkpoint, SkillId, version, vouched ?? trail.Events, SignedAt), NewPair).ToString(),
            [.. trail.Events.Select(e => new BundleLeaf(e.Leaf, Encoding.UTF8.GetString(e.Record.Canonical()), ProofOf(e.Leaf)))],
            [.. package.Files.Select(f => trail.ErasureOf(f.Sha256) is { } erased ? new BundleFile(f.Path, f.Mode, Erased: erased.Leaf) : new BundleFile(f.Path, f.Mode, Convert.ToBase64String(f.Content)))],
            [.. trail.DecidingPolicies.Select(d => new BundleContent(d, Convert.ToBase64String(Policy)))],
            version == 1 ? [] : [new(SkillId, 1, First.Digest)]);
    }

    public IReadOnlyList<TrailEvent> Events() => [.. _events.Select((e, leaf) => TrailEvent.Of(leaf, e.Record))];

    public static SignedNote SignedByStranger(string text) => Signed(text, StrangePair);

    public static SignedNote SignedByOldKey(string text) => Signed(text, OldPair);

    public static SignedNote SignedByAnotherLog(string text) => Signed(text, OtherPair);

    public static byte[] SignedBytesByNewKey(byte[] bytes) => SignedBytes(NewPair.Private, bytes);

    public static byte[] SignedBytesByOldKey(byte[] bytes) => SignedBytes(OldPair.Private, bytes);

    public static byte[] SignedBytesByAnotherLog(byte[] bytes) => SignedBytes(OtherPair.Private, bytes);

    private static byte[] SignedBytes(ECDsa key, byte[] bytes) => key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    public LogKeys Keys => LogKeys.Fold(_events.Select(e => e.Event));

    private static SignedNote Signed(string text, (NoteKey Key, ECDsa Private) by) =>
        SignedNote.Of(text, NoteSignature.By(by.Key, by.Private.SignData(SignedNote.SignedBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));

    private static (NoteKey, ECDsa) NewKey(string name = Origin)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return (NoteKey.OfEcdsa(name, key.ExportSubjectPublicKeyInfo()), key);
    }

    private static LogEvent.LogKeyIntroduced Introduced(NoteKey key, NoteKey? old, ECDsa? signer) => new(
        Origin, key.Name, key.IdText, Convert.ToBase64String(key.PublicKey), old?.IdText,
        old is null ? null : Signed(KeyEndorsement.Text(Origin, key), (old, signer!)).ToString(), "for the test");

    private static TrajectoryEvent.TrajectoryRecorded Recorded(int n) => new()
    {
        TrajectoryId = $"t{n}",
        Source = "https://library.test/desk",
        SourceId = $"run-{n}",
        Subject = "patron",
        Task = $"task-{n}",
        Environment = "library",
        Agent = "a",
        Model = "model-a",
        Harness = "h",
        Outcome = new(true, 1, VerifiedBy.Verifier),
        SkillUsage = SkillUsage.None,
        Steps = 9,
        ToolCalls = 4,
        Payload = new($"hmac-sha256:{n}", 100, $"p{n}"),
        Episodes = [new($"e{n}", FamilyId, 1, 4)],
        Redactions = ImmutableDictionary<string, int>.Empty,
    };

    public static FamilyEvent.EvidenceAdmitted Admitted(int n) => new()
    {
        EvidenceId = $"e{n}",
        TrajectoryId = $"t{n}",
        Source = "https://library.test/desk",
        Task = $"task-{n}",
        Model = "model-a",
        FirstStep = 1,
        LastStep = 4,
        Outcome = new(true, 1, VerifiedBy.Verifier),
        Sketch = new(["find_member", "renew_loan"], 2, 0, Digest.Of($"{n}")),
        Loaded = [],
        Taint = [],
    };

    private static FamilyEvent.CurationDecided Decided(CurationOperation operation, int version, Package package, long leaf) => new()
    {
        Operation = operation,
        ThroughEvidence = 3,
        Leaf = leaf,
        At = DateTimeOffset.UnixEpoch,
        Policy = Reference,
        Candidates = [],
        Scores = ImmutableDictionary<string, double>.Empty,
        Thresholds = ImmutableDictionary<string, double>.Empty,
        ReasonCode = "enough",
        Reason = "enough successes",
        Result = new(SkillId, version, package.Digest),
    };

    private static SkillEvent.ValidationCompleted Completed(int version, Package package) =>
        new($"job-{version}", version, package.Digest, "lint", "1", Digest.Of("rules"), Verdict.Passed, ImmutableDictionary<string, double>.Empty, Digest.Of("report"));

    private static VersionContent Content(Package package, IReadOnlyList<SectionEvidence> sections, params int[] runs) => new()
    {
        Description = "Renews a loan.",
        Package = package.Manifest,
        Composer = new("miner", "1"),
        Rationale = "seen often",
        Sections = sections,
        Evidence = [.. runs.Select(n => new EvidenceReference($"e{n}", $"t{n}", 1, 4))],
    };

    private void Add(string type, string id, string actor, params IReadOnlyList<ILedgerEvent> events) => Add(type, id, actor, late: false, events);

    // What comes late is what a test asks for as it is.
    private void Add(string type, string id, string actor, bool late, IReadOnlyList<ILedgerEvent> events)
    {
        foreach (var wanted in events)
        {
            if ((late ? wanted : Change(wanted)) is not { } e) continue;
            var stream = Streams.Of(type, id);
            var version = _versions[stream] = _versions.GetValueOrDefault(stream) + 1;
            _events.Add((new()
            {
                Tenant = Tenant,
                Stream = stream,
                Version = version,
                Id = new Guid(_events.Count, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]),
                Type = EventCatalogue.Default.AliasOf(e),
                At = DateTimeOffset.UnixEpoch.AddMinutes(_events.Count),
                Correlation = "c",
                Causation = "m",
                Headers = IsAnonymous(e) ? null : $"{{\"actor\":\"{actor}\",\"decidedBy\":\"default@1\"}}",
                Data = EventCatalogue.Write(e),
            }, e));
        }
    }

    private MerkleHash Root(int size) => CompactRange.Empty.Append(_events.Take(size).Select(e => e.Record.Hash()), null).Root();

    private IReadOnlyList<string> ProofOf(long leaf) => [.. InclusionProof.Build(leaf, _events.Count, HashOf).Hashes.Select(h => h.ToBase64())];

    private MerkleHash HashOf(TreeNode node) => node.Level == 0 ? _events[(int)node.Index].Record.Hash() : MerkleHash.OfNode(HashOf(new(node.Level - 1, 2 * node.Index)), HashOf(new(node.Level - 1, (2 * node.Index) + 1)));
}
