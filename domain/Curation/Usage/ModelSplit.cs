namespace Pipeline.Domain.Curation.Usage;

/// <summary>Whether a version helps some models and harms others: a qualitative interaction.</summary>
/// <remarks>The test for two groups of Gail and Simon, <i>Testing for qualitative interactions between treatment effects and patient
/// subsets</i>, Biometrics 41 (1985): both effects must differ from nothing, in opposite directions. With more models than two the error is
/// shared out among them (Bonferroni).</remarks>
/// <param name="ByModel">Models with enough runs on both sides, in ordinal order.</param>
/// <param name="Confidence">One-sided, of the bounds that each of them is judged by.</param>
public sealed record ModelSplit(IReadOnlyList<(string Model, Comparison Comparison)> ByModel, IReadOnlyList<string> Helped, IReadOnlyList<string> Harmed, double Confidence)
{
    public bool IsSplit => Helped.Count > 0 && Harmed.Count > 0;

    public static ModelSplit Of(IReadOnlyList<(string Model, Comparison Comparison)> models, CurationPolicy policy)
    {
        var judged = models.Where(m => m.Comparison.IsEnough(policy)).OrderBy(m => m.Model, StringComparer.Ordinal).ToList();
        var confidence = 1 - (1 - policy.Confidence) / Math.Max(1, judged.Count - 1);
        return new(
            judged,
            [.. judged.Where(m => m.Comparison.Bounds(confidence).Lower > 0).Select(m => m.Model)],
            [.. judged.Where(m => m.Comparison.Bounds(confidence).Upper < 0).Select(m => m.Model)],
            confidence);
    }
}
