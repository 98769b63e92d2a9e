using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Gaps;

/// <summary>Groups what went wrong in failing runs by tool, error and place.</summary>
public static class FailureMining
{
    private const int LeastTasksOfAMessage = 2;
    private const int MostPatterns = 8;
    private const int MostTrajectories = 20;

    /// <summary>The same for whatever order the failures come in.</summary>
    public static IReadOnlyList<FailurePattern> Mine(IReadOnlyList<MinedEpisode> failures) =>
        [.. failures.SelectMany(Seen).GroupBy(s => (s.Tool, s.Error))
            // What one task only got to hear may be about a person: it is told without its words.
            .SelectMany(g => Tasks(g) >= LeastTasksOfAMessage ? g : g.Select(s => s with { Error = "" }))
            .GroupBy(s => (s.Tool, s.Error, s.Place)).Select(PatternOf)
            .OrderByDescending(p => p.Runs).ThenBy(p => p.Tool, StringComparer.Ordinal).ThenBy(p => p.Error, StringComparer.Ordinal).ThenBy(p => p.Place).Take(MostPatterns)];

    private static FailurePattern PatternOf(IEnumerable<Refusal> refusals)
    {
        var all = refusals.ToList();
        var calls = all.Select(r => r.Call).Order().ToList();
        var trajectories = all.Select(r => r.Of.Evidence.TrajectoryId).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var recovered = all.Where(r => r.Recovered).Select(r => r.Of.Evidence.TrajectoryId).Distinct(StringComparer.Ordinal).Count();
        var first = all[0];
        return new(Prose.Code(first.Tool), first.Error, first.Place, calls[calls.Count / 2], trajectories.Count, Tasks(all), recovered, [.. trajectories.Take(MostTrajectories)]);
    }

    private static IEnumerable<Refusal> Seen(MinedEpisode run)
    {
        var calls = run.Episode.Calls;
        if (calls.Count == 0) return [];
        var changing = run.Episode.OtherEffects.Append(run.Episode.Effect).ToHashSet(StringComparer.Ordinal);
        var effects = calls.Where(c => changing.Contains(c.Tool)).Select(c => c.Index).ToHashSet();
        var lastWorked = calls.Where(c => !c.Failed).GroupBy(c => c.Tool, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Max(c => c.Index), StringComparer.Ordinal);
        var first = effects.Count == 0 ? int.MaxValue : effects.Min();
        var refused = calls.Select((call, i) => (Call: call, Number: i + 1)).Where(c => c.Call.Failed)
            .Select(c => new Refusal(run, c.Call.Tool, MessageOf(c.Call), PlaceOf(c.Call, effects, first), c.Number, lastWorked.GetValueOrDefault(c.Call.Tool, -1) > c.Call.Index))
            // Tried again and again, it is one refusal.
            .DistinctBy(r => (r.Tool, r.Error, r.Place)).ToList();
        return refused.Count > 0 ? refused : [new Refusal(run, calls[^1].Tool, "", FailurePlace.Unrefused, calls.Count, Recovered: false)];
    }

    private static FailurePlace PlaceOf(TracedCall call, HashSet<int> effects, int firstEffect) =>
        effects.Contains(call.Index) ? FailurePlace.AtEffect : call.Index < firstEffect ? FailurePlace.BeforeEffect : FailurePlace.AfterEffect;

    private static string MessageOf(TracedCall failed) => Prose.ErrorText(failed.Call.Result!.Content, [.. failed.Arguments.Select(a => a.Value)]);

    private static int Tasks(IEnumerable<Refusal> refusals) => refusals.Select(r => r.Of.Task).Distinct(StringComparer.Ordinal).Count();

    private sealed record Refusal(MinedEpisode Of, string Tool, string Error, FailurePlace Place, int Call, bool Recovered);
}
