using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Rules;

/// <summary>Brings a skill back that a policy retired: because its tool is in use again, because runs without it have done worse than runs
/// with it did, or because the verdicts that it was retired for were corrected. What a person retired stays so.</summary>
public static class NeededAgain
{
    public const string Name = "needed-again";

    public static Finding Judge(SkillSituation s) => s.Skill.RetiredFor switch
    {
        RetirementCause.Stale or RetirementCause.Superseded => ToolsAreBack(s),
        RetirementCause.NoUtility => Missed(s),
        var cause => Finding.NotDue("skill-not-active", $"skill {s.Skill.Id} is retired: {Word(cause)}; that is for people to undo"),
    };

    private static Finding ToolsAreBack(SkillSituation s)
    {
        var since = s.Account.Controls.Count(t => t.Succeeded && t.Place >= s.Since);
        return (since > 0
            ? Finding.Due("tools-back", $"`{s.Family.Effect}` is in use again: {since} runs since it was retired succeeded with it")
            : Finding.NotDue("skill-not-active", $"skill {s.Skill.Id} is retired, and no run since has succeeded with its tool")) with
        {
            Scores = Finding.Numbers(("successesSince", since)),
            Thresholds = Finding.Numbers(("successesSince", 1)),
        };
    }

    private static Finding Missed(SkillSituation s)
    {
        var comparison = s.Account.Compare(s.Version);
        var (lower, upper) = comparison.Bounds(s.Policy.Confidence);
        var said = MarginalUtility.Said(comparison);
        var finding = comparison.IsEnough(s.Policy) && lower > Math.Max(0, s.Policy.RetireBelow) ? Finding.Due("needed-again", $"{said}: it was of use")
            : s.Corrects && Revised(s) && comparison.Controls > 0 && comparison.Utility >= s.Policy.ReinstateAbove ? Finding.Due("verdicts-corrected", $"with the verdicts as corrected {said}")
            : Finding.NotDue("skill-not-active", $"skill {s.Skill.Id} is retired: {said}");
        return finding with
        {
            Scores = MarginalUtility.Scores(comparison, lower, upper),
            Thresholds = Finding.Numbers(("reinstateAbove", s.Policy.ReinstateAbove), ("minExposure", s.Policy.MinExposure), ("minControl", s.Policy.MinControl), ("confidence", s.Policy.Confidence)),
        };
    }

    // As if it had not been retired: would it be now?
    private static bool Revised(SkillSituation s) =>
        RetireRules.Judge(s with { Family = s.Family with { Decisions = s.Family.Decisions.RemoveAll(d => d == s.LastTurn) } }) is not { Applies: true };

    private static string Word(RetirementCause? cause) => cause switch
    {
        RetirementCause.Security => "for security",
        RetirementCause.Internalised => "its model needs it no more",
        _ => "by hand",
    };
}
