using Pipeline.Domain.Families;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>Evidence with the episode behind it, as a composer gets it.</summary>
public sealed record MinedEpisode(FamilyEvent.EvidenceAdmitted Evidence, Episode Episode)
{
    public string Id => Evidence.EvidenceId;

    /// <summary>Runs of one task are not independent; a run whose task nobody named stands for itself.</summary>
    public string Task => TaskOf(Evidence);

    public bool Succeeded => Evidence.Outcome.IsVerifiedSuccess;

    public bool Failed => Evidence.Outcome.IsVerifiedFailure;

    public static string TaskOf(FamilyEvent.EvidenceAdmitted evidence) => evidence.Task.Length > 0 ? evidence.Task : evidence.TrajectoryId;

    public static double Share(IReadOnlyCollection<MinedEpisode> episodes, Func<Episode, bool> has) =>
        episodes.Count == 0 ? 0 : (double)episodes.Count(e => has(e.Episode)) / episodes.Count;
}
