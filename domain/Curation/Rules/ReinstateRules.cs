namespace Pipeline.Domain.Curation.Rules;

/// <summary>The rules by which a skill that a policy retired is brought back.</summary>
public static class ReinstateRules
{
    public static IReadOnlyCollection<string> Names { get; } = [NeededAgain.Name, Renewal.Name];

    /// <returns>Null where the policy has no rule for it.</returns>
    public static Finding? Judge(SkillSituation situation) => Names.Contains(situation.Policy.Rules.Reinstate) ? NeededAgain.Judge(situation) : null;

    /// <summary>Whether it may come back with another text.</summary>
    /// <returns>Null where the policy has no rule for that.</returns>
    public static Finding? JudgeRenewal(SkillSituation situation) => situation.Policy.Rules.Reinstate == Renewal.Name ? Renewal.Judge(situation) : null;
}
