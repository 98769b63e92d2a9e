using System.Collections.Immutable;
using Pipeline.Domain.Validation;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>What a tier depends on beside the skill's own state. What is left out is not known, and nothing rises on it.</summary>
public sealed record TierFacts
{
    public required DateTimeOffset Now { get; init; }

    /// <summary>The validators of today, by name: verdicts by another version or other rules are stale.</summary>
    public required IReadOnlyDictionary<string, Validator> Validators { get; init; }

    /// <summary>The evidence of today that <c>grounding</c> and <c>backtest</c> judge by (<see cref="Families.EvidenceCut.TextOf"/>): verdicts on less, or on
    /// what was corrected since, are stale. Empty of a skill that was not learned here.</summary>
    public string Evidence { get; init; } = "";

    /// <summary>Who made what, and since when it stands where it stands.</summary>
    public TrustRecord Record { get; init; } = TrustRecord.Empty;

    /// <summary>What the packages of the skill may reach and do, by package digest.</summary>
    public IReadOnlyDictionary<string, SkillPowers> Powers { get; init; } = ImmutableDictionary<string, SkillPowers>.Empty;

    /// <summary>How versions of other skills stand that versions of this one were made from.</summary>
    public IReadOnlyDictionary<VersionReference, ParentStanding> Parents { get; init; } = ImmutableDictionary<VersionReference, ParentStanding>.Empty;
}

/// <summary>How a version stands that something was made from.</summary>
/// <param name="Tier">Null while nobody has judged it.</param>
/// <param name="Powers">Those that it may pass on.</param>
/// <param name="Quarantine">Why it and what was made from it are quarantined; empty where they are not.</param>
public sealed record ParentStanding(Tier? Tier, SkillPowers Powers, string Quarantine = "");

/// <summary>What a tier is to be, by which evidence, and what is in the way of the next one.</summary>
/// <param name="Evidence">Jobs, approvals.</param>
/// <param name="Denials">In words, e.g. <c>T2: backtest failed (covered 0.41)</c>.</param>
public sealed record TierVerdict(Tier To, IReadOnlyList<string> Evidence, IReadOnlyList<string> Denials);
