namespace Pipeline.Domain.Curation.Rules;

/// <summary>The rules by which a revision takes the place of the version that stands.</summary>
public static class ImproveRules
{
    public const string HeldOut = "held-out";

    public static IReadOnlyCollection<string> Names { get; } = [HeldOut, MeasuredGain.Name];

    /// <param name="gate">Both texts on held-out episodes.</param>
    /// <param name="lengths">Of both texts, in characters.</param>
    public static Finding Judge(GateResult gate, (int Base, int Revision) lengths, CurationPolicy policy) => policy.Rules.Improve switch
    {
        HeldOut => NonRegression(gate, policy),
        MeasuredGain.Name => MeasuredGain.Judge(gate, lengths, policy),
        _ => Finding.NotDue("not-improved", "the policy improves no skills"),
    };

    internal static Finding Inconclusive { get; } =
        Finding.NotDue("gate-inconclusive", "no episode could be held out to compare the revision with the version that stands");

    private static Finding NonRegression(GateResult gate, CurationPolicy policy) =>
        gate.Base is null ? Inconclusive
        : gate.Passes(policy) ? Finding.Due("procedure-changed", "") with { Scores = gate.Scores }
        : Finding.NotDue("would-regress", "on held-out episodes the revision covers less than the version that stands") with { Scores = gate.Scores };
}
