using System.Collections.Immutable;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Domain.Validation;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Domain.Skills;

/// <summary>A skill as its stream tells it: an identity with immutable, numbered versions.</summary>
public sealed record Skill
{
    /// <summary>The alias of the version that agents are given unless they ask for another.</summary>
    public const string LatestAlias = "latest";

    /// <summary>Decides the tier of a package that a person vouched for.</summary>
    public const string TrustPolicy = "trusted-import@1";

    public static Skill None { get; } = new();

    public string Id { get; init; } = "";
    public string Name { get; init; } = "";
    public string FamilyId { get; init; } = "";
    public string Environment { get; init; } = "";
    public SkillOrigin Origin { get; init; }
    public SkillKind Kind { get; init; }

    /// <summary>The skill that this is a sibling of, as it stood when this was made; null for a skill that is no sibling.</summary>
    public VersionReference? VariantOf { get; init; }

    /// <summary>The model that a sibling is for; empty where it is for all.</summary>
    public string Model { get; init; } = "";
    public Lifecycle Lifecycle { get; init; } = Lifecycle.Unborn;

    /// <summary>All versions ever made, by number from 1.</summary>
    public ImmutableList<SkillVersion> Versions { get; init; } = [];

    /// <summary>Why it is retired; null while it is not.</summary>
    public RetirementCause? RetiredFor { get; init; }

    /// <summary>Where an absorbed skill went.</summary>
    public VersionReference? AbsorbedInto { get; init; }
    public ImmutableSortedDictionary<string, int> Aliases { get; init; } = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>The share of the callers who get what an alias names; all of them where it is not here.</summary>
    public ImmutableSortedDictionary<string, AliasShare> Shares { get; init; } = ImmutableSortedDictionary.Create<string, AliasShare>(StringComparer.Ordinal);

    /// <summary>The version that an alias last named for all callers, other than the one that it names.</summary>
    public ImmutableSortedDictionary<string, int> Formerly { get; init; } = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>Aliases that would follow by themselves and that somebody moved: they stay until there is a version newer than this one that they may name.</summary>
    public ImmutableSortedDictionary<string, int> Pins { get; init; } = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>Aliases that a release holds where they are, and its stage: they follow nothing.</summary>
    public ImmutableSortedDictionary<string, string> PinnedBy { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>What each validator last said, by package digest, rules and evidence. That it was kept from judging counts only while it has not judged.</summary>
    public ImmutableDictionary<VerdictKey, StandingVerdict> Verdicts { get; init; } = ImmutableDictionary<VerdictKey, StandingVerdict>.Empty;

    /// <summary>How often a validator said something.</summary>
    public int Judgements { get; init; }

    /// <summary>Package digests that a person entered at T1 on trust, whatever validators say of them.</summary>
    public ImmutableHashSet<string> Trusted { get; init; } = [];

    /// <summary>Package digests that descend from a revoked version, with the reason. An approval given since lifts it.</summary>
    public ImmutableSortedDictionary<string, string> Quarantined { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Who approved which package digest.</summary>
    public ImmutableHashSet<(string PackageDigest, string By)> Approvals { get; init; } = [];
    public ImmutableHashSet<string> RevokedDigests { get; init; } = [];

    /// <summary>Validation jobs under way, and the version that each judges.</summary>
    public ImmutableSortedDictionary<string, int> OpenJobs { get; init; } = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);
    /// <summary>All validation jobs that were ever asked for.</summary>
    public ImmutableDictionary<string, JobRequest> Requests { get; init; } = ImmutableDictionary.Create<string, JobRequest>(StringComparer.Ordinal);

    /// <summary>Validation jobs that came to an end, and to which. One whose validator was kept from judging can still be answered.</summary>
    public ImmutableSortedDictionary<string, JobEnd> ClosedJobs { get; init; } = ImmutableSortedDictionary.Create<string, JobEnd>(StringComparer.Ordinal);

    /// <summary>The last summary of each version for each model.</summary>
    public ImmutableDictionary<(int Version, string Model), UsageSummarised> Usage { get; init; } =
        ImmutableDictionary<(int Version, string Model), UsageSummarised>.Empty;

    /// <summary>The versions that a merge had made and that were undone since.</summary>
    public ImmutableHashSet<int> UndoneMerges { get; init; } = [];

    /// <summary>The type of an event that this program cannot read; empty when it can read all.</summary>
    public string UnknownEvent { get; init; } = "";

    /// <summary>The version that stands, whether it may be served or not; null before the first.</summary>
    public SkillVersion? Current => Versions.Count == 0 ? null : Versions[^1];

    /// <summary>The newest version that may be served; null when there is none.</summary>
    public SkillVersion? Latest => Lifecycle != Lifecycle.Active ? null : Versions.FindLast(v => !IsRevoked(v));

    /// <summary>Where <c>latest</c> points, while that version may be shown; null when there is none. It is served only while the skill is active.</summary>
    public SkillVersion? AtLatest => Aliases.TryGetValue(LatestAlias, out var number)
        && Version(number) is { Tier: >= Tier.T1 } version && !IsRevoked(version) ? version : null;

    /// <summary>Approvals of a package by the same person, under whichever name they were recorded.</summary>
    public IEnumerable<(string PackageDigest, string By)> ApprovalsBy(string by, string packageDigest) =>
        Approvals.Where(a => a.PackageDigest == packageDigest && (a.By == by || (Actor.PersonIn(by) is { } person && Actor.PersonIn(a.By) == person)));

    public int NextNumber => Versions.Count + 1;

    public SkillVersion? Version(int number) => number >= 1 && number <= Versions.Count ? Versions[number - 1] : null;

    /// <summary>The version that first had the package of this one: what was restored is what it was.</summary>
    public SkillVersion OriginOf(SkillVersion version) => Versions.Find(v => v.PackageDigest == version.PackageDigest) ?? version;

    public bool IsRevoked(SkillVersion version) => RevokedDigests.Contains(version.PackageDigest);

    /// <summary>Null while it has said nothing.</summary>
    /// <param name="evidence">By which it judged (<see cref="Families.EvidenceCut.TextOf"/>); empty where evidence has no part in it.</param>
    public StandingVerdict? VerdictOf(string packageDigest, Validator validator, string evidence = "") => Verdicts.GetValueOrDefault(new(packageDigest, validator, evidence));

    /// <summary>What a version was made from: its parents, and of a sibling's first version what that is a sibling of.</summary>
    public IReadOnlyList<VersionReference> SourcesOf(SkillVersion version) =>
        VariantOf is { } main && version.Operation == VersionOperation.Create ? [.. version.Parents, main] : version.Parents;

    public VersionReference Reference(SkillVersion version) => new(Id, version.Number, version.PackageDigest);

    public static Skill Fold(IEnumerable<ILedgerEvent> events) => events.Aggregate(None, Evolve);

    /// <summary>Never throws: what is on record happened.</summary>
    public static Skill Evolve(Skill skill, ILedgerEvent @event) => @event switch
    {
        SkillCreated e => skill with
        {
            Id = e.SkillId,
            Name = e.Name,
            FamilyId = e.FamilyId,
            Environment = e.Environment,
            Origin = e.Origin,
            Kind = e.Kind,
            VariantOf = e.VariantOf,
            Model = e.Model ?? "",
            Lifecycle = Lifecycle.Active,
            Versions = [new(1, VersionOperation.Create, e.Content.Package, e.Content.Description, [], Tier.Q)],
        },
        SkillImproved e => skill.Add(new(e.Version, VersionOperation.Improve, e.Content.Package, e.Content.Description,
            skill.References(e.BaseVersion), Tier.Q)),
        SkillMerged e => skill.Add(new(e.Version, VersionOperation.Merge, e.Content.Package, e.Content.Description, e.Parents, Tier.Q)),
        SkillRolledBack e => skill.Restore(e.Version, VersionOperation.RollBack, e.RestoredVersion),
        MergeUndone { Version: { } number, RestoredVersion: { } restored } e =>
            skill.Restore(number, VersionOperation.UndoMerge, restored) with { UndoneMerges = skill.UndoneMerges.Add(e.Survivor.Version) },
        MergeUndone => skill with { Lifecycle = Lifecycle.Active, AbsorbedInto = null },
        SkillAbsorbed e => skill with { Lifecycle = Lifecycle.Absorbed, AbsorbedInto = e.Into },
        SkillRetired e => skill with { Lifecycle = Lifecycle.Retired, RetiredFor = e.Cause },
        SkillReinstated => skill with { Lifecycle = Lifecycle.Active, RetiredFor = null },
        VersionRevoked e => skill with { RevokedDigests = skill.RevokedDigests.Add(e.PackageDigest) },
        ValidationRequested e => skill with { OpenJobs = skill.OpenJobs.SetItem(e.Job, e.Version), Requests = skill.Requests.SetItem(e.Job, JobRequest.Of(e, skill.Requests.Count)) },
        ValidationCompleted e => skill with
        {
            OpenJobs = skill.OpenJobs.Remove(e.Job),
            ClosedJobs = skill.ClosedJobs.SetItem(e.Job, new(e.Version, e.Verdict)),
            Verdicts = skill.With(StandingVerdict.Of(e, skill.Judgements)),
            Judgements = skill.Judgements + 1,
        },
        ApprovalGiven e => skill with { Approvals = skill.Approvals.Add((e.PackageDigest, e.By)) },
        ApprovalWithdrawn e => skill with { Approvals = skill.Approvals.Except(skill.ApprovalsBy(e.By, e.PackageDigest)) },
        TierDecided e => skill.Decided(e),
        AliasMoved e => skill.Moved(e),
        AliasRemoved e => skill with { Aliases = skill.Aliases.Remove(e.Alias), Shares = skill.Shares.Remove(e.Alias), Formerly = skill.Formerly.Remove(e.Alias), Pins = skill.Pins.Remove(e.Alias), PinnedBy = skill.PinnedBy.Remove(e.Alias) },
        UsageSummarised e => skill with { Usage = skill.Usage.SetItem((e.Version, e.Model), e) },
        UnknownEvent e => skill with { UnknownEvent = e.Alias },
        _ => skill,
    };

    // A tier is its package's: the same bytes under another number stand where they stood.
    private Skill Add(SkillVersion version) => this with
    {
        Versions = Versions.Add(Versions.Find(v => v.PackageDigest == version.PackageDigest) is { } same
            ? version with { Tier = same.Tier, Denials = same.Denials }
            : version),
    };

    // Who was kept from judging has not taken back what it said before.
    private ImmutableDictionary<VerdictKey, StandingVerdict> With(StandingVerdict said) =>
        said.Verdict == Verdict.InfraBlocked && Verdicts.ContainsKey(said.Key) ? Verdicts : Verdicts.SetItem(said.Key, said);

    private Skill Moved(AliasMoved e)
    {
        // What only a share of the callers had is nothing to go back to for the others.
        var formerly = Aliases.TryGetValue(e.Alias, out var at) && at != e.ToVersion && !Shares.ContainsKey(e.Alias) ? Formerly.SetItem(e.Alias, at) : Formerly;
        return this with
        {
            Aliases = Aliases.SetItem(e.Alias, e.ToVersion),
            Shares = e.Share is { } percent ? Shares.SetItem(e.Alias, new(percent, formerly.TryGetValue(e.Alias, out var before) ? before : null)) : Shares.Remove(e.Alias),
            Formerly = formerly,
            Pins = e.StaysThrough is { } newest ? Pins.SetItem(e.Alias, newest) : Pins.Remove(e.Alias),
            PinnedBy = e.PinnedBy is { } stage ? PinnedBy.SetItem(e.Alias, stage) : PinnedBy.Remove(e.Alias),
        };
    }

    private Skill Decided(TierDecided e)
    {
        var decided = this with { Versions = Versions.ConvertAll(v => v.PackageDigest == e.PackageDigest ? v with { Tier = e.To, Denials = e.Denials } : v) };
        return e.Policy switch
        {
            TierRules.Revocation => decided with
            {
                Quarantined = Quarantined.SetItem(e.PackageDigest, e.Denials.Count > 0 ? e.Denials[0] : TierRules.Revocation),
                Trusted = Trusted.Remove(e.PackageDigest),
                // Who approved did not know what is known now.
                Approvals = Approvals.Except(Approvals.Where(a => a.PackageDigest == e.PackageDigest)),
            },
            TrustPolicy => decided with { Trusted = Trusted.Add(e.PackageDigest) },
            _ => decided,
        };
    }

    private Skill Restore(int number, VersionOperation operation, int restored) =>
        Version(restored) is not { } old ? this : Add(old with { Number = number, Operation = operation, Parents = References(restored) });

    private IReadOnlyList<VersionReference> References(int number) => Version(number) is { } version ? [Reference(version)] : [];
}

/// <summary>One immutable package under a number that is never used again.</summary>
/// <param name="Parents">What it was made from: none for the first, two or more for a merge.</param>
public sealed record SkillVersion(
    int Number, VersionOperation Operation, PackageManifest Package, string Description, IReadOnlyList<VersionReference> Parents, Tier Tier)
{
    public string PackageDigest => Package.Digest;

    /// <summary>Why it is not trusted further, as last decided.</summary>
    public IReadOnlyList<string> Denials { get; init; } = [];
}

/// <summary>What a validation job was asked for.</summary>
/// <param name="Place">In the order of asking.</param>
public sealed record JobRequest(int Place, string PackageDigest, Validator Validator)
{
    public static JobRequest Of(ValidationRequested e, int place) => new(place, e.PackageDigest, new(e.Validator, e.ValidatorVersion, e.RulesetDigest));
}

/// <summary>How a validation job ended.</summary>
/// <param name="Version">That it was to judge.</param>
public sealed record JobEnd(int Version, Verdict Verdict)
{
    /// <summary>Whether its validator judged, and was not kept from it.</summary>
    public bool IsJudged => Verdict != Verdict.InfraBlocked;
}

public enum VersionOperation { Create, Improve, Merge, UndoMerge, RollBack }

public enum Lifecycle { Unborn, Active, Retired, Absorbed }
