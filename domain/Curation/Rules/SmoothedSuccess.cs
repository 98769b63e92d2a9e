namespace Pipeline.Domain.Curation.Rules;

/// <summary>Evolver's rule: utility is (successes + 1) / (uses + 2), and a skill below the threshold is pruned.</summary>
public static class SmoothedSuccess
{
    public const string Name = "smoothed-success";

    public static Finding Judge(SkillSituation s)
    {
        var uses = s.Account.With(s.Version).Where(t => t.Place >= s.Since).ToList();
        var successes = uses.Count(t => t.Succeeded);
        var utility = (successes + 1.0) / (uses.Count + 2);
        var said = FormattableString.Invariant($"{successes} of {uses.Count} uses succeeded: a utility of {utility:0.####} against {s.Policy.RetireBelow:0.####}");
        return (utility < s.Policy.RetireBelow ? Finding.Due("no-utility", said) : Finding.NotDue("of-use", said)) with
        {
            Scores = Finding.Numbers(("exposures", uses.Count), ("utility", utility)),
            Thresholds = Finding.Numbers(("retireBelow", s.Policy.RetireBelow)),
        };
    }
}
