using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Trajectories.Episodes;

/// <summary>The part of a trajectory that achieves one effect: what led to it, the effect, and what was said before.</summary>
public sealed record Episode
{
    /// <summary>The effect of runs that change nothing: an answer.</summary>
    public const string Answer = "answer";

    /// <summary>What kind of skill it is evidence for.</summary>
    public SkillKind Kind { get; init; } = SkillKind.Functional;

    /// <summary>The changing tool's name, or <see cref="Answer"/>; of an atomic episode the tool, of a plan <see cref="EpisodeKinds.WholeTask"/>.</summary>
    public required string Effect { get; init; }

    /// <summary>The calls that led to the effect, and the calls of the effect itself (more than one when it was tried again or
    /// done to several things), in order.</summary>
    public required IReadOnlyList<TracedCall> Calls { get; init; }

    /// <summary>All calls of the trajectory, which <see cref="ValueSource.Result"/> points into.</summary>
    public required IReadOnlyList<TracedCall> Context { get; init; }

    /// <summary>What the user came with: the first thing said that is more than a greeting.</summary>
    public required string Asked { get; init; }

    /// <summary>What the user said until the effect, a text a turn, in order.</summary>
    public IReadOnlyList<string> Said { get; init; } = [];

    /// <summary>The agent asked and the user answered between the last look-up and the effect.</summary>
    public required bool Confirmed { get; init; }

    /// <summary>Other effects of the same trajectory; of a plan all of them, in the order in which they were first tried.</summary>
    public required IReadOnlyList<string> OtherEffects { get; init; }
    public required int FirstStep { get; init; }
    public required int LastStep { get; init; }

    /// <summary>What was done with generic tools (a shell, an editor), whose names tell no effect; null where tools have an effect each.</summary>
    public CodingWork? Coding { get; init; }

    public bool Did(string tool) => Calls.Any(c => c.Tool == tool);

    public IEnumerable<TracedCall> EffectCalls => Calls.Where(c => c.Tool == Effect);
}

/// <summary>Splits a trajectory at its effects: one episode for each changing tool that it called.</summary>
public static class EpisodeSplitter
{
    private const int LongestGreeting = 24;

    public static IReadOnlyList<Episode> Split(Trajectory trajectory)
    {
        if (CodingRun.Split(trajectory) is { } coding) return coding;
        var flow = DataFlow.Trace(trajectory);
        if (flow.Calls.Count == 0) return [];
        // One for tools whose names differ in style only: they would be one family, and one run is evidence for it once.
        var effects = flow.Calls.Select(c => c.Tool).Distinct(StringComparer.Ordinal).Where(t => ToolEffects.ChangesSomething(t, trajectory.Tools))
            .DistinctBy(t => Names.Slug(t), StringComparer.Ordinal).ToList();
        if (effects.Count == 0) return [EpisodeOf(trajectory, Episode.Answer, flow, flow.Calls, effects)];
        var slicing = new EpisodeSlicing(flow, effects);
        return [.. effects.Select(e => EpisodeOf(trajectory, e, flow, slicing.Of(e), effects))];
    }

    /// <summary>Family ids are readable: environment and effect.</summary>
    public static string FamilyOf(string environment, string effect) => $"{Names.Slug(environment)}.{Names.Slug(effect)}";

    /// <summary>The environment, or where none is told the agent's name: families never mix what two agents' tools do.</summary>
    public static string EnvironmentOf(Trajectory trajectory) =>
        trajectory.Environment.Length > 0 ? trajectory.Environment : trajectory.Agent.Length > 0 ? trajectory.Agent : "unknown";

    public static EpisodeReference ReferenceOf(string trajectoryId, string environment, Episode episode) =>
        new(EvidenceIdOf(trajectoryId, environment, episode), EpisodeKinds.FamilyOf(environment, episode), episode.FirstStep, episode.LastStep);

    /// <summary>Found again from the run alone. Where effects are generic it does not depend on the family, which depends on what came before.</summary>
    public static string EvidenceIdOf(string trajectoryId, string environment, Episode episode) => Digest.Short(
        episode.Coding is null ? $"{trajectoryId}\n{EpisodeKinds.FamilyOf(environment, episode)}" : $"{trajectoryId}\ncoding\n{episode.FirstStep}", 24);

    private static Episode EpisodeOf(Trajectory trajectory, string effect, DataFlow flow, IReadOnlyList<TracedCall> calls, List<string> effects)
    {
        var effectSteps = calls.Where(c => c.Tool == effect).Select(c => c.Step).ToList();
        var firstEffect = effectSteps.Count > 0 ? effectSteps[0] : calls[^1].Step;
        var lastRead = calls.Where(c => c.Tool != effect && c.Step < firstEffect).Select(c => c.Step).DefaultIfEmpty(0).Max();
        var users = trajectory.Steps.Where(s => s.Source == StepSource.User).ToList();
        var request = users.Find(s => s.Message.Length > LongestGreeting);
        // What the user came with is a request and no answer.
        var lastUnasked = Math.Max(lastRead, (request ?? users.FirstOrDefault())?.Number ?? 0);
        return new()
        {
            Effect = effect,
            Calls = calls,
            Context = flow.Calls,
            Asked = request?.Message ?? "",
            Said = [.. users.Where(s => s.Number <= calls[^1].Step).Select(s => s.Message)],
            Confirmed = users.Exists(s => s.Number > lastUnasked && s.Number < firstEffect),
            OtherEffects = [.. effects.Where(e => e != effect)],
            FirstStep = calls[0].Step,
            LastStep = calls[^1].Step,
        };
    }
}
