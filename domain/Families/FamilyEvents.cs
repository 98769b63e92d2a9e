using System.Text.Json.Serialization;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Domain.Families;

/// <summary>What a family's stream keeps: its evidence, and what curation decided from it. Stored format, versioned with care.</summary>
public abstract record FamilyEvent : ILedgerEvent
{
    /// <summary>The first episode of a new kind of effect in an environment was seen.</summary>
    /// <param name="Kind">What kind of skill is learned from it; left out where it is functional.</param>
    public sealed record FamilyOpened(
        string FamilyId, string Environment, string Effect,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] SkillKind Kind = SkillKind.Functional) : FamilyEvent;

    /// <summary>An episode became evidence. The same evidence id again supersedes what was admitted before.</summary>
    public sealed record EvidenceAdmitted : FamilyEvent
    {
        public required string EvidenceId { get; init; }
        public required string TrajectoryId { get; init; }
        public required string Source { get; init; }
        public required string Task { get; init; }
        public required string Model { get; init; }

        /// <summary>The episode's range in the trajectory, from 1.</summary>
        public required int FirstStep { get; init; }
        public required int LastStep { get; init; }
        public required Outcome Outcome { get; init; }
        public required EpisodeSketch Sketch { get; init; }

        /// <summary>Skills that the run had loaded.</summary>
        public required IReadOnlyList<SkillReference> Loaded { get; init; }
        public required IReadOnlyList<string> Taint { get; init; }

        /// <summary>When it was, as the emitter says; null when it did not say.</summary>
        public DateTimeOffset? At { get; init; }

        /// <summary>Prompt and completion tokens of the whole run; null when not told.</summary>
        public long? Tokens { get; init; }
    }

    public sealed record EvidenceWithdrawn(string EvidenceId, string Reason) : FamilyEvent;

    /// <summary>Curation came to a conclusion; <see cref="CurationOperation.Keep"/> is recorded when it differs from the last.</summary>
    public sealed record CurationDecided : FamilyEvent
    {
        public required CurationOperation Operation { get; init; }

        /// <summary>How many evidence events of this stream the decision had seen: its decision point.</summary>
        public required int ThroughEvidence { get; init; }

        /// <summary>The leaf of the last of them: all that was read was sealed up to it.</summary>
        public required long Leaf { get; init; }

        /// <summary>The time that the decision took as now: when that leaf's event was recorded.</summary>
        public required DateTimeOffset At { get; init; }
        public required PolicyReference Policy { get; init; }
        public required IReadOnlyList<Candidate> Candidates { get; init; }
        public required IReadOnlyDictionary<string, double> Scores { get; init; }
        public required IReadOnlyDictionary<string, double> Thresholds { get; init; }

        /// <summary>Stable, for programs, e.g. <c>too-few-successes</c>.</summary>
        public required string ReasonCode { get; init; }
        public required string Reason { get; init; }

        /// <summary>The skill that was made or changed; null when nothing was.</summary>
        public CuratedVersion? Result { get; init; }

        /// <summary>What became of a language model's answer; null where none was asked.</summary>
        public Composition? Composition { get; init; }

        /// <summary>A sweep over the library decided, and not the family's own evidence at one of its decision points.</summary>
        public SweptAt? Sweep { get; init; }

        /// <summary>Models that the skill helps and harms, where it does both.</summary>
        public ModelEffects? Models { get; init; }

        /// <summary>The model whose sibling of the family's skill it is about; null where it is about the family's skill itself.</summary>
        public string? SiblingFor { get; init; }
    }

    /// <summary>Somebody accepted that a model gets a sibling of the family's skill, and it was made.</summary>
    /// <param name="VariantOf">The skill that it is a sibling of, as it stood then.</param>
    /// <param name="Result">The sibling's first version.</param>
    public sealed record VariantAccepted(string Model, VersionReference VariantOf, CuratedVersion Result, string Reason) : FamilyEvent;

    /// <summary>A language model was asked to word a draft, or would have been and was not. What it said is an input of the decision.</summary>
    public sealed record ModelConsulted : FamilyEvent
    {
        /// <summary>A <see cref="FailureCode"/>: somebody whom it was asked about was erased while it was asked, and neither request nor answer was kept.</summary>
        public const string ErasedMeanwhile = "erased-meanwhile";

        /// <summary>The decision point at which it was asked.</summary>
        public required int ThroughEvidence { get; init; }

        /// <summary>Of the request's body, which is in the content store: all that was sent, but for who sent it.</summary>
        public required string RequestDigest { get; init; }

        /// <summary>Of the instructions in it.</summary>
        public required string PromptDigest { get; init; }

        /// <summary>Host and port.</summary>
        public required string SentTo { get; init; }

        /// <summary>As asked for; what answered stands in the response.</summary>
        public required string Model { get; init; }

        /// <summary>How often the request went out; 0 where it did not.</summary>
        public required int Attempts { get; init; }

        /// <summary>Of the response's body as received, which is in the content store; null when there was none.</summary>
        public string? ResponseDigest { get; init; }

        /// <summary>As reported; where nothing was, the most that it can have been. So is the cost, in millionths of a US dollar by the configured prices.</summary>
        public required long InputTokens { get; init; }
        public required long OutputTokens { get; init; }
        public required long CostMicroUsd { get; init; }

        /// <summary>Why there is no answer, e.g. <c>timeout</c>; null when there is one, whatever it is worth.</summary>
        public string? FailureCode { get; init; }
        public string? FailureReason { get; init; }
    }
}

/// <summary>What an episode looks like without what it says.</summary>
/// <param name="Tools">Names of the tools called, in order, runs of one tool once.</param>
/// <param name="Errors">How many calls failed.</param>
/// <param name="Fingerprint">Near-duplicates have the same: a digest over tools, argument names and task.</param>
public sealed record EpisodeSketch(IReadOnlyList<string> Tools, int Calls, int Errors, string Fingerprint)
{
    public bool Equals(EpisodeSketch? other) =>
        other is not null && Calls == other.Calls && Errors == other.Errors && Fingerprint == other.Fingerprint && Tools.SequenceEqual(other.Tools);

    public override int GetHashCode() => Fingerprint.GetHashCode(StringComparison.Ordinal);
}

public enum CurationOperation { Keep, Create, Improve, Merge, Retire, Reinstate, RollBack }

public sealed record PolicyReference(string Id, int Version, string Digest);

/// <summary>A skill that a decision looked at, as it stood then: a recorded input of the decision.</summary>
public sealed record Candidate(string SkillId, int Version, string PackageDigest, string Lifecycle);

/// <param name="RequestDigest">Which consultation it was.</param>
/// <param name="DraftDigest">Of the SKILL.md that the model was to word; it is in the content store.</param>
/// <param name="DraftPackageDigest">Of the package that the draft is by itself.</param>
/// <param name="ReasonCode">Stable, for programs, e.g. <c>timeout</c>, <c>refused-by-the-gates</c>.</param>
/// <param name="Reason">What was not taken over, and why; empty when all was.</param>
public sealed record Composition(CompositionOutcome Outcome, string RequestDigest, string DraftDigest, string DraftPackageDigest, string ReasonCode, string Reason);

public enum CompositionOutcome { Used, UsedInPart, DraftStands }

/// <param name="Leaf">All that the sweep read was sealed up to it.</param>
/// <param name="Families">The families that the decision is about, the one whose skill stays first.</param>
/// <param name="LeftOut">Families that the sweep did not look at, in ordinal order, since they had evidence that was not curated; null where
/// it is not on record.</param>
public sealed record SweptAt(long Leaf, IReadOnlyList<string> Families, IReadOnlyList<string>? LeftOut = null);

/// <param name="Proposed">The models for which a skill of their own is proposed, a variant of this one.</param>
public sealed record ModelEffects(IReadOnlyList<string> Helped, IReadOnlyList<string> Harmed, IReadOnlyList<string> Proposed)
{
    /// <summary>What the skill does for each model with enough runs to tell, in ordinal order; null where it is not on record.</summary>
    public IReadOnlyList<ModelEffect>? Effects { get; init; }

    /// <summary>The proposed ones that have not succeeded often enough to learn a skill from; null where it is not on record.</summary>
    public IReadOnlyList<VariantWait>? Waits { get; init; }
}

/// <param name="Utility">Success with the skill less success without, -1 to 1; so are the bounds that it is taken to lie between.</param>
/// <param name="Exposures">Runs with it, of which <paramref name="Controls"/> runs without can be compared.</param>
public sealed record ModelEffect(string Model, double Utility, double Lower, double Upper, int Exposures, int Controls);

/// <param name="Successes">How many more verified ones are needed, of <paramref name="Tasks"/> more tasks.</param>
public sealed record VariantWait(string Model, int Successes, int Tasks);

public sealed record CuratedVersion(string SkillId, int Version, string PackageDigest);
