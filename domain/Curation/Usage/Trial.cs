using Pipeline.Domain.Families;

namespace Pipeline.Domain.Curation.Usage;

/// <summary>One verified run, as far as utility asks.</summary>
/// <param name="Day">Of the run, counted from year 1; null where it is not known: then it is as old as the oldest.</param>
/// <param name="Place">Among the family's evidence, in order of first admission; 0 in another family's.</param>
/// <param name="Tools">That it called.</param>
public sealed record Trial(string Task, string Model, string Source, int? Day, bool Succeeded, long? Tokens, int Place, IReadOnlyList<string> Tools)
{
    /// <returns>Null for an outcome that nobody but the agent has verified: it says nothing about a skill.</returns>
    public static Trial? Of(FamilyEvent.EvidenceAdmitted e, int place) => e.Outcome.IsVerifiedSuccess || e.Outcome.IsVerifiedFailure
        ? new(e.Task, e.Model, e.Source, e.At is { } at ? (int)(at.UtcTicks / TimeSpan.TicksPerDay) : null, e.Outcome.IsVerifiedSuccess, e.Tokens, place, e.Sketch.Tools)
        : null;
}

/// <summary>How much each run weighs: less the older it is, and less where its source brings more than all the others together.</summary>
internal sealed class TrialWeights
{
    private readonly Dictionary<string, double> _bySource;
    private readonly double _halfLife;
    private readonly int _newest;
    private readonly int _oldest;

    public TrialWeights(IReadOnlyList<Trial> trials, CurationPolicy policy)
    {
        _halfLife = policy.HalfLifeDays;
        // Only differences of age matter to a share, so no clock is asked.
        (_newest, _oldest) = (trials.Max(t => t.Day) ?? 0, trials.Min(t => t.Day) ?? 0);
        _bySource = trials.GroupBy(t => t.Source, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => ShareOf(g.Count(), trials.Count, policy), StringComparer.Ordinal);
    }

    public double Of(Trial trial) => _bySource[trial.Source] * (_halfLife == 0 ? 1 : Math.Pow(0.5, (_newest - (trial.Day ?? _oldest)) / _halfLife));

    /// <summary>The same sum in whatever order they come.</summary>
    public static double Sum(IEnumerable<double> values) => values.Order().Sum();

    private static double ShareOf(int own, int all, CurationPolicy policy) =>
        own == all ? 1 : Math.Min(1, (double)Math.Max(policy.FreeShareOfSource, all - own) / own);
}
