using System.Collections.Immutable;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Episodes;
using Pipeline.Domain.Trajectories.Episodes.Coding;
using static Pipeline.Domain.Families.EnvironmentEvent;

namespace Pipeline.Domain.Families;

/// <summary>The families of an environment whose effects are generic, each by the episode that opened it.</summary>
/// <remarks>Leader clustering (J. A. Hartigan, Clustering Algorithms, 1975, chapter 3): one pass, in the order of the stream. The stream's
/// version lets one assignment through at a time, so the families depend on the order of the episodes and on nothing else.</remarks>
public sealed record EnvironmentLeaders
{
    /// <summary>So many families an environment may have: what is like none of them goes to one of its own, so that an assignment never
    /// costs more than this many comparisons.</summary>
    public const int Most = 256;

    /// <summary>The effect of the family of what came when there were <see cref="Most"/> and is like none of them.</summary>
    public const string OtherEffect = "other";

    public static EnvironmentLeaders None { get; } = new();

    public ImmutableList<EpisodeAssigned> Leaders { get; init; } = [];
    public string UnknownEvent { get; init; } = "";

    /// <summary>Never throws: what is on record happened.</summary>
    public static EnvironmentLeaders Evolve(EnvironmentLeaders state, ILedgerEvent @event) => @event switch
    {
        EpisodeAssigned { Leader: not null } e => state with { Leaders = state.Leaders.Add(e) },
        UnknownEvent e => state with { UnknownEvent = e.Alias },
        _ => state,
    };

    public static EnvironmentLeaders Fold(IEnumerable<ILedgerEvent> events) => events.Aggregate(None, Evolve);

    /// <summary>The stream's id: names of environments are free text.</summary>
    public static string IdOf(string environment) => Names.Slug(environment);
}

/// <summary>Asks for the family of an episode of generic tools.</summary>
/// <param name="Threshold">From which similarity on it joins a family that is there, above 0 to 1.</param>
public sealed record AssignEpisode(string Environment, string EvidenceId, string Effect, TaskSketch Sketch, double Threshold, PolicyReference? Policy);

public static class EnvironmentDecider
{
    /// <summary>Always one <see cref="EpisodeAssigned"/>, or a refusal.</summary>
    public static Decision Decide(AssignEpisode command, EnvironmentLeaders state)
    {
        if (state.UnknownEvent.Length > 0) return Decision.RefuseUnknown($"environment {command.Environment}", state.UnknownEvent);
        var (nearest, similarity) = NearestOf(command.Sketch, state);
        var (familyId, effect, leads) = nearest is not null && similarity >= command.Threshold ? (nearest.FamilyId, nearest.Effect, false)
            : state.Leaders.Count >= EnvironmentLeaders.Most ? (EpisodeSplitter.FamilyOf(command.Environment, EnvironmentLeaders.OtherEffect), EnvironmentLeaders.OtherEffect, false)
            : ($"{EpisodeSplitter.FamilyOf(command.Environment, command.Effect)}-{Digest.Short(command.EvidenceId, 6)}", command.Effect, true);
        return Decision.Of(new EpisodeAssigned
        {
            Environment = command.Environment,
            EvidenceId = command.EvidenceId,
            FamilyId = familyId,
            Effect = effect,
            Similarity = Math.Round(similarity, 4),
            Threshold = command.Threshold,
            Policy = command.Policy,
            Leader = leads ? command.Sketch : null,
        });
    }

    // Of equally near ones the one that was first.
    private static (EpisodeAssigned? Leader, double Similarity) NearestOf(TaskSketch sketch, EnvironmentLeaders state)
    {
        var (nearest, best) = ((EpisodeAssigned?)null, 0.0);
        foreach (var leader in state.Leaders)
        {
            var similarity = sketch.SimilarityTo(leader.Leader!);
            if (nearest is null || similarity > best) (nearest, best) = (leader, similarity);
        }
        return (nearest, best);
    }
}
