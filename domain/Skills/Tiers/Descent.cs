namespace Pipeline.Domain.Skills.Tiers;

/// <summary>Quarantine by descent: what was made from a revoked version may carry what that was revoked for, until a person has looked and approved.</summary>
public static class Descent
{
    public static string Reason(string revoked) => $"descends from revoked version {revoked}";

    /// <summary>Where nobody can tell whether it descends from something revoked.</summary>
    public static string Unread(VersionReference parent) => $"its parent version {parent.Version} of {parent.SkillId} was not read";

    /// <returns>Why the version is quarantined; empty where it is not. A revoked version itself is another matter.</returns>
    public static string Quarantine(Skill skill, SkillVersion version, TierFacts facts, Func<string, bool> isApproved)
    {
        var reasons = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var made in skill.Versions.Take(version.Number).DistinctBy(v => v.PackageDigest, StringComparer.Ordinal))
            reasons[made.PackageDigest] = isApproved(made.PackageDigest) ? "" : Own(skill, made) is { Length: > 0 } own ? own
                : skill.SourcesOf(made).Select(p => OfParent(p, skill, facts, reasons)).FirstOrDefault(r => r.Length > 0, "");
        return reasons.GetValueOrDefault(version.PackageDigest, "");
    }

    private static string Own(Skill skill, SkillVersion version) => skill.Quarantined.GetValueOrDefault(version.PackageDigest, "");

    private static string OfParent(VersionReference parent, Skill skill, TierFacts facts, Dictionary<string, string> reasons)
    {
        if (parent.SkillId != skill.Id) return facts.Parents.TryGetValue(parent, out var standing) ? standing.Quarantine : Unread(parent);
        return skill.RevokedDigests.Contains(parent.PackageDigest) ? Reason($"{parent.Version}") : reasons.GetValueOrDefault(parent.PackageDigest, "");
    }
}
