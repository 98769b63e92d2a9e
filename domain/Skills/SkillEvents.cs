using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Skills;

/// <summary>What a skill's stream keeps. Stored format, versioned with care.</summary>
public abstract record SkillEvent : ILedgerEvent
{
    /// <summary>Version 1.</summary>
    public sealed record SkillCreated : SkillEvent
    {
        public required string SkillId { get; init; }
        public required string Name { get; init; }
        public required SkillOrigin Origin { get; init; }

        /// <summary>The family that it was learned from; empty for an imported skill.</summary>
        public required string FamilyId { get; init; }
        public required string Environment { get; init; }
        public required SkillKind Kind { get; init; }
        public required VersionContent Content { get; init; }

        /// <summary>The skill of the same family that this is a sibling of, as it stood then; null for a skill that is no sibling.</summary>
        public VersionReference? VariantOf { get; init; }

        /// <summary>The model that a sibling is for.</summary>
        public string? Model { get; init; }
    }

    /// <summary>Version n+1, made from a base version, with the edit script by section.</summary>
    public sealed record SkillImproved(int Version, int BaseVersion, VersionContent Content, IReadOnlyList<SectionEdit> Edits) : SkillEvent;

    /// <summary>The survivor of a merge gets a version with two or more parents.</summary>
    public sealed record SkillMerged(int Version, IReadOnlyList<VersionReference> Parents, VersionContent Content) : SkillEvent;

    /// <summary>This skill ended in a merge, and points at the one that took it up.</summary>
    public sealed record SkillAbsorbed(VersionReference Into, int LastVersion) : SkillEvent;

    /// <summary>On the survivor: it goes back to its version before the merge, under a new number. On each released skill: it lives again.</summary>
    /// <param name="Survivor">The skill and version that the merge had made.</param>
    /// <param name="Version">The survivor's new number; null on a released skill's stream.</param>
    /// <param name="RestoredVersion">Whose package the survivor has again; null on a released skill's stream.</param>
    public sealed record MergeUndone(
        VersionReference Survivor, IReadOnlyList<string> Released, int? Version, int? RestoredVersion, string Reason) : SkillEvent;

    public sealed record SkillRetired(RetirementCause Cause, string Reason) : SkillEvent;

    public sealed record SkillReinstated(string Reason) : SkillEvent;

    /// <summary>A new number with an old version's package.</summary>
    public sealed record SkillRolledBack(int Version, int RestoredVersion, string PackageDigest, string Reason) : SkillEvent;

    /// <summary>Security: never served again, never the target of a roll back.</summary>
    public sealed record VersionRevoked(int Version, string PackageDigest, string Reason) : SkillEvent;

    public sealed record ValidationRequested(
        string Job, int Version, string PackageDigest, string Validator, string ValidatorVersion, string RulesetDigest) : SkillEvent
    {
        /// <summary>The evidence that it is to be judged by; null where evidence has no part in it.</summary>
        public IReadOnlyList<EvidenceCut>? Evidence { get; init; }
    }

    public sealed record ValidationCompleted(
        string Job, int Version, string PackageDigest, string Validator, string ValidatorVersion, string RulesetDigest,
        Verdict Verdict, IReadOnlyDictionary<string, double> Metrics, string ReportDigest) : SkillEvent
    {
        /// <summary>In short, for people, why it is no pass.</summary>
        public string? Reason { get; init; }

        /// <summary>The evidence that it was judged by; null where evidence had no part in it.</summary>
        public IReadOnlyList<EvidenceCut>? Evidence { get; init; }
    }

    public sealed record ApprovalGiven(string PackageDigest, string By, string Reason) : SkillEvent;

    public sealed record ApprovalWithdrawn(string PackageDigest, string By, string Reason) : SkillEvent;

    public sealed record TierDecided(
        int Version, string PackageDigest, Tier From, Tier To, string Policy,
        IReadOnlyList<string> Evidence, IReadOnlyList<string> Denials) : SkillEvent;

    /// <param name="FromVersion">Null when the alias is new.</param>
    public sealed record AliasMoved(string Alias, int? FromVersion, int ToVersion, string Reason) : SkillEvent
    {
        /// <summary>Percent of the callers who get it, 0 to 100; null: all.</summary>
        public int? Share { get; init; }

        /// <summary>Of an alias that would follow by itself and was moved by somebody: the newest version at that time; only a newer one takes the alias
        /// further. Null: it follows.</summary>
        public int? StaysThrough { get; init; }

        /// <summary>The stage whose release holds the alias there; null: none does, or does any more.</summary>
        public string? PinnedBy { get; init; }
    }

    /// <summary>No version is left that the alias may name.</summary>
    public sealed record AliasRemoved(string Alias, int FromVersion, string Reason) : SkillEvent;

    /// <summary>How a version did for one model over a window of time.</summary>
    /// <param name="MatchedExposures">Runs of the same kind without the skill: the control.</param>
    public sealed record UsageSummarised(
        int Version, string Model, DateTimeOffset From, DateTimeOffset To, int Exposures, int Successes,
        int MatchedExposures, int MatchedSuccesses, long Tokens) : SkillEvent;
}

/// <summary>What every new package of a skill comes with.</summary>
public sealed record VersionContent
{
    public required string Description { get; init; }
    public required PackageManifest Package { get; init; }
    public required Composer Composer { get; init; }
    public required string Rationale { get; init; }

    /// <summary>Which evidence stands behind which section.</summary>
    public IReadOnlyList<SectionEvidence> Sections { get; init; } = [];
    public IReadOnlyList<EvidenceReference> Evidence { get; init; } = [];

    /// <summary>Where text that nobody vetted came in, e.g. <c>tool-output</c>, <c>imported</c>.</summary>
    public IReadOnlyList<string> Taint { get; init; } = [];
}

/// <param name="FirstStep">The episode's first step in the trajectory, from 1.</param>
public sealed record EvidenceReference(string EvidenceId, string TrajectoryId, int FirstStep, int LastStep);

public sealed record SectionEvidence(string Section, IReadOnlyList<string> EvidenceIds);

/// <param name="PromptDigest">Empty for a composer without a model; so are the model and the response.</param>
public sealed record Composer(string Name, string Version, string Model = "", string PromptDigest = "", string ResponseDigest = "");

/// <param name="Kind">Added, removed or changed.</param>
/// <param name="Before">Digest of the section's text; empty when it was added.</param>
public sealed record SectionEdit(SectionEditKind Kind, string Section, string Before, string After);

public enum SectionEditKind { Added, Removed, Changed }

public sealed record VersionReference(string SkillId, int Version, string PackageDigest);

public enum SkillOrigin { Learned, Imported, Written }

/// <summary>One effect; one tool used well; or how effects go together in a whole task.</summary>
public enum SkillKind { Functional, Atomic, Plan }

public enum RetirementCause { NoUtility, Internalised, Superseded, Stale, Security, ByHand }

public enum Verdict { Passed, Failed, Inconclusive, InfraBlocked }

/// <summary>How far a version is trusted, from quarantined upwards.</summary>
public enum Tier { Q, T1, T2, T3, T4 }
