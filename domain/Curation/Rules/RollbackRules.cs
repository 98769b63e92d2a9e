namespace Pipeline.Domain.Curation.Rules;

/// <summary>The rules by which a version gives way to the one before it.</summary>
public static class RollbackRules
{
    public static IReadOnlyCollection<string> Names { get; } = [SequentialRollback.Name];

    /// <returns>Null where the policy has no rule for it, or the version was not made from another.</returns>
    public static RollbackFinding? Judge(SkillSituation situation) =>
        situation.Policy.Rules.Rollback == SequentialRollback.Name ? SequentialRollback.Judge(situation) : null;
}

/// <param name="To">The version that it would go back to.</param>
public sealed record RollbackFinding(Finding Finding, int To);
