using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>Aligns episodes by their tools: which calls most runs make, which stand in for each other, and in what order.</summary>
public static class StepMining
{
    // Two look-ups that seldom meet in one run and feed the same argument are two ways to do one thing.
    private const double MostOverlapOfAlternatives = 0.35;

    // Of several ways, one that is so much rarer than the usual one is told of apart.
    private const double LeastOfTheUsual = 0.5;

    // Nobody follows a longer recipe; and every pair of tools is compared.
    private const int MostTools = 24;

    public static IReadOnlyList<ProcedureStep> Mine(string effect, IReadOnlyList<MinedEpisode> successes, CurationPolicy policy)
    {
        var tools = successes.SelectMany(e => e.Episode.Calls.Where(c => !c.Failed && c.Tool != effect).Select(c => c.Tool).Distinct(StringComparer.Ordinal))
            .CountBy(t => t, StringComparer.Ordinal)
            .Where(t => (double)t.Value / successes.Count >= policy.OptionalSupport)
            .OrderByDescending(t => t.Value).ThenBy(t => t.Key, StringComparer.Ordinal).Take(MostTools)
            .Select(t => Profile(t.Key, successes))
            .ToList();

        var groups = new List<List<ToolProfile>>();
        foreach (var tool in tools)
        {
            var home = groups.Find(g => g.All(other => AreAlternatives(tool, other, successes)));
            if (home is null) groups.Add([tool]);
            else home.Add(tool);
        }

        var steps = InOrderOfNeed([.. groups.SelectMany(WithRareWaysApart)
            .Select(g => (Group: g, Support: MinedEpisode.Share(successes, e => g.Any(t => e.Did(t.Tool)))))
            .OrderBy(g => Position(g.Group)).ThenBy(g => g.Group[0].Tool, StringComparer.Ordinal)
            .Select(g => StepOf([.. g.Group.Select(t => t.Tool)], sometimes: g.Support < policy.StepSupport, successes))]);
        if (effect != Episode.Answer) steps.Add(StepOf([effect], sometimes: false, successes));
        return [.. steps.Select((step, i) => Grounded(step, [.. steps.Take(i).Where(s => step.Sometimes || !s.Sometimes).SelectMany(s => s.Tools).Select(t => t.Tool)]))];
    }

    private static IEnumerable<List<ToolProfile>> WithRareWaysApart(List<ToolProfile> group)
    {
        // The first is the most common: so they came in.
        yield return group.FindAll(t => t.Support >= LeastOfTheUsual * group[0].Support);
        foreach (var rare in group.FindAll(t => t.Support < LeastOfTheUsual * group[0].Support)) yield return [rare];
    }

    // A source is a step before: one that is no step, comes later, or is told of apart, cannot be followed and is left out.
    private static ProcedureStep Grounded(ProcedureStep step, HashSet<string> before) => step with
    {
        Tools = [.. step.Tools.Select(tool => tool with { Arguments = [.. tool.Arguments.Select(a => Grounded(a, before))] })],
    };

    private static ArgumentRule Grounded(ArgumentRule rule, HashSet<string> before)
    {
        var sources = rule.Sources.Where(s => s is not ArgumentSource.Result result || before.Contains(result.Tool)).ToList();
        return rule with { Sources = sources.Count > 0 ? sources : [new ArgumentSource.Composed()] };
    }

    // Nothing before what it takes its values from; where some need each other, the usual place decides among them.
    private static List<ProcedureStep> InOrderOfNeed(List<ProcedureStep> usual)
    {
        var ordered = new List<ProcedureStep>();
        while (usual.Count > 0)
        {
            var needed = usual.ToDictionary(step => step, step => AllNeeded(step, usual));
            var next = usual.Find(step => needed[step].All(other => needed[other].Contains(step)))!;
            usual.Remove(next);
            ordered.Add(next);
        }
        return ordered;
    }

    // What a step needs, what that needs, and so on.
    private static HashSet<ProcedureStep> AllNeeded(ProcedureStep step, List<ProcedureStep> steps)
    {
        var needed = new HashSet<ProcedureStep>();
        var open = new Stack<ProcedureStep>([step]);
        while (open.TryPop(out var at))
            foreach (var other in steps.Where(other => other != at && Needs(at, other)))
                if (needed.Add(other)) open.Push(other);
        return needed;
    }

    private static bool Needs(ProcedureStep step, ProcedureStep other) => step.Tools.SelectMany(t => t.Arguments).SelectMany(a => a.Sources.Take(1))
        .Any(source => source is ArgumentSource.Result result && other.Tools.Any(t => t.Tool == result.Tool));

    private static double Position(List<ToolProfile> group) => group.Sum(t => t.Position * t.Support) / group.Sum(t => t.Support);

    private static ProcedureStep StepOf(IReadOnlyList<string> tools, bool sometimes, IReadOnlyList<MinedEpisode> successes) =>
        new([.. tools.Select(t => new StepTool(t, ArgumentMining.Mine(t, successes)))], sometimes);

    private static ToolProfile Profile(string tool, IReadOnlyList<MinedEpisode> successes)
    {
        var positions = successes.Select(e => PositionIn(e.Episode, tool)).OfType<double>().ToList();
        // Sorted, since a sum of fractions depends on their order, and a procedure must not on that of the episodes.
        return new(tool, (double)positions.Count / successes.Count, positions.Order().Average(), Consumers(tool, successes));
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
