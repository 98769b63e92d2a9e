using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Domain.Ledger.Audit;

/// <summary>Where a version came from: for each section the version that brought it and the episodes behind that, the decisions, and who judged and approved.</summary>
/// <param name="Leaves">How many leaves of the log it is told by.</param>
/// <param name="IsRevoked">Null: not known, since an event of the skill cannot be read (<see cref="Unread"/>).</param>
/// <param name="Versions">Every version that brought a section, and this one, with how each was made.</param>
public sealed record VersionProvenance(
    string Skill, string Name, int Version, string PackageDigest, long Leaves, Tier Tier, string TierDecidedBy, IReadOnlyList<string> Denials, bool? IsRevoked, Lifecycle Lifecycle,
    IReadOnlyList<VersionReference> Parents, IReadOnlyList<SectionProvenance> Sections, IReadOnlyList<VersionMaking> Versions,
    IReadOnlyList<ValidationFacts> Validations, IReadOnlyList<ApprovalFacts> Approvals)
{
    /// <summary>Of events that this program cannot read it does not tell; of each stream the first one of each type.</summary>
    public IReadOnlyList<UnreadEvent> Unread { get; init; } = [];

    /// <summary>Those of the skill itself, one of which may have revoked it.</summary>
    public IEnumerable<UnreadEvent> UnreadOfSkill => Unread.Where(u => u.Stream == Streams.Of(Streams.Skill, Skill));

    /// <summary>Episodes behind it that were withdrawn since, or whose outcome was corrected, by their ids in ordinal order: it would not be made of them as they are now.</summary>
    public IReadOnlyList<EpisodeFacts> ChangedEvidence { get; init; } = [];

    /// <summary>The runs behind it, by their ids in ordinal order: those that it cites, and those of versions that brought its sections. Of each, one episode.</summary>
    public IReadOnlyList<EpisodeFacts> Runs { get; init; } = [];

    /// <param name="origins">For each section of its SKILL.md, in order, the version that brought it.</param>
    /// <exception cref="ArgumentException">The trail has no such version.</exception>
    public static VersionProvenance Of(VersionTrail trail, long leaves, IReadOnlyList<SectionOrigin> origins)
    {
        if (trail is not { Version: { } version, Skill: var skill }) throw new ArgumentException("the trail has no such version", nameof(trail));
        var facts = trail.SkillStream.Where(e => e.Event is not ValidationCompleted v || v.PackageDigest == version.PackageDigest).ToList();
        List<SectionProvenance> sections = [.. origins.Select(o => new SectionProvenance(o.Section, o.Trail.Skill.Reference(o.Trail.Version!), [.. EpisodesOf(o)]))];
        List<EpisodeFacts> episodes = [.. trail.Content!.Evidence.Select(e => EpisodeFacts.Of(trail, e)).Concat(sections.SelectMany(s => s.Episodes))];
        return new(
            skill.Id, skill.Name, version.Number, version.PackageDigest, leaves, version.Tier,
            facts.Select(e => e.Event).OfType<TierDecided>().LastOrDefault(t => t.PackageDigest == version.PackageDigest)?.Policy ?? "",
            version.Denials, skill.IsRevoked(version) ? true : trail.SkillStream.Any(e => e.Event is UnknownEvent) ? null : false, skill.Lifecycle, version.Parents,
            sections,
            [.. origins.Select(o => o.Trail).Prepend(trail).DistinctBy(t => (t.SkillId, t.Number)).Select(VersionMaking.Of)],
            [.. facts.Select(e => ValidationFacts.Of(e)).OfType<ValidationFacts>()],
            [.. trail.SkillStream.Where(e => e.Event is ApprovalGiven a && a.PackageDigest == version.PackageDigest)
                .Select(e => (e.Leaf, Given: (ApprovalGiven)e.Event)).Where(a => skill.Approvals.Contains((version.PackageDigest, a.Given.By)))
                .GroupBy(a => a.Given.By, StringComparer.Ordinal).Select(a => a.Last()).Select(a => new ApprovalFacts(a.Leaf, a.Given.By, a.Given.Reason))])
        {
            ChangedEvidence = [.. episodes.Where(e => e.WithdrawnAt is not null || e.Corrected is not null).DistinctBy(e => e.EvidenceId).OrderBy(e => e.EvidenceId, StringComparer.Ordinal)],
            Runs = [.. episodes.DistinctBy(e => e.TrajectoryId).OrderBy(e => e.TrajectoryId, StringComparer.Ordinal)],
            Unread = [.. trail.Events.Where(e => e.Event is UnknownEvent).Select(e => new UnreadEvent(e.Leaf, e.Record.Stream ?? "", e.Record.Type)).DistinctBy(u => (u.Stream, u.Type))],
        };
    }

    // Where it is not on record which episodes stand behind which section, all do.
    private static IEnumerable<EpisodeFacts> EpisodesOf(SectionOrigin origin)
    {
        if (origin.Trail.Content is not { } content) return [];
        var ids = content.Sections.FirstOrDefault(s => s.Section == origin.Section)?.EvidenceIds.ToHashSet(StringComparer.Ordinal);
        return content.Evidence.Where(e => ids is null ? content.Sections.Count == 0 : ids.Contains(e.EvidenceId)).Select(e => EpisodeFacts.Of(origin.Trail, e));
    }
}

/// <summary>An event that this program cannot read.</summary>
public sealed record UnreadEvent(long Leaf, string Stream, string Type);

/// <summary>The version that brought a section, with what is behind it.</summary>
public sealed record SectionOrigin(string Section, VersionTrail Trail)
{
    /// <summary>Follows a section back as far as the events of one stream tell: an improvement says which sections it touched, a version that was restored is
    /// what it was. A merge brings all of its sections.</summary>
    /// <returns>The number of the version.</returns>
    public static int NumberOf(IEnumerable<ILedgerEvent> stream, int number, string section)
    {
        var made = stream.ToList();
        while (true)
        {
            var before = made.Select(e => e switch
            {
                SkillImproved i when i.Version == number && i.Edits.All(edit => edit.Section != section) => i.BaseVersion,
                SkillRolledBack r when r.Version == number => r.RestoredVersion,
                MergeUndone { Version: { } undone, RestoredVersion: { } restored } when undone == number => restored,
                _ => 0,
            }).FirstOrDefault(n => n > 0);
            // Only ever back: what is on record may be wrong.
            if (before <= 0 || before >= number) return number;
            number = before;
        }
    }
}

/// <param name="BroughtBy">The version whose text it is still.</param>
public sealed record SectionProvenance(string Section, VersionReference BroughtBy, IReadOnlyList<EpisodeFacts> Episodes);

/// <summary>An episode behind a section: a range of steps of a run.</summary>
/// <param name="Outcome">What the version took it for; <see cref="Corrected"/> tells what it is said to be since.</param>
/// <param name="PayloadDigest">Of the run's text, keyed; empty when the run's recording is not there.</param>
/// <param name="AdmittedAt">The leaf of its admission; null when that is not there, or it had been withdrawn before.</param>
/// <param name="ErasedAt">The leaf since which the run's text can be read no more; null while it can.</param>
public sealed record EpisodeFacts(
    string EvidenceId, string TrajectoryId, int FirstStep, int LastStep, string Source, string Model, Outcome Outcome, string PayloadDigest, long? AdmittedAt, long? ErasedAt)
{
    /// <summary>The leaf that takes it back; null while it counts.</summary>
    public long? WithdrawnAt { get; init; }

    /// <summary>Null where its outcome is what it was.</summary>
    public OutcomeCorrection? Corrected { get; init; }

    public static EpisodeFacts Of(VersionTrail trail, EvidenceReference evidence)
    {
        var (run, admission) = (trail.Run(evidence.TrajectoryId), trail.Admission(evidence));
        var admitted = admission?.Event as FamilyEvent.EvidenceAdmitted;
        return new(
            evidence.EvidenceId, evidence.TrajectoryId, evidence.FirstStep, evidence.LastStep, run?.Facts.Source ?? admitted?.Source ?? "", run?.Facts.Model ?? admitted?.Model ?? "",
            admitted?.Outcome ?? run?.Facts.Outcome ?? Outcome.Unknown, run?.Facts.Payload.Digest ?? "", admission?.Leaf, run?.ErasedAt)
        {
            WithdrawnAt = trail.Withdrawal(evidence.EvidenceId)?.Leaf,
            Corrected = trail.Correction(evidence),
        };
    }
}

/// <summary>How a version was made.</summary>
/// <param name="By">Who caused it, as kind and id; empty where that is not on record.</param>
/// <param name="Composer">Who worded the package.</param>
/// <param name="Decision">Null when a person made it.</param>
public sealed record VersionMaking(
    string Skill, int Version, string PackageDigest, VersionOperation Operation, long Leaf, DateTimeOffset At, string By, string DecidedBy, Composer? Composer, DecisionFacts? Decision,
    IReadOnlyList<VersionReference> Parents)
{
    public static VersionMaking Of(VersionTrail trail)
    {
        var (version, made) = (trail.Version!, trail.MadeBy(trail.Number));
        var decision = trail.DecisionOn(version);
        return new(
            trail.SkillId, version.Number, version.PackageDigest, version.Operation, made?.Leaf ?? -1, made?.Record.At ?? default, made?.Actor?.ToString() ?? "", made?.DecidedBy ?? "",
            trail.Content?.Composer, decision is null ? null : DecisionFacts.Of(decision), trail.Skill.SourcesOf(version));
    }
}

/// <param name="Policy">Null where a person decided.</param>
public sealed record DecisionFacts(long Leaf, string Family, CurationOperation Operation, string ReasonCode, string Reason, PolicyReference? Policy, int ThroughEvidence)
{
    public static DecisionFacts? Of(TrailEvent decision) => decision.Event switch
    {
        FamilyEvent.CurationDecided d => new(decision.Leaf, Streams.IdOf(decision.Record.Stream!), d.Operation, d.ReasonCode, d.Reason, d.Policy, d.ThroughEvidence),
        FamilyEvent.VariantAccepted a => new(decision.Leaf, Streams.IdOf(decision.Record.Stream!), CurationOperation.Create, "variant-accepted", a.Reason, null, 0),
        _ => null,
    };
}

/// <param name="Reason">Why it is no pass; empty where it is one.</param>
public sealed record ValidationFacts(long Leaf, string Validator, string ValidatorVersion, string RulesetDigest, Verdict Verdict, string ReportDigest, string Reason)
{
    public static ValidationFacts? Of(TrailEvent e) =>
        e.Event is ValidationCompleted v ? new(e.Leaf, v.Validator, v.ValidatorVersion, v.RulesetDigest, v.Verdict, v.ReportDigest, v.Reason ?? "") : null;
}

public sealed record ApprovalFacts(long Leaf, string By, string Reason);
