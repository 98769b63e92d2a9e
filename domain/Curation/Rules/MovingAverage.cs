using Pipeline.Domain.Curation.Usage;

namespace Pipeline.Domain.Curation.Rules;

/// <summary>SLIM's rule: at each audit, success with less success without goes into a moving average; a skill is retired that has been
/// below the threshold in several audits running, and that was used often enough.</summary>
public static class MovingAverage
{
    public const string Name = "moving-average";

    public static Finding Judge(SkillSituation s)
    {
        var uses = s.Account.With(s.Version).Where(t => t.Place >= s.Since).ToList();
        var (average, below) = Audit(uses, s.Account.Controls, s.Policy);
        var due = uses.Count >= s.Policy.MinExposure && below >= s.Policy.RetireAudits;
        var said = FormattableString.Invariant($"after {uses.Count} uses its moving average of utility is {average:0.####}, and it was below {s.Policy.RetireBelow:0.####} in the last {below} audits");
        return (due ? Finding.Due("no-utility", said) : Finding.NotDue("of-use", said)) with
        {
            Scores = Finding.Numbers(("exposures", uses.Count), ("movingAverage", average), ("auditsBelow", below)),
            Thresholds = Finding.Numbers(("minExposure", s.Policy.MinExposure), ("retireBelow", s.Policy.RetireBelow), ("averageDecay", s.Policy.AverageDecay), ("retireAudits", s.Policy.RetireAudits)),
        };
    }

    // An audit compares the uses since the last one with the runs without since then, or where there were none, with all before.
    private static (double Average, int Below) Audit(IReadOnlyList<Trial> uses, IReadOnlyList<Trial> without, CurationPolicy policy)
    {
        var (average, below, from, audits) = (0.0, 0, -1, 0);
        foreach (var window in uses.OrderBy(t => t.Place).Chunk(policy.AuditEvery).Where(w => w.Length == policy.AuditEvery))
        {
            var to = window[^1].Place;
            var before = without.Where(t => t.Place <= to).ToList();
            var control = before.Where(t => t.Place > from).ToList() is { Count: > 0 } fresh ? fresh : before;
            from = to;
            if (control.Count == 0) continue;
            var utility = Share(window) - Share(control);
            average = audits++ == 0 ? utility : policy.AverageDecay * average + (1 - policy.AverageDecay) * utility;
            below = average < policy.RetireBelow ? below + 1 : 0;
        }
        return (average, below);
    }

    private static double Share(IReadOnlyCollection<Trial> trials) => (double)trials.Count(t => t.Succeeded) / trials.Count;
}
