using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>Aligns episodes by their tools: which calls most runs make, which stand in for each other, and in what order.</summary>
public static class StepMining
{
    // Two look-ups that seldom meet in one run and feed the same argument are two ways to do one thing.
    private const double MostOverlapOfAlternatives = 0.35;

    public static IReadOnlyList<ProcedureStep> Mine(string effect, IReadOnlyList<MinedEpisode> successes, CurationPolicy policy)
    {
        var tools = successes.SelectMany(e => e.Episode.Calls.Where(c => !c.Failed).Select(c => c.Tool)).Distinct(StringComparer.Ordinal)
            .Where(t => t != effect)
            .Select(t => Profile(t, successes))
            .Where(t => t.Support >= policy.OptionalSupport)
            .OrderByDescending(t => t.Support).ThenBy(t => t.Tool, StringComparer.Ordinal)
            .ToList();

        var groups = new List<List<ToolProfile>>();
        foreach (var tool in tools)
        {
            var home = groups.Find(g => g.All(other => AreAlternatives(tool, other, successes)));
            if (home is null) groups.Add([tool]);
            else home.Add(tool);
        }

        var steps = InOrderOfNeed([.. groups
            .Select(g => (Group: g, Support: MinedEpisode.Share(successes, e => g.Any(t => e.Did(t.Tool)))))
            .OrderBy(g => Position(g.Group)).ThenBy(g => g.Group[0].Tool, StringComparer.Ordinal)
            .Select(g => StepOf([.. g.Group.Select(t => t.Tool)], sometimes: g.Support < policy.StepSupport, successes))]);
        if (effect != Episode.Answer) steps.Add(StepOf([effect], sometimes: false, successes));
        return steps;
    }

    // Nothing before what it takes its values from; where two need each other, the usual place decides.
    private static List<ProcedureStep> InOrderOfNeed(List<ProcedureStep> usual)
    {
        var ordered = new List<ProcedureStep>();
        while (usual.Count > 0)
        {
            var next = usual.Find(step => !usual.Exists(other => other != step && Needs(step, other))) ?? usual[0];
            usual.Remove(next);
            ordered.Add(next);
        }
        return ordered;
    }

    private static bool Needs(ProcedureStep step, ProcedureStep other) => step.Tools.SelectMany(t => t.Arguments).SelectMany(a => a.Sources.Take(1))
        .Any(source => source is ArgumentSource.Result result && other.Tools.Any(t => t.Tool == result.Tool));

    private static double Position(List<ToolProfile> group) => group.Sum(t => t.Position * t.Support) / group.Sum(t => t.Support);

    private static ProcedureStep StepOf(IReadOnlyList<string> tools, bool sometimes, IReadOnlyList<MinedEpisode> successes) =>
        new([.. tools.Select(t => new StepTool(t, ArgumentMining.Mine(t, successes)))], sometimes);

    private static ToolProfile Profile(string tool, IReadOnlyList<MinedEpisode> successes)
    {
        var positions = successes.Select(e => PositionIn(e.Episode, tool)).OfType<double>().ToList();
        return new(tool, (double)positions.Count / successes.Count, positions.Average(), Consumers(tool, successes));
    }

    // 0 is the first thing done and 1 the last, by first call.
    private static double? PositionIn(Episode episode, string tool)
    {
        var order = episode.Calls.Where(c => !c.Failed).Select(c => c.Tool).Distinct(StringComparer.Ordinal).ToList();
        var at = order.IndexOf(tool);
        return at < 0 ? null : order.Count == 1 ? 0 : (double)at / (order.Count - 1);
    }

    // Which argument of which tool took a value from this tool's result.
    private static HashSet<(string Tool, string Argument)> Consumers(string tool, IReadOnlyList<MinedEpisode> successes) => successes
        .SelectMany(e => e.Episode.Calls.SelectMany(call => call.Arguments
            .Where(a => a.Source is ValueSource.Result r && e.Episode.Context[r.Call].Tool == tool).Select(a => (call.Tool, a.Path))))
        .ToHashSet();

    private static bool AreAlternatives(ToolProfile a, ToolProfile b, IReadOnlyList<MinedEpisode> successes)
    {
        if (!a.Consumers.Overlaps(b.Consumers)) return false;
        var both = MinedEpisode.Share(successes, e => e.Did(a.Tool) && e.Did(b.Tool));
        return both <= MostOverlapOfAlternatives * Math.Min(a.Support, b.Support) && Math.Max(a.Support, b.Support) < 0.9;
    }

    private sealed record ToolProfile(string Tool, double Support, double Position, HashSet<(string Tool, string Argument)> Consumers);
}
