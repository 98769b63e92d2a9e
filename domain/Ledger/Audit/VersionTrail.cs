using System.Globalization;
using System.Text.Json;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Policies;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Domain.Ledger.Audit;

/// <summary>The events behind one version of a skill, as the log has them, and what they say together: who made it, by which decision, under which policy, from
/// which runs. Nothing is asked but the events.</summary>
public sealed class VersionTrail
{
    private readonly ILookup<string, TrailEvent> _streams, _evidence;

    /// <param name="events">In the order of the log.</param>
    public VersionTrail(string skillId, int number, IReadOnlyList<TrailEvent> events)
    {
        (SkillId, Number, Events) = (skillId, number, events);
        _streams = events.ToLookup(e => e.Record.Stream ?? "", StringComparer.Ordinal);
        _evidence = events.Where(e => EvidenceOf(e.Event) is not null).ToLookup(e => EvidenceOf(e.Event)!, StringComparer.Ordinal);
        SkillStream = [.. _streams[Streams.Of(Streams.Skill, skillId)]];
        Skill = Skill.Fold(SkillStream.Select(e => e.Event));
        Version = Skill.Version(number);
        Origin = Version is null ? null : Skill.OriginOf(Version);
        Content = VersionContents.Of(SkillStream.Select(e => e.Event)).GetValueOrDefault(number);
        OriginDecision = Origin is null ? null : DecisionOn(Origin);
        ReadThrough = OriginDecision switch
        {
            { Event: FamilyEvent.CurationDecided d } decision => Math.Min(d.Sweep?.Leaf ?? d.Leaf, decision.Leaf - 1),
            { } accepted => accepted.Leaf - 1,
            null => Origin is not null && MadeBy(Origin.Number) is { } made ? made.Leaf - 1 : -1,
        };
    }

    public string SkillId { get; }
    public int Number { get; }
    public IReadOnlyList<TrailEvent> Events { get; }
    public IReadOnlyList<TrailEvent> SkillStream { get; }

    /// <summary>As its events tell it.</summary>
    public Skill Skill { get; }

    /// <summary>Null when the skill has no such version.</summary>
    public SkillVersion? Version { get; }

    /// <summary>The version that first had this package: the same one, unless this one restored it.</summary>
    public SkillVersion? Origin { get; }

    /// <summary>What the package came with; null when the skill has no such version.</summary>
    public VersionContent? Content { get; }

    /// <summary>By which the package was made; null when a person made it, or the decision is not here.</summary>
    public TrailEvent? OriginDecision { get; }

    /// <summary>The last leaf that was read when the package was made: as the decision says; without one, that before the version's own.</summary>
    public long ReadThrough { get; }

    /// <summary>Digests of the policies that made the version, and the one that it restores, in that order and each once.</summary>
    public IReadOnlyList<string> DecidingPolicies =>
        [.. new[] { Version, Origin }.OfType<SkillVersion>().Select(DecisionOn).Select(d => d?.Event).OfType<FamilyEvent.CurationDecided>().Select(d => d.Policy.Digest).Distinct(StringComparer.Ordinal)];

    public IEnumerable<TrailEvent> Stream(string streamId) => _streams[streamId];

    /// <summary>The streams that there is something of, in ordinal order.</summary>
    public IEnumerable<string> StreamIds => _streams.Select(s => s.Key).Order(StringComparer.Ordinal);

    /// <summary>The event that gave a version its number; null when it is not here.</summary>
    public TrailEvent? MadeBy(int number) => SkillStream.FirstOrDefault(e => NumberMade(e.Event) == number);

    /// <summary>Why the skill's events do not make its versions one after the other from 1, each once and each with the package that it says; empty when they do.</summary>
    public string Numbering
    {
        get
        {
            var made = new List<string>();
            foreach (var e in SkillStream)
            {
                if (NumberMade(e.Event) is not (> 0 and var number)) continue;
                if (number != made.Count + 1) return string.Create(CultureInfo.InvariantCulture, $"at leaf {e.Leaf} version {number} is made where version {made.Count + 1} was to be");
                var package = e.Event switch
                {
                    SkillEvent.SkillCreated c => c.Content.Package.Digest,
                    SkillEvent.SkillImproved i => i.Content.Package.Digest,
                    SkillEvent.SkillMerged m => m.Content.Package.Digest,
                    SkillEvent.SkillRolledBack r => Restored(r.RestoredVersion) is { } restored && restored == r.PackageDigest ? restored : null,
                    SkillEvent.MergeUndone { RestoredVersion: { } before } => Restored(before),
                    _ => null,
                };
                if (package is null) return string.Create(CultureInfo.InvariantCulture, $"version {number} restores another package than it says, or none");
                made.Add(package);
            }
            return "";

            string? Restored(int number) => number >= 1 && number <= made.Count ? made[number - 1] : null;
        }
    }

    /// <summary>The decision that made a version, which came before it; null when a person made it, or the decision is not here.</summary>
    public TrailEvent? DecisionOn(SkillVersion version)
    {
        if (MadeBy(version.Number) is not { } made) return null;
        var result = new CuratedVersion(SkillId, version.Number, version.PackageDigest);
        return Stream(FamilyStream).LastOrDefault(e => e.Leaf < made.Leaf && e.Event switch
        {
            FamilyEvent.CurationDecided d => d.Result == result && Makes(d.Operation, made.Event),
            FamilyEvent.VariantAccepted a => a.Result == result && made.Event is SkillEvent.SkillCreated,
            _ => false,
        });
    }

    public string FamilyStream => Streams.Of(Streams.Family, Skill.FamilyId);

    /// <summary>An episode as it stood when the package was made from it; null when its admission is not here, or it had been withdrawn by then.</summary>
    public TrailEvent? Admission(EvidenceReference evidence) =>
        _evidence[evidence.EvidenceId].LastOrDefault(e => e.Leaf <= ReadThrough) is { Event: FamilyEvent.EvidenceAdmitted } admitted ? admitted : null;

    /// <summary>The event that took an episode back, unless it was admitted again since; null while it counts.</summary>
    public TrailEvent? Withdrawal(string evidenceId) => _evidence[evidenceId].LastOrDefault() is { Event: FamilyEvent.EvidenceWithdrawn } withdrawn ? withdrawn : null;

    /// <summary>What an episode is said to have come to since the package was made from it; null where that is what it was taken for.</summary>
    public OutcomeCorrection? Correction(EvidenceReference evidence)
    {
        if (Run(evidence.TrajectoryId) is not { } run) return null;
        var admission = Admission(evidence);
        var (taken, since) = (admission?.Event as FamilyEvent.EvidenceAdmitted) is { } admitted ? (admitted.Outcome, admission!.Leaf) : (run.Facts.Outcome, run.Leaf);
        var ofRun = Stream(Streams.Of(Streams.Trajectory, evidence.TrajectoryId)).Where(e => e.Leaf > since && e.Event is TrajectoryEvent.TrajectoryOutcomeCorrected)
            .Select(e => new OutcomeCorrection(((TrajectoryEvent.TrajectoryOutcomeCorrected)e.Event).To, e.Leaf)).ToList();
        var ofEpisode = _evidence[evidence.EvidenceId].Where(e => e.Leaf > since).Select(e => (e.Leaf, Admitted: e.Event as FamilyEvent.EvidenceAdmitted)).Where(e => e.Admitted is not null)
            .Select(e => new OutcomeCorrection(e.Admitted!.Outcome, e.Leaf));
        if (ofRun.Concat(ofEpisode).MaxBy(c => c.Leaf) is not { } last || last.To == taken) return null;
        // A verdict corrects both at once: it is told at the leaf of the run, which it was about.
        return ofRun.FindLast(c => c.To == last.To) ?? last;
    }

    /// <summary>Null when its recording is not here.</summary>
    public RecordedRun? Run(string trajectoryId)
    {
        var stream = Stream(Streams.Of(Streams.Trajectory, trajectoryId)).ToList();
        return stream.Find(e => e.Event is TrajectoryEvent.TrajectoryRecorded) is { Event: TrajectoryEvent.TrajectoryRecorded facts } recorded
            ? new(recorded.Leaf, facts, stream.Find(e => e.Event is TrajectoryEvent.SubjectErased)?.Leaf)
            : null;
    }

    /// <summary>The event that says of one of the version's files that it was deleted with a data subject since the version was made; null when none does.</summary>
    public TrailEvent? ErasureOf(string digest) => Events.FirstOrDefault(e => e.Leaf > (MadeBy(Number)?.Leaf ?? -1) && e.Event is TrajectoryEvent.SubjectErased { Purged: { } purged } && purged.Contains(digest));

    /// <summary>The policy that decided, as it was published before it decided; null when it is not here.</summary>
    public TrailEvent? Publication(PolicyReference policy, long before) => Stream(PolicyStream).FirstOrDefault(e =>
        e.Leaf < before && e.Event is PolicyEvent.PolicyPublished p && new PolicyReference(p.PolicyId, p.Version, p.Digest) == policy);

    /// <summary>The policy that was active at a leaf; null when none was.</summary>
    public PolicyReference? ActiveAt(long leaf) => Stream(PolicyStream).Where(e => e.Leaf < leaf).Select(e => e.Event).OfType<PolicyEvent.PolicyActivated>()
        .Select(a => new PolicyReference(a.PolicyId, a.Version, a.Digest)).LastOrDefault();

    public static string PolicyStream { get; } = Streams.Of(Streams.Policy, PolicyShelf.Id);

    // Who comes back after being retired may come back improved.
    private static bool Makes(CurationOperation operation, ILedgerEvent made) => (operation, made) switch
    {
        (CurationOperation.Create, SkillEvent.SkillCreated) => true,
        (CurationOperation.Improve or CurationOperation.Reinstate, SkillEvent.SkillImproved) => true,
        (CurationOperation.Merge, SkillEvent.SkillMerged) => true,
        (CurationOperation.RollBack, SkillEvent.SkillRolledBack) => true,
        _ => false,
    };

    /// <summary>Which episode an event admits or takes back; null where it does neither.</summary>
    public static string? EvidenceOf(ILedgerEvent @event) => @event switch
    {
        FamilyEvent.EvidenceAdmitted e => e.EvidenceId,
        FamilyEvent.EvidenceWithdrawn e => e.EvidenceId,
        _ => null,
    };

    /// <summary>The number of the version that an event makes; 0 where it makes none.</summary>
    public static int NumberMade(ILedgerEvent @event) => @event switch
    {
        SkillEvent.SkillCreated => 1,
        SkillEvent.SkillImproved e => e.Version,
        SkillEvent.SkillMerged e => e.Version,
        SkillEvent.SkillRolledBack e => e.Version,
        SkillEvent.MergeUndone { Version: { } number } => number,
        _ => 0,
    };
}

/// <summary>An event at its place in the log.</summary>
public sealed record TrailEvent(long Leaf, LeafRecord Record, ILedgerEvent Event)
{
    public static TrailEvent Of(long leaf, LeafRecord record) => new(leaf, record, EventCatalogue.Default.Read(record.Type, record.Data));

    /// <summary>Who caused it; null where that is not on record.</summary>
    public Actor? Actor => Header("actor") is { } actor ? Ledger.Actor.Parse(actor) : null;

    /// <summary>Which program or policy decided; empty where that is not on record.</summary>
    public string DecidedBy => Header("decidedBy") ?? "";

    private string? Header(string name)
    {
        if (Record.Headers is null) return null;
        try
        {
            using var headers = JsonDocument.Parse(Record.Headers);
            return headers.RootElement.ValueKind == JsonValueKind.Object && headers.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (JsonException)
        {
            // Another program may have put anything there.
            return null;
        }
    }
}

/// <param name="Leaf">The event that says so.</param>
public sealed record OutcomeCorrection(Outcome To, long Leaf);

/// <param name="Leaf">Where it was recorded.</param>
/// <param name="ErasedAt">The leaf that says that its text can be read no more; null while it can.</param>
public sealed record RecordedRun(long Leaf, TrajectoryEvent.TrajectoryRecorded Facts, long? ErasedAt);
