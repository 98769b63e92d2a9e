namespace Pipeline.Domain.Curation.Rules;

/// <summary>The rules by which a version gives way to one before it.</summary>
public static class RollbackRules
{
    private static readonly Dictionary<string, Func<SkillSituation, RollbackFinding?>> s_rules = new(StringComparer.Ordinal)
    {
        [LineageRollback.Name] = LineageRollback.Judge,
        [SequentialRollback.Name] = SequentialRollback.Judge,
    };

    public static IReadOnlyCollection<string> Names => s_rules.Keys;

    /// <returns>Null where the policy has no rule for it, or the version was not made from another.</returns>
    public static RollbackFinding? Judge(SkillSituation situation) => s_rules.TryGetValue(situation.Policy.Rules.Rollback, out var judge) ? judge(situation) : null;
}

/// <param name="To">The version that it would go back to.</param>
public sealed record RollbackFinding(Finding Finding, int To);
