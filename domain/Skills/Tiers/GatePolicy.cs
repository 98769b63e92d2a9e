using System.Globalization;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>What a version must show for each tier: the numbers and switches of the gates. A policy of its own, so that how skills are
/// learned and how far they are trusted change apart from each other.</summary>
public sealed record GatePolicy
{
    public required string Id { get; init; }
    public required int Version { get; init; }

    /// <summary>T2: independent sources of verified runs behind every section, as the verdict of <c>grounding</c> counts them.</summary>
    public int Sources { get; init; } = 2;

    /// <summary>Whether the person who made a version may approve it.</summary>
    public bool AuthorMayApprove { get; init; }

    /// <summary>T2: whether an approval stands for <c>grounding</c> and <c>backtest</c> where they cannot tell. Never where they failed.</summary>
    public bool ApprovalStandsForEvidence { get; init; }

    /// <summary>T4: persons who approved, each of whom an approval counts from.</summary>
    public int Approvers { get; init; } = 2;

    /// <summary>T4: days at T3 without a break.</summary>
    public double CleanDays { get; init; } = 30;

    /// <summary>T4: uses that were summed up, by all models.</summary>
    public int CleanUses { get; init; } = 100;

    /// <summary>T4: how much lower the share of successes may be than that of matched runs without the skill, over all models and for each (0 to 1).</summary>
    public double CleanDrop { get; init; } = 0.05;

    /// <summary>Days for which a version keeps its tier on verdicts of rules that are no longer today's, from when that was first recorded;
    /// null: until it is judged again.</summary>
    public double? StaleAfter { get; init; }

    /// <summary>The highest tier of a version that brings a new host, command, script or permission, until <c>security</c> passed on it and a person approved it.</summary>
    public Tier UnapprovedPowers { get; init; } = Tier.Q;

    /// <summary>Whether <c>canary</c> goes to the newest version at T2 by itself.</summary>
    public bool CanaryFollows { get; init; } = true;

    /// <summary>As records cite it, e.g. <c>strict@1</c>.</summary>
    public string Reference => string.Create(CultureInfo.InvariantCulture, $"{Id}@{Version}");

    /// <summary>What is impossible about it; each begins with the parameter. None when it can be used.</summary>
    public IEnumerable<string> Problems()
    {
        if (!SkillDecider.IsName(Id)) yield return "id must be lower-case letters, digits and single hyphens, at most 64";
        if (Version < 1) yield return "version must be 1 or more";
        if (Sources is < 1 or > 1000) yield return "sources must be from 1 to 1000";
        if (Approvers is < 1 or > 100) yield return "approvers must be from 1 to 100";
        if (!(CleanDays is >= 0 and <= 3650)) yield return "cleanDays must be from 0 to 3650";
        if (CleanUses is < 0 or > 1_000_000_000) yield return "cleanUses must be from 0 to 1000000000";
        if (!(CleanDrop is >= 0 and <= 1)) yield return "cleanDrop must be from 0 to 1";
        if (StaleAfter is { } days && !(days is >= 0 and <= 3650)) yield return "staleAfter must be from 0 to 3650 days, or left out";
        if (UnapprovedPowers is not (Tier.Q or Tier.T1)) yield return "unapprovedPowers must be Q or T1: higher needs a person";
    }
}
