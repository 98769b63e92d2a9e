using Pipeline.Domain.Curation.Composing;

namespace Pipeline.Domain.Curation;

/// <summary>The evidence that a decision looks at, in numbers.</summary>
internal sealed record EvidenceCounts(IReadOnlyList<MinedEpisode> Usable, IReadOnlyList<MinedEpisode> Successes, int Failures, int Tasks, int Sources, int Unreadable)
{
    public IReadOnlyDictionary<string, double> Scores => new Dictionary<string, double>(StringComparer.Ordinal)
    {
        ["successes"] = Successes.Count,
        ["failures"] = Failures,
        ["tasks"] = Tasks,
        ["sources"] = Sources,
        ["unreadable"] = Unreadable,
    };

    public string Rationale => $"{Successes.Count} verified successes of {Tasks} tasks from {Sources} source{(Sources == 1 ? "" : "s")}, {Failures} failures";

    public static EvidenceCounts Of(CurationInput input)
    {
        var usable = input.Usable;
        var successes = usable.Where(e => e.Succeeded).ToList();
        return new(
            usable, successes, usable.Count - successes.Count,
            successes.Select(e => e.Task).Distinct(StringComparer.Ordinal).Count(),
            successes.Select(e => e.Evidence.Source).Distinct(StringComparer.Ordinal).Count(),
            input.Selected - usable.Count);
    }
}
