using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;

namespace Pipeline.Domain.Validation.Grounding;

/// <summary>Verified runs that a text was not made from and that did or saw what a section of it claims: whoever says the same independently need not
/// have changed the text to bear it out.</summary>
public static class Corroboration
{
    // Of one source a few are enough to speak for it, and however many sources there are, so many episodes are read.
    private const int MostOfSource = 4;
    private const int MostSources = 25;

    /// <param name="evidence">In order of admission.</param>
    /// <param name="cited">Ids of what stands behind the text already.</param>
    /// <returns>The newest of each source, successes and failures, in order of admission.</returns>
    public static IReadOnlyList<FamilyEvent.EvidenceAdmitted> Candidates(IReadOnlyList<FamilyEvent.EvidenceAdmitted> evidence, IReadOnlySet<string> cited) =>
        [.. evidence.Select((e, place) => (Evidence: e, Place: place))
            .Where(e => !cited.Contains(e.Evidence.EvidenceId) && (e.Evidence.Outcome.IsVerifiedSuccess || e.Evidence.Outcome.IsVerifiedFailure))
            .GroupBy(e => e.Evidence.Source, StringComparer.Ordinal).Take(MostSources)
            .SelectMany(source => source.GroupBy(e => e.Evidence.Outcome.IsVerifiedSuccess).SelectMany(alike => alike.TakeLast(MostOfSource)))
            .OrderBy(e => e.Place).Select(e => e.Evidence)];

    /// <summary>Whether one run shows enough of what a section claims, or of what the whole text does where the section claims nothing.</summary>
    /// <param name="isAboutFailures">Whether runs that failed stand behind the section: then they can bear it out too.</param>
    internal static bool BearsOut(MinedEpisode other, ExecutedEpisode executed, IReadOnlyList<Claim> claims, bool isAboutFailures, double share) =>
        claims.Count > 0 && (other.Evidence.Outcome.IsVerifiedSuccess || (isAboutFailures && other.Evidence.Outcome.IsVerifiedFailure))
        && claims.Count(executed.Shows) >= share * claims.Count;
}
