using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Validation.Platform;

/// <summary>Whether a version may be given to somebody outside, who runs it: only what is in use, and what nothing was found against.</summary>
public static class TrialAdmission
{
    /// <summary>The validators that have to let a version pass first.</summary>
    public static IReadOnlyList<string> Vetting { get; } = ["spec", "security"];

    /// <param name="today">The validators by whose rules it must have passed.</param>
    /// <returns>What is in the way, in words; empty where nothing is.</returns>
    public static string Barrier(Skill skill, SkillVersion version, IReadOnlyList<Validator> today)
    {
        if (skill.IsRevoked(version)) return "the version is revoked";
        if (skill.Lifecycle != Lifecycle.Active) return skill.Lifecycle == Lifecycle.Absorbed ? "the skill was absorbed by another" : "the skill is retired";
        var missing = Vetting.Where(name => !today.Any(v => v.Name == name && skill.VerdictOf(version.PackageDigest, v) is { Verdict: Verdict.Passed })).ToList();
        return missing.Count == 0 ? "" : $"{string.Join(" and ", missing)} of today {(missing.Count == 1 ? "has" : "have")} not passed on it";
    }
}
