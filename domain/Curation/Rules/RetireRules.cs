namespace Pipeline.Domain.Curation.Rules;

/// <summary>The rules by which a skill is retired for what came of its use.</summary>
public static class RetireRules
{
    private static readonly Dictionary<string, Func<SkillSituation, Finding>> s_rules = new(StringComparer.Ordinal)
    {
        [MarginalUtility.Name] = MarginalUtility.Judge,
        [MovingAverage.Name] = MovingAverage.Judge,
        [SmoothedSuccess.Name] = SmoothedSuccess.Judge,
    };

    public static IReadOnlyCollection<string> Names => s_rules.Keys;

    /// <returns>Null where the policy has no rule for it.</returns>
    public static Finding? Judge(SkillSituation situation) => s_rules.TryGetValue(situation.Policy.Rules.Retire, out var judge) ? judge(situation) : null;
}
