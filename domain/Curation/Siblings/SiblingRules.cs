using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Rules;
using Pipeline.Domain.Curation.Usage;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Siblings;

/// <summary>When a sibling is proposed for a model, and what keeps one from being made.</summary>
public static class SiblingRules
{
    private const string VariantWaits = "variant-waits";

    /// <summary>What a version does for the models, where it helps some and harms others.</summary>
    internal static ModelEffects? Effects(CurationInput input, ModelSplit split)
    {
        if (!split.IsSplit) return null;
        // Who has a sibling already, be it a retired one, needs no other.
        IReadOnlyList<string> proposed = input.Policy.Variants is Variants.Propose or Variants.Create
            ? [.. split.Harmed.Where(m => input.Family.Siblings.GetValueOrDefault(m)?.Skill is null)]
            : [];
        return new(split.Helped, split.Harmed, proposed)
        {
            Effects = [.. split.ByModel.Select(m => EffectOf(m.Model, m.Comparison, split.Confidence))],
            Waits = [.. proposed.Select(m => SiblingLines.WaitOf(input.Family, m, input.Policy)).OfType<VariantWait>()],
        };
    }

    /// <summary>The models for which the policy makes a sibling at this point, unless it has found before that there is nothing to make.</summary>
    internal static IReadOnlySet<string> AboutToBeMade(CurationInput input, ModelEffects models) => input.Policy.Variants != Variants.Create
        ? new HashSet<string>(StringComparer.Ordinal)
        : models.Proposed.Except((models.Waits ?? []).Select(w => w.Model), StringComparer.Ordinal)
            .Where(m => input.Family.Siblings.GetValueOrDefault(m)?.Decisions is not [.., { ReasonCode: not VariantWaits }]).ToHashSet(StringComparer.Ordinal);

    /// <summary>As a sentence: <c>helps m1 (+.20), harms m2 (−.15): a sibling for m2 is proposed</c>.</summary>
    public static string Said(ModelEffects models)
    {
        string Named(string model) => models.Effects?.FirstOrDefault(e => e.Model == model) is { } effect ? FormattableString.Invariant($"{model} ({effect.Utility:+.00;−.00;.00})") : model;
        string Waiting(string model) => models.Waits?.FirstOrDefault(w => w.Model == model) is { } wait ? $" ({Said(wait)})" : "";
        var split = $"helps {string.Join(", ", models.Helped.Select(Named))}, harms {string.Join(", ", models.Harmed.Select(Named))}";
        return models.Proposed.Count == 0 ? split : $"{split}: a sibling for {string.Join(", ", models.Proposed.Select(m => m + Waiting(m)))} is proposed";
    }

    /// <summary>As a clause: <c>waits for 2 successes of model m2</c>.</summary>
    public static string Said(VariantWait wait) => wait.Successes > 0
        ? $"waits for {wait.Successes} more verified {(wait.Successes == 1 ? "success" : "successes")} of model {wait.Model}"
        : $"waits for verified successes of model {wait.Model} with {wait.Tasks} more {(wait.Tasks == 1 ? "task" : "tasks")}";

    /// <summary>That a sibling which is proposed cannot be made yet; null where the decision is about no such one.</summary>
    internal static Finding? Waits(CurationInput input, EvidenceCounts evidence)
    {
        if (input.Family.ForModel is not { } model || input.Family.Skill is not null) return null;
        var wait = new VariantWait(model, Math.Max(0, input.Policy.MinSuccesses - evidence.Successes.Count), Math.Max(0, input.Policy.MinTasks - evidence.Tasks));
        return Finding.NotDue(VariantWaits, $"a sibling for {model} is proposed; {Said(wait)}");
    }

    /// <summary>A sibling that would ask for the same as what harms its model would harm it too, whatever it warns of besides.</summary>
    /// <returns>Null where it says something else, or the decision is about no sibling.</returns>
    internal static Finding? SaysWhatTheMainSkillSays(CurationInput input, SkillDocument document, Package package) =>
        input.Main is { } main && Revision.SaysTheSame(
            AskedFor(main.Text, main.Variants), AskedFor(document.Markdown(), package.TextOf(SkillWriter.VariantsFile)))
            ? Finding.NotDue("variant-says-the-same", $"what {input.Family.ForModel} succeeded with is what {main.Skill.Name} says already")
            : null;

    private static IReadOnlyList<SkillSection> AskedFor(string text, string variants) =>
        [.. Revision.SectionsOf(text, variants).Where(s => s.Heading != SkillWriter.PitfallsSection)];

    private static ModelEffect EffectOf(string model, Comparison comparison, double confidence)
    {
        var (lower, upper) = comparison.Bounds(confidence);
        return new(model, Math.Round(comparison.Utility, 4), Math.Round(lower, 4), Math.Round(upper, 4), comparison.Exposures, comparison.Controls);
    }
}
