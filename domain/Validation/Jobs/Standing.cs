using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Validation.Jobs;

/// <summary>What a skill's verdicts come to: the tiers of its versions, and where <c>latest</c> points.</summary>
public static class Standing
{
    private const string Gates = "first-tier@1";

    private static readonly string[] s_needed = ["spec", "security"];

    /// <summary>The events that follow from the skill's state; none when they are on record already.</summary>
    public static IReadOnlyList<ILedgerEvent> Following(Skill skill)
    {
        if (skill.Lifecycle != Lifecycle.Active || skill.UnknownEvent.Length > 0) return [];
        var events = new List<ILedgerEvent>();
        void Decide(SkillCommand command)
        {
            if (SkillDecider.Decide(command, skill) is not Decision.Accepted { Events: var decided }) return;
            events.AddRange(decided);
            skill = decided.Aggregate(skill, Skill.Evolve);
        }

        foreach (var version in skill.Versions)
            if (TierOf(skill, version) is { } decision) Decide(decision);
        if (skill.Versions.FindLast(v => v.Tier >= Tier.T1 && !skill.IsRevoked(v)) is { } newest)
            Decide(new SkillCommand.MoveAlias(Skill.LatestAlias, newest.Number, $"the newest version at {Tier.T1} or above"));
        return events;
    }

    private static SkillCommand.DecideTier? TierOf(Skill skill, SkillVersion version)
    {
        var verdicts = s_needed.Select(name => skill.VerdictOf(version.PackageDigest, name)).ToList();
        if (skill.IsRevoked(version) || verdicts.Contains(null)) return null;
        var denials = verdicts.Where(v => v!.Verdict != Verdict.Passed).Select(v => $"{v!.Validator}: {v.Verdict.ToString().ToLowerInvariant()}").ToList();
        var to = denials.Count == 0 || version.IsTrusted ? (Tier)Math.Max((int)version.Tier, (int)Tier.T1) : Tier.Q;
        return new(version.Number, to, version.IsTrusted ? Skill.TrustPolicy : Gates, [.. verdicts.Select(v => v!.Job)], denials);
    }
}
