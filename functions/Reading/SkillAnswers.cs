using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Functions.Reading;

/// <summary>What was served under which name, since when, moved by whom, and what had been said of it: from a skill's history alone.</summary>
public static class SkillAnswers
{
    /// <summary>One for each alias: <c>production</c> before the others, those in ordinal order.</summary>
    public static IReadOnlyList<AliasAnswer> Of(SkillThen then) =>
        [.. then.Skill.Aliases.OrderBy(alias => alias.Key != AliasRules.Production).Select(alias => Of(then, alias.Key, alias.Value)).OfType<AliasAnswer>()];

    /// <summary>What each validator last said of a package, by the validator's name. That it was kept from judging counts only while it has not judged.</summary>
    public static IReadOnlyList<CheckSaid> ChecksOf(SkillThen then, string packageDigest)
    {
        var said = new SortedDictionary<string, CheckSaid>(StringComparer.Ordinal);
        foreach (var recorded in then.Stream)
        {
            if (recorded.Event is not ValidationCompleted e || e.PackageDigest != packageDigest) continue;
            if (e.Verdict == Verdict.InfraBlocked && said.ContainsKey(e.Validator)) continue;
            said[e.Validator] = new(e.Validator, e.ValidatorVersion, e.Verdict, e.Reason ?? "", e.ReportDigest, recorded.Context.RecordedAt, recorded.Leaf ?? 0);
        }
        return [.. said.Values];
    }

    /// <summary>Approvals of a package that stand.</summary>
    public static IReadOnlyList<ApprovalSaid> ApprovalsOf(SkillThen then, string packageDigest) =>
        [.. from approval in then.Skill.Approvals
            where approval.PackageDigest == packageDigest
            let given = then.Stream.Last(e => e.Event is ApprovalGiven given && given.PackageDigest == packageDigest && given.By == approval.By)
            orderby given.Leaf
            select new ApprovalSaid(approval.By, ((ApprovalGiven)given.Event).Reason, given.Context.RecordedAt, given.Leaf ?? 0)];

    private static AliasTable TableOf(SkillThen then) => new(
        then.Skill.Id, then.Skill.Aliases, then.Skill.Shares,
        then.Versions.Where(v => !v.Revoked).ToDictionary(v => v.Number, v => new VersionStanding(v.Version.PackageDigest, v.Version.Tier)));

    private static AliasAnswer? Of(SkillThen then, string alias, int number)
    {
        if (then.Version(number) is not { } version || then.Stream.LastOrDefault(e => e.Event is AliasMoved moved && moved.Alias == alias) is not { } move) return null;
        var digest = version.Version.PackageDigest;
        return new(
            alias, version, AliasRules.Needs(alias), then.Skill.Shares.GetValueOrDefault(alias)?.Percent ?? CanaryShare.All, ServedVersion.ToOthers(alias, TableOf(then)),
            move.Context.RecordedAt, move.Leaf ?? 0, move.Context.Actor.ToString(), move.Context.DecidedBy, ((AliasMoved)move.Event).Reason,
            ChecksOf(then, digest), ApprovalsOf(then, digest))
        {
            PinnedBy = then.Skill.PinnedBy.GetValueOrDefault(alias),
            TierLeaf = then.Stream.LastOrDefault(e => e.Event is TierDecided decided && decided.PackageDigest == digest)?.Leaf,
        };
    }
}

/// <param name="Needs">The tier from which a version may have this alias.</param>
/// <param name="Share">Percent of the callers who are given it.</param>
/// <param name="ToOthers">What the other callers are given; null where there are none, or nothing.</param>
/// <param name="Since">When it was moved there; so do the following speak of that move.</param>
/// <param name="Checks">Of the version's package.</param>
public sealed record AliasAnswer(
    string Alias, VersionThen Version, Tier Needs, int Share, Served? ToOthers, DateTimeOffset Since, long Leaf, string By, string DecidedBy, string Reason,
    IReadOnlyList<CheckSaid> Checks, IReadOnlyList<ApprovalSaid> Approvals)
{
    /// <summary>The stage whose release holds it there; null: none.</summary>
    public string? PinnedBy { get; init; }

    /// <summary>Where its tier was last decided; null while it was not.</summary>
    public long? TierLeaf { get; init; }

    /// <summary>Whether it may be served under this name as things stand.</summary>
    public bool MayBe => !Version.Revoked && Version.Version.Tier >= Needs;

    /// <summary>The leaves that the answer names, and what each of them says; the one that made the version first. It rests on them all: on the skill's whole stream.</summary>
    public IReadOnlyList<(long Leaf, string Says)> Leaves =>
    [
        (Version.By.Leaf ?? 0, $"v{Version.Number} was made"), (Leaf, "the alias was moved"), .. TierLeaf is { } tier ? [(tier, "the tier was decided")] : Array.Empty<(long, string)>(),
        .. Checks.Select(c => (c.Leaf, $"{c.Validator} said {c.Verdict.ToString().ToLowerInvariant()}")), .. Approvals.Select(a => (a.Leaf, "it was approved")),
    ];
}

/// <param name="Reason">In short why it is no pass; empty where nobody said.</param>
public sealed record CheckSaid(string Validator, string ValidatorVersion, Verdict Verdict, string Reason, string ReportDigest, DateTimeOffset At, long Leaf);

public sealed record ApprovalSaid(string By, string Reason, DateTimeOffset At, long Leaf);
