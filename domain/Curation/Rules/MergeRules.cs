using Pipeline.Domain.Curation.Sweeping;

namespace Pipeline.Domain.Curation.Rules;

/// <summary>The rules by which two skills become one.</summary>
public static class MergeRules
{
    /// <summary>Procedures are alike, or a search takes one for the other; and what users say is alike; the merged text keeps enough of both and regresses on the runs of neither.</summary>
    public const string Overlap = "overlap";

    /// <summary>Evolver's rule: the texts are alike by their words.</summary>
    public const string Similarity = "similarity";

    /// <summary>XSkill's rule: the texts' word counts have a cosine beyond the threshold.</summary>
    public const string Cosine = "cosine";

    public static IReadOnlyCollection<string> Names { get; } = [Overlap, Similarity, Cosine];

    /// <summary>Whether two skills are alike. What users say takes reading their runs, and is asked for last.</summary>
    public static Finding Judge(Likeness likeness, Func<double> triggers, CurationPolicy policy)
    {
        var rule = policy.Rules.Merge;
        var (measure, value) = Measure(likeness, policy);
        List<(string, double)> scores = [(measure, value)], thresholds = [("mergeAbove", policy.MergeAbove)];
        var confused = IsConfused(likeness, policy);
        if (rule == Overlap && policy.MergeConfusedAbove > 0)
        {
            scores.Add(("confusion", likeness.Confusion));
            thresholds.Add(("mergeConfusedAbove", policy.MergeConfusedAbove));
        }
        var due = rule != OperationRules.None && (value >= policy.MergeAbove || confused);
        if (rule == Overlap && due)
        {
            var asked = triggers();
            due = asked >= policy.MergeTriggersAbove;
            scores.Add(("triggerOverlap", asked));
            thresholds.Add(("mergeTriggersAbove", policy.MergeTriggersAbove));
        }
        var said = FormattableString.Invariant($"their {measure} is {value:0.##} against {policy.MergeAbove:0.##}");
        if (confused) said += FormattableString.Invariant($", and a search takes one for the other ({likeness.Confusion:0.##} against {policy.MergeConfusedAbove:0.##})");
        return (due ? Finding.Due("alike", said) : Finding.NotDue("not-alike", said)) with { Scores = Finding.Numbers(scores), Thresholds = Finding.Numbers(thresholds) };
    }

    /// <summary>Whether a search confuses two skills so much that the rule of overlap looks at them for that alone.</summary>
    internal static bool IsConfused(Likeness likeness, CurationPolicy policy) =>
        policy.Rules.Merge == Overlap && policy.MergeConfusedAbove > 0 && likeness.Confusion >= policy.MergeConfusedAbove;

    /// <summary>The likeness that the policy's rule goes by, 0 to 1, and its name.</summary>
    internal static (string Name, double Value) Measure(Likeness likeness, CurationPolicy policy) => policy.Rules.Merge switch
    {
        Similarity => ("similarity", likeness.Words),
        Cosine => ("cosine", likeness.Cosine),
        _ => ("procedureOverlap", likeness.Procedure),
    };

    /// <summary>What the merged text keeps of each parent and how it does on the runs of each: measured for every rule, and a gate for
    /// <see cref="Overlap"/>. The presets' authors have none.</summary>
    public static (bool Passes, Finding Finding) Gate(Finding alike, IReadOnlyList<MergeParent> parents, CurationPolicy policy)
    {
        var isGate = policy.Rules.Merge == Overlap;
        var lost = parents.Where(p => p.Retention < policy.MinRetention).Select(p => p.FamilyId).ToList();
        var worse = parents.Where(p => !p.Gate.Passes(policy)).Select(p => p.FamilyId).ToList();
        var finding = isGate && lost.Count > 0 ? Finding.NotDue("loses-content", $"{alike.Reason}, and a merged text would keep too little of {string.Join(" and ", lost)}")
            : isGate && worse.Count > 0 ? Finding.NotDue("would-regress", $"{alike.Reason}, and a merged text would not be shown to cover the runs of {string.Join(" and ", worse)} as well")
            : Finding.Due("merged", $"{alike.Reason}; the merged text keeps {FormattableString.Invariant($"{parents.Min(p => p.Retention):0.##}")} of each or more");
        return (finding.Applies, finding with
        {
            Scores = Finding.Numbers([
                .. alike.Scores.Select(s => (s.Key, s.Value)),
                .. parents.SelectMany(p => new[] { ($"retention:{p.FamilyId}", p.Retention), ($"heldOutBase:{p.FamilyId}", p.Gate.Base ?? 0), ($"heldOutMerged:{p.FamilyId}", p.Gate.Revision ?? 0) })]),
            Thresholds = Finding.Numbers([.. alike.Thresholds.Select(t => (t.Key, t.Value)), ("minRetention", policy.MinRetention), ("maxRegression", policy.MaxRegression)]),
        });
    }
}

/// <param name="Retention">Share of its content that the merged text keeps.</param>
/// <param name="Gate">Its own text and the merged one on held-out runs of its family.</param>
public sealed record MergeParent(string FamilyId, double Retention, GateResult Gate);
