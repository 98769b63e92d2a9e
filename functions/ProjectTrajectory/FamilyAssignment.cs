using Pipeline.Domain.Curation;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Episodes;
using Pipeline.Functions.CurateFamily;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.ProjectTrajectory;

/// <summary>Finds the family of each episode: by its effect or, where effects are generic, by the environment's leaders.</summary>
/// <remarks>An environment's assignments are one stream, and appending to it fails for who read it before another's append: they happen one
/// at a time without a lock.</remarks>
public sealed class FamilyAssignment(ActivePolicies policies)
{
    public async Task<ClusterThreshold> ThresholdForAsync(string tenant, IReadOnlyList<Episode> episodes, CancellationToken ct)
    {
        var active = episodes.Any(e => e.Coding is not null) ? (await policies.LoadAsync(tenant, ct)).At(long.MaxValue) : null;
        return new(active?.Policy.ClusterThreshold ?? CurationPolicy.DefaultClusterThreshold, active?.Reference);
    }

    public static async Task<AssignedEpisodes> AssignAsync(
        LedgerReader read, string trajectoryId, string environment, IReadOnlyList<Episode> episodes, ClusterThreshold threshold)
    {
        var assigned = new List<AssignedEpisode>();
        Folded<EnvironmentLeaders>? before = null;
        var (leaders, events) = (EnvironmentLeaders.None, new List<ILedgerEvent>());
        foreach (var episode in episodes)
        {
            var reference = EpisodeSplitter.ReferenceOf(trajectoryId, environment, episode);
            if (episode.Coding is not { } coding)
            {
                assigned.Add(new(episode, reference, episode.Effect));
                continue;
            }
            if (before is null)
            {
                before = await read.FoldAsync(Streams.Of(Streams.Environment, EnvironmentLeaders.IdOf(environment)), EnvironmentLeaders.None, EnvironmentLeaders.Evolve);
                leaders = before.State;
            }
            var decision = EnvironmentDecider.Decide(new(environment, reference.EvidenceId, episode.Effect, coding.Sketch, threshold.Value, threshold.Policy), leaders);
            if (decision is not Decision.Accepted { Events: [EnvironmentEvent.EpisodeAssigned assignment] }) return new([], [], decision);
            events.Add(assignment);
            leaders = EnvironmentLeaders.Evolve(leaders, assignment);
            assigned.Add(new(episode, reference with { FamilyId = assignment.FamilyId }, assignment.Effect));
        }
        return new(assigned, before is null ? [] : [before.Append(Streams.Environment, events)], null);
    }
}

/// <param name="Policy">Null where no policy is active yet.</param>
public sealed record ClusterThreshold(double Value, PolicyReference? Policy);

public sealed record AssignedEpisode(Episode Episode, EpisodeReference Reference, string Effect);

public sealed record AssignedEpisodes(IReadOnlyList<AssignedEpisode> Episodes, IReadOnlyList<StreamAppend> Appends, Decision? Refusal);
