using Pipeline.Domain.Curation.Usage;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>Whether runs with a package succeed as often as matched runs without it: over all of its uses, and for each model.</summary>
/// <remarks>A model is compared with itself only, and the whole is the mean over the models as they use it (direct standardisation), so that one
/// which is weak and uses it often does not count as a loss, nor one which is strong hide it (E. H. Simpson, <i>The interpretation of interaction in
/// contingency tables</i>, Journal of the Royal Statistical Society B 13, 1951).</remarks>
internal sealed record CleanUse(IReadOnlyList<ModelUse> Models)
{
    // One-sided, shared out among the models (Bonferroni).
    private const double Error = 0.05;

    /// <param name="usage">Of all versions that have the package.</param>
    public static CleanUse Of(IEnumerable<UsageSummarised> usage) => new([.. usage.GroupBy(u => u.Model, StringComparer.Ordinal).OrderBy(u => u.Key, StringComparer.Ordinal)
        .Select(u => new ModelUse(u.Key, u.Sum(s => (long)s.Exposures), u.Sum(s => (long)s.Successes), u.Sum(s => (long)s.MatchedExposures), u.Sum(s => (long)s.MatchedSuccesses)))]);

    public long Uses => Models.Sum(m => m.Uses);

    private IReadOnlyList<ModelUse> Compared => [.. Models.Where(m => m is { Uses: > 0, Matched: > 0 })];

    /// <summary>Whether success is lower with it by more than the gates allow. Models without matched runs say nothing of that.</summary>
    public bool IsLoss(GatePolicy gates)
    {
        var (compared, uses) = (Compared, (double)Compared.Sum(m => m.Uses));
        return uses > 0 && compared.Sum(m => m.Successes) / uses < compared.Sum(m => m.Uses * m.Without) / uses - gates.CleanDrop;
    }

    /// <summary>The models for which it is lower by more than that: of those with fewer runs than the gates want as uses, where that is beyond chance.</summary>
    public IReadOnlyList<string> Losing(GatePolicy gates)
    {
        var compared = Compared;
        var z = SuccessRates.Deviate(1 - (Error / Math.Max(1, compared.Count)));
        return [.. compared.Where(m => m.With < m.Without - gates.CleanDrop
            && (Math.Min(m.Uses, m.Matched) >= gates.CleanUses || SuccessRates.Difference((m.With, m.Uses), (m.Without, m.Matched), z).Upper < 0)).Select(m => m.Model)];
    }
}

/// <param name="Uses">Runs with it.</param>
/// <param name="Matched">Runs of the same kind without it.</param>
internal sealed record ModelUse(string Model, long Uses, long Successes, long Matched, long MatchedSuccesses)
{
    public double With => (double)Successes / Uses;
    public double Without => (double)MatchedSuccesses / Matched;
}
