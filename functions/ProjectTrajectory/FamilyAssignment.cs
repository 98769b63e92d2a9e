using System.Buffers.Binary;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Episodes;
using Pipeline.Domain.Trajectories.Episodes.Coding;
using Pipeline.Functions.CurateFamily;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Payloads;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.ProjectTrajectory;

/// <summary>Finds the family of each episode: by its effect or, where effects are generic, by the environment's leaders.</summary>
/// <remarks>An environment's assignments are one stream, and appending to it fails for who read it before another's append: they happen one
/// at a time without a lock.</remarks>
public sealed class FamilyAssignment(ActivePolicies policies, SubjectKeys keys)
{
    /// <summary>Whose key the sketches of a tenant's requests are under. Erasing this subject leaves them as good as random.</summary>
    public const string SketchSubject = "pipeline:request-sketches";

    /// <summary>What assigning needs that may not be asked for within a transaction.</summary>
    public async Task<Assigning> PrepareAsync(string tenant, IReadOnlyList<Episode> episodes, CancellationToken ct)
    {
        if (!episodes.Any(e => e.Coding is not null)) return Assigning.Nothing;
        var active = (await policies.LoadAsync(tenant, ct)).At(long.MaxValue);
        var subject = new DataSubject(tenant, SketchSubject);
        var key = (await keys.GetOrCreateAsync([subject], ct)).GetValueOrDefault(subject);
        return new(active?.Policy.ClusterThreshold ?? CurationPolicy.DefaultClusterThreshold, active?.Reference, sketch => Keyed(sketch, key));
    }

    public static async Task<AssignedEpisodes> AssignAsync(
        LedgerReader read, string trajectoryId, string environment, IReadOnlyList<Episode> episodes, Assigning assigning)
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
            var decision = EnvironmentDecider.Decide(new(environment, reference.EvidenceId, episode.Effect, assigning.Sketch(coding.Sketch), assigning.Threshold, assigning.Policy), leaders);
            if (decision is not Decision.Accepted { Events: [EnvironmentEvent.EpisodeAssigned assignment] }) return new([], [], decision);
            events.Add(assignment);
            leaders = EnvironmentLeaders.Evolve(leaders, assignment);
            assigned.Add(new(episode, reference with { FamilyId = assignment.FamilyId }, assignment.Effect));
        }
        return new(assigned, before is null ? [] : [before.Append(Streams.Environment, events)], null);
    }

    // Once the key is gone, what was done has to do.
    private static TaskSketch Keyed(TaskSketch sketch, SubjectKey? key) =>
        key is null ? sketch with { Words = [] } : sketch.Keyed(word => HashOf(word, key));

    private static uint HashOf(uint word, SubjectKey key)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, word);
        return BinaryPrimitives.ReadUInt32BigEndian(Convert.FromHexString(key.DigestOf(bytes).AsSpan(^64..)));
    }
}

/// <param name="Policy">Null where no policy is active yet.</param>
/// <param name="Sketch">A run's sketch as it goes on record.</param>
public sealed record Assigning(double Threshold, PolicyReference? Policy, Func<TaskSketch, TaskSketch> Sketch)
{
    public static Assigning Nothing { get; } = new(CurationPolicy.DefaultClusterThreshold, null, sketch => sketch);
}

public sealed record AssignedEpisode(Episode Episode, EpisodeReference Reference, string Effect);

public sealed record AssignedEpisodes(IReadOnlyList<AssignedEpisode> Episodes, IReadOnlyList<StreamAppend> Appends, Decision? Refusal);
