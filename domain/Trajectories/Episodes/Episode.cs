using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Trajectories.Episodes;

/// <summary>The part of a trajectory that achieves one effect: what led to it, the effect, and what was said before.</summary>
public sealed record Episode
{
    /// <summary>The effect of runs that change nothing: an answer.</summary>
    public const string Answer = "answer";

    /// <summary>The changing tool's name, or <see cref="Answer"/>.</summary>
    public required string Effect { get; init; }

    /// <summary>The calls that led to the effect, and the calls of the effect itself (more than one when it was tried again or
    /// done to several things), in order.</summary>
    public required IReadOnlyList<TracedCall> Calls { get; init; }

    /// <summary>All calls of the trajectory, which <see cref="ValueSource.Result"/> points into.</summary>
    public required IReadOnlyList<TracedCall> Context { get; init; }

    /// <summary>What the user came with: the first thing said that is more than a greeting.</summary>
    public required string Asked { get; init; }

    /// <summary>The agent asked and the user answered between the last look-up and the effect.</summary>
    public required bool Confirmed { get; init; }

    /// <summary>Other effects of the same trajectory.</summary>
    public required IReadOnlyList<string> OtherEffects { get; init; }
    public required int FirstStep { get; init; }
    public required int LastStep { get; init; }

    public bool Did(string tool) => Calls.Any(c => c.Tool == tool);

    public IEnumerable<TracedCall> EffectCalls => Calls.Where(c => c.Tool == Effect);
}

/// <summary>Splits a trajectory at its effects: one episode for each changing tool that it called.</summary>
public static class EpisodeSplitter
{
    private const int LongestGreeting = 24;

    public static IReadOnlyList<Episode> Split(Trajectory trajectory)
    {
        var flow = DataFlow.Trace(trajectory);
        if (flow.Calls.Count == 0) return [];
        var effects = flow.Calls.Select(c => c.Tool).Where(t => ToolEffects.ChangesSomething(t, trajectory.Tools))
            .Distinct(StringComparer.Ordinal).ToList();
        return effects.Count == 0
            ? [EpisodeOf(trajectory, Episode.Answer, flow, flow.Calls, effects)]
            : [.. effects.Select(e => EpisodeOf(trajectory, e, flow, Slice(flow, e, effects), effects))];
    }

    /// <summary>Family ids are readable: environment and effect.</summary>
    public static string FamilyOf(string environment, string effect) => $"{Names.Slug(environment)}.{Names.Slug(effect)}";

    /// <summary>The environment, or where none is told the agent's name: families never mix what two agents' tools do.</summary>
    public static string EnvironmentOf(Trajectory trajectory) =>
        trajectory.Environment.Length > 0 ? trajectory.Environment : trajectory.Agent.Length > 0 ? trajectory.Agent : "unknown";

    public static EpisodeReference ReferenceOf(string trajectoryId, string environment, Episode episode)
    {
        var family = FamilyOf(environment, episode.Effect);
        return new(Digest.Short($"{trajectoryId}\n{family}", 24), family, episode.FirstStep, episode.LastStep);
    }

    // Backwards from the effect: calls that produced its values, and reads of the same things; then what those needed in turn.
    private static List<TracedCall> Slice(DataFlow flow, string effect, List<string> effects)
    {
        var last = flow.Calls.Last(c => c.Tool == effect).Index;
        var kept = new SortedSet<int>(flow.Calls.Where(c => c.Tool == effect).Select(c => c.Index));
        var values = flow.Calls.Where(c => c.Tool == effect).SelectMany(Identifiers).ToHashSet(StringComparer.Ordinal);
        for (var i = last; i >= 0; i--)
        {
            var call = flow.Calls[i];
            var ofOtherEffect = call.Tool != effect && effects.Contains(call.Tool);
            if (!kept.Contains(i) && !ofOtherEffect && Identifiers(call).Any(values.Contains)) kept.Add(i);
            if (!kept.Contains(i)) continue;
            foreach (var argument in call.Arguments)
                if (argument.Source is ValueSource.Result result) kept.Add(result.Call);
            if (call.Tool != effect) values.UnionWith(Identifiers(call));
        }
        return [.. kept.Select(i => flow.Calls[i])];
    }

    private static IEnumerable<string> Identifiers(TracedCall call) =>
        call.Arguments.Where(a => a.Value.Length >= 4 && a.Value.Any(char.IsAsciiDigit)).Select(a => a.Value);

    private static Episode EpisodeOf(Trajectory trajectory, string effect, DataFlow flow, IReadOnlyList<TracedCall> calls, List<string> effects)
    {
        var effectSteps = calls.Where(c => c.Tool == effect).Select(c => c.Step).ToList();
        var firstEffect = effectSteps.Count > 0 ? effectSteps[0] : calls[^1].Step;
        var lastRead = calls.Where(c => c.Tool != effect && c.Step < firstEffect).Select(c => c.Step).DefaultIfEmpty(0).Max();
        return new()
        {
            Effect = effect,
            Calls = calls,
            Context = flow.Calls,
            Asked = trajectory.Steps.FirstOrDefault(s => s.Source == StepSource.User && s.Message.Length > LongestGreeting)?.Message ?? "",
            Confirmed = trajectory.Steps.Any(s => s.Source == StepSource.User && s.Number > lastRead && s.Number < firstEffect),
            OtherEffects = [.. effects.Where(e => e != effect)],
            FirstStep = calls[0].Step,
            LastStep = calls[^1].Step,
        };
    }
}
