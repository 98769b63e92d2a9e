using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Siblings;

/// <summary>Somebody accepts the sibling that is proposed for a model: it is made at once, from the evidence that there is, under the same
/// conditions as where the policy makes it.</summary>
public static class SiblingAcceptance
{
    /// <summary>What stands in the way before any run is read.</summary>
    /// <param name="family">As it stands.</param>
    /// <param name="main">The skill that was named, as it stands.</param>
    /// <returns>Null where nothing does.</returns>
    public static Decision? Objection(Family family, Skill main, string model, Func<string, Skill> find, CurationPolicy policy)
    {
        if (main.VariantOf is { } of) return Decision.Refuse("is-variant", $"{main.Id} is itself a sibling, of {of.SkillId}: name that one");
        if (family.Skill?.SkillId != main.Id) return Decision.Refuse("not-learned", $"{main.Id} is not what a family of this ledger is learned as: siblings are made of such skills only");
        if (main.AbsorbedInto is { } into) return Decision.Refuse("skill-absorbed", $"{main.Id} was absorbed by {into.SkillId}: name that one");
        if (family.Siblings.GetValueOrDefault(model)?.Skill is { } sibling)
        {
            return find(sibling.SkillId).Lifecycle == Lifecycle.Active
                ? Decision.Nothing
                : Decision.Refuse("variant-retired", $"{sibling.SkillId} was made for {model} and is not served: reinstate it");
        }
        var proposed = family.LastAtPoint?.Models?.Proposed ?? [];
        if (!proposed.Contains(model, StringComparer.Ordinal))
            return Decision.Refuse("variant-not-proposed", $"no sibling of {main.Id} is proposed for {model}{(proposed.Count > 0 ? $", but for {string.Join(", ", proposed)}" : "; `skill show` says when one is")}");
        return SiblingLines.WaitOf(family, model, policy) is { } wait ? Decision.Refuse("variant-waits", $"a sibling for {model} {SiblingRules.Said(wait)}") : null;
    }

    /// <param name="view">The family as the sibling has it (<see cref="Family.SiblingFor"/>), and the model's episodes.</param>
    /// <returns>The command and the package, or why there is nothing to be made.</returns>
    public static (SkillCommand.Create? Command, Package? Package, Decision.Refused? Refused) Make(CurationInput view, string by)
    {
        var evidence = EvidenceCounts.Of(view);
        // Of what was selected, some may have been erased.
        if (evidence.Successes.Count < view.Policy.MinSuccesses || evidence.Tasks < view.Policy.MinTasks)
            return (null, null, new("too-few-successes", $"{evidence.Successes.Count} verified successes of {view.Family.ForModel} with {evidence.Tasks} tasks can be read; {view.Policy.MinSuccesses} of {view.Policy.MinTasks} are needed"));
        if (view.Compose(view.Name, evidence.Usable, $"{evidence.Rationale}; {by}") is not var (document, content, package))
            return (null, null, new("nothing-to-say", "the runs show nothing that several tasks have in common and that is worth a skill of this kind"));
        if (SiblingRules.SaysWhatTheMainSkillSays(view, document, package) is { } same) return (null, null, new(same.Code, same.Reason));
        var command = new SkillCommand.Create(view.Name, view.Name, SkillOrigin.Learned, view.Family.Id, view.Family.Environment, view.Family.Kind, content)
        {
            VariantOf = view.Main!.Reference,
            Model = view.Family.ForModel,
        };
        return (command, package, null);
    }
}
