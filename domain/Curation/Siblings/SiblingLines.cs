using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Siblings;

/// <summary>A skill that helps one model and harms another may have a sibling for the latter: a skill of its own, learned from and judged by that
/// model's runs only, while the main skill goes on by those of all the others. Both are decided at the family's decision points, the
/// main skill first.</summary>
public static class SiblingLines
{
    /// <summary>The models about whose siblings something is to be decided at a point, in ordinal order: those that have one, and where the policy
    /// makes siblings those that the last decision about the main skill proposes one for.</summary>
    /// <param name="history">The family's sealed events, with what was decided about the main skill at the point.</param>
    public static IReadOnlyList<string> At(IReadOnlyList<RecordedEvent> history, DecisionPoint point)
    {
        var (models, proposed, leaf) = (new SortedSet<string>(StringComparer.Ordinal), (IReadOnlyList<string>)[], point.Evidence.Leaf!.Value);
        foreach (var recorded in history)
        {
            switch (recorded.Event)
            {
                case FamilyEvent.VariantAccepted accepted when recorded.Leaf < leaf:
                    models.Add(accepted.Model);
                    break;
                case FamilyEvent.CurationDecided { SiblingFor: { } model, Result: not null } decided when FamilyHistory.Precedes(decided, point.Number, leaf):
                    models.Add(model);
                    break;
                case FamilyEvent.CurationDecided { SiblingFor: null, Sweep: null } decided when decided.ThroughEvidence <= point.Number:
                    proposed = decided.Models?.Proposed ?? [];
                    break;
            }
        }
        if (point.Active.Policy.Variants == Variants.Create) models.UnionWith(proposed);
        return [.. models];
    }

    /// <summary>Whether it takes a look at the history with the decision about the main skill to know that there are none.</summary>
    /// <param name="history">Without that decision.</param>
    public static bool MayBe(IReadOnlyList<RecordedEvent> history, DecisionPoint point) => point.Active.Policy.Variants == Variants.Create || At(history, point).Count > 0;

    /// <summary>The skills whose state says how a family is to be looked at.</summary>
    public static IEnumerable<string> SkillsOf(Family family) => family.Siblings.Values.Select(s => s.Skill?.SkillId).OfType<string>();

    /// <summary>The family as its main skill is learned and judged from: without the runs of models that have a living sibling.</summary>
    /// <param name="find">A skill as it stands.</param>
    public static Family Main(Family family, Func<string, Skill> find) => family.WithoutModels(
        family.Siblings.Where(s => s.Value.Skill is { } skill && find(skill.SkillId).Lifecycle == Lifecycle.Active).Select(s => s.Key).ToHashSet(StringComparer.Ordinal));

    /// <summary>What a model has not shown yet of what a skill is learned from; null where it has shown enough.</summary>
    public static VariantWait? WaitOf(Family family, string model, CurationPolicy policy)
    {
        var successes = EvidenceSelection.Select(family.Evidence.Where(e => e.Model == model), policy).Where(e => e.Outcome.IsVerifiedSuccess).ToList();
        var tasks = successes.Select(Composing.MinedEpisode.TaskOf).Distinct(StringComparer.Ordinal).Count();
        return successes.Count >= policy.MinSuccesses && tasks >= policy.MinTasks
            ? null
            : new(model, Math.Max(0, policy.MinSuccesses - successes.Count), Math.Max(0, policy.MinTasks - tasks));
    }
}
