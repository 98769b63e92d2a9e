namespace Pipeline.Domain.Curation.Usage;

/// <summary>Runs of which no source has more than all the others together once there are others and beyond its free share, as everywhere.</summary>
internal static class FairShare
{
    /// <returns>The first ones of each source, in the order in which they were given.</returns>
    public static IReadOnlyList<Trial> Of(IReadOnlyList<Trial> trials, CurationPolicy policy)
    {
        var own = trials.CountBy(t => t.Source, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return [.. trials.Select((t, i) => (Trial: t, Order: i)).GroupBy(t => t.Trial.Source, StringComparer.Ordinal)
            .SelectMany(g => own.Count == 1 ? g : g.Take(Math.Max(policy.FreeShareOfSource, trials.Count - own[g.Key])))
            .OrderBy(t => t.Order).Select(t => t.Trial)];
    }
}
