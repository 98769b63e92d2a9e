using System.Collections.Immutable;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>The diff gate: what a version can do that those it was made from could not, until security passed on it and a person approved it.</summary>
/// <remarks>What slipped into a version that was never approved is still new in every version made from that one.</remarks>
public static class PowerGate
{
    public const string Unread = "its package was not read";

    /// <param name="isVouched">Whether security passed on a package digest by today's rules and a person approved it.</param>
    /// <param name="vouchesForOthers">Whether it did by whichever rules judged it last.</param>
    /// <returns>New hosts, commands, scripts and permissions in ordinal order; none where nothing is in the way.</returns>
    public static IReadOnlyList<string> Unapproved(Skill skill, SkillVersion version, TierFacts facts, Func<string, bool> isVouched, Func<string, bool> vouchesForOthers)
    {
        var origin = skill.OriginOf(version);
        if (isVouched(origin.PackageDigest) || IsFirst(skill, origin)) return [];
        return facts.Powers.TryGetValue(origin.PackageDigest, out var powers) ? [.. powers.Beyond(Base(skill, origin, facts, vouchesForOthers)).Names] : [Unread];
    }

    /// <summary>What a version may pass on to those that are made from it.</summary>
    public static SkillPowers PassedOn(Skill skill, SkillVersion version, TierFacts facts, Func<string, bool> vouchesForOthers)
    {
        var passed = new Dictionary<string, SkillPowers>(StringComparer.Ordinal);
        // Parents come before their children, so that nothing here is as deep as a lineage is long.
        foreach (var made in skill.Versions.Take(version.Number).DistinctBy(v => v.PackageDigest, StringComparer.Ordinal))
        {
            var own = facts.Powers.GetValueOrDefault(made.PackageDigest, SkillPowers.None);
            passed[made.PackageDigest] = IsFirst(skill, made) || vouchesForOthers(made.PackageDigest) ? own : own.Within(Union(skill, made, p => OfParent(p, skill, facts, passed)));
        }
        return passed.GetValueOrDefault(version.PackageDigest, SkillPowers.None);
    }

    private static SkillPowers Base(Skill skill, SkillVersion origin, TierFacts facts, Func<string, bool> vouchesForOthers) =>
        Union(skill, origin, p => p.SkillId == skill.Id && skill.Version(p.Version) is { } parent
            ? PassedOn(skill, parent, facts, vouchesForOthers)
            : facts.Parents.GetValueOrDefault(p)?.Powers ?? SkillPowers.None);

    private static SkillPowers OfParent(VersionReference parent, Skill skill, TierFacts facts, Dictionary<string, SkillPowers> passed) =>
        parent.SkillId == skill.Id ? passed.GetValueOrDefault(parent.PackageDigest, SkillPowers.None) : facts.Parents.GetValueOrDefault(parent)?.Powers ?? SkillPowers.None;

    private static SkillPowers Union(Skill skill, SkillVersion version, Func<VersionReference, SkillPowers> powersOf) =>
        skill.SourcesOf(version).Aggregate(SkillPowers.None, (all, parent) => all.And(powersOf(parent)));

    // Nothing was there before: whatever it can do, the verdicts on it are about.
    private static bool IsFirst(Skill skill, SkillVersion version) => skill.SourcesOf(version).Count == 0;
}
