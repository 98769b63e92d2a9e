using Pipeline.Domain.Curation.Composing;

namespace Pipeline.Domain.Curation;

/// <summary>The evidence that a decision looks at, in numbers.</summary>
/// <param name="Discredited">Successes that are left out (<see cref="CurationInput.Discredited"/>).</param>
internal sealed record EvidenceCounts(
    IReadOnlyList<MinedEpisode> Usable, IReadOnlyList<MinedEpisode> Successes, int Failures, int Tasks, int Sources, int Unreadable, int Discredited)
{
    public IReadOnlyDictionary<string, double> Scores
    {
        get
        {
            var scores = new Dictionary<string, double>(StringComparer.Ordinal)
            {
                ["successes"] = Successes.Count,
                ["failures"] = Failures,
                ["tasks"] = Tasks,
                ["sources"] = Sources,
                ["unreadable"] = Unreadable,
            };
            if (Discredited > 0) scores["discredited"] = Discredited;
            return scores;
        }
    }

    public string Rationale => $"{Successes.Count} verified successes of {Tasks} tasks from {Sources} source{(Sources == 1 ? "" : "s")}, {Failures} failures"
        + (Discredited > 0 ? $"; {Discredited} successes left out that did what users of an earlier version failed with" : "");

    public static EvidenceCounts Of(CurationInput input)
    {
        var usable = input.Usable;
        var successes = usable.Where(e => e.Succeeded).ToList();
        return new(
            usable, successes, usable.Count - successes.Count,
            successes.Select(e => e.Task).Distinct(StringComparer.Ordinal).Count(),
            successes.Select(e => e.Evidence.Source).Distinct(StringComparer.Ordinal).Count(),
            input.Selected - input.Episodes.Count,
            input.Episodes.Count - usable.Count);
    }
}
