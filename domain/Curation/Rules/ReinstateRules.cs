namespace Pipeline.Domain.Curation.Rules;

/// <summary>The rules by which a skill that a policy retired is brought back.</summary>
public static class ReinstateRules
{
    public static IReadOnlyCollection<string> Names { get; } = [NeededAgain.Name];

    /// <returns>Null where the policy has no rule for it.</returns>
    public static Finding? Judge(SkillSituation situation) => situation.Policy.Rules.Reinstate == NeededAgain.Name ? NeededAgain.Judge(situation) : null;
}
