using Pipeline.Domain.Curation.Composing;
using static Pipeline.Domain.Families.FamilyEvent;

namespace Pipeline.Domain.Curation;

/// <summary>Which of a family's evidence a decision may look at: verified, near-duplicates once, few of one task, and no source that
/// outweighs all the others together once it brings more than its free share. A source that is alone has nobody to outweigh.</summary>
public static class EvidenceSelection
{
    /// <returns>In order of admission.</returns>
    public static IReadOnlyList<EvidenceAdmitted> Select(IEnumerable<EvidenceAdmitted> evidence, CurationPolicy policy)
    {
        var distinct = evidence.Select((e, place) => (Evidence: e, Place: place))
            .Where(e => e.Evidence.Outcome.IsVerifiedSuccess || e.Evidence.Outcome.IsVerifiedFailure)
            .GroupBy(e => (e.Evidence.Sketch.Fingerprint, e.Evidence.Outcome.Success)).Select(g => g.First())
            .GroupBy(e => (MinedEpisode.TaskOf(e.Evidence), e.Evidence.Outcome.Success)).SelectMany(g => g.OrderBy(e => e.Place).TakeLast(policy.MaxPerTask))
            .ToList();
        var sources = distinct.GroupBy(e => e.Evidence.Source, StringComparer.Ordinal).ToList();
        var bySource = sources.SelectMany(g => g.OrderBy(e => e.Place).TakeLast(sources.Count == 1 ? policy.MaxEpisodes : MostOf(g.Count(), distinct.Count, policy)));
        return [.. bySource.OrderBy(e => e.Place).TakeLast(policy.MaxEpisodes).Select(e => e.Evidence)];
    }

    // Half of what is taken in the end is the most: else the newest could all be of the source that was last to flood.
    private static int MostOf(int own, int all, CurationPolicy policy) => Math.Max(policy.FreeShareOfSource, Math.Min(all - own, policy.MaxEpisodes / 2));
}
