using Pipeline.Domain.Curation.Usage;

namespace Pipeline.Domain.Curation.Rules;

/// <summary>Retires a version whose success with less success without lies below the threshold, by the whole of its confidence bounds, once
/// enough runs have loaded it and there is something to compare them with.</summary>
public static class MarginalUtility
{
    public const string Name = "marginal-utility";

    public static Finding Judge(SkillSituation s)
    {
        var comparison = s.Account.Compare(s.Version, sincePlace: s.Since);
        var (lower, upper) = comparison.Bounds(s.Policy.Confidence);
        var finding = !comparison.IsEnough(s.Policy)
            ? Finding.NotDue("too-little-use", $"{comparison.Exposures} runs had loaded version {s.Version} and {comparison.Controls} can be compared with them; {s.Policy.MinExposure} and {s.Policy.MinControl} are needed")
            : upper < s.Policy.RetireBelow
                ? Finding.Due("no-utility", $"{Said(comparison)}: what it adds is below {s.Policy.RetireBelow:0.###} at a confidence of {s.Policy.Confidence:0.###}")
                : Finding.NotDue("of-use", $"{Said(comparison)}: that it adds less than {s.Policy.RetireBelow:0.###} is not shown");
        return finding with { Scores = Scores(comparison, lower, upper), Thresholds = Thresholds(s.Policy) };
    }

    internal static string Said(Comparison c) => FormattableString.Invariant(
        $"{c.Successes} of {c.Exposures} runs with it succeeded and {c.ControlSuccesses} of {c.Controls} without (matched by task {c.ByTask}, by model {c.ByModel}, by family {c.ByFamily})");

    internal static IReadOnlyDictionary<string, double> Scores(Comparison c, double lower, double upper) => Finding.Numbers(
        ("exposures", c.Exposures), ("controls", c.Controls), ("with", c.With), ("without", c.Without),
        ("utility", c.Utility), ("utilityLower", lower), ("utilityUpper", upper),
        ("matchedByTask", c.ByTask), ("matchedByModel", c.ByModel), ("matchedByFamily", c.ByFamily));

    private static IReadOnlyDictionary<string, double> Thresholds(CurationPolicy p) => Finding.Numbers(
        ("minExposure", p.MinExposure), ("minControl", p.MinControl), ("retireBelow", p.RetireBelow), ("confidence", p.Confidence));
}
