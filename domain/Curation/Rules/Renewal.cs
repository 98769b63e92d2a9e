using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Rules;

/// <summary>As <see cref="NeededAgain"/>; besides, a skill that a policy retired for no utility comes back with another text, once evidence
/// since then says something else than the text that failed. What its users failed with is not learned from (<see cref="Usage.Discredit"/>),
/// then or later.</summary>
public static class Renewal
{
    public const string Name = "renewal";

    /// <summary>Whether a retired skill may come back with another text, should the evidence give one. Never what a person retired, and not
    /// before enough runs without it have succeeded, unless what was on record has changed.</summary>
    public static Finding Judge(SkillSituation s)
    {
        if (s.Skill.RetiredFor != RetirementCause.NoUtility || RetiredDigests(s.Family, s.Skill).Count == 0)
            return Finding.NotDue("skill-not-active", $"skill {s.Skill.Id} is retired");
        var since = s.Account.Controls.Count(t => t.Succeeded && t.Place >= s.Since);
        return (since >= s.Policy.MinSuccesses || s.Corrects
            ? Finding.Due("says-something-else", $"{since} runs without it have succeeded since it was retired, and the evidence says something else")
            : Finding.NotDue("skill-not-active", $"skill {s.Skill.Id} is retired, and {since} runs without it have succeeded since")) with
        {
            Scores = Finding.Numbers(("successesSince", since)),
            Thresholds = Finding.Numbers(("successesSince", s.Policy.MinSuccesses)),
        };
    }

    /// <summary>Packages of the skill that the policy has retired for what came of their use; a sweep retires for other causes.</summary>
    internal static IReadOnlyList<string> RetiredDigests(Family family, Skill skill) =>
        [.. family.Decisions.Where(d => d is { Operation: CurationOperation.Retire, Sweep: null } && d.Result?.SkillId == skill.Id).Select(d => d.Result!.PackageDigest)];
}
