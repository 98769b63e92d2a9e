using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing.Plans;

/// <summary>Finds what comes before what among effects: by how tasks did it, and by who supplies whom.</summary>
internal static class OrderMining
{
    private const double LeastShare = 0.9;
    private const double LikeliestChance = 0.1;
    private const int LeastTasksOfASupply = 2;
    private const int MostRules = 8;

    /// <summary>Pairs whose order is no chance: a two-sided sign test over tasks (W. J. Dixon, A. M. Mood, "The statistical sign test",
    /// J. Amer. Statist. Assoc. 41, 1946), which five tasks of one order pass and four do not.</summary>
    public static IReadOnlyList<OrderRule> Rules(IReadOnlyList<string> effects, IReadOnlyList<PlanRun> successes) =>
        [.. effects.SelectMany(a => effects.Where(b => b != a).Select(b => Rule(a, b, successes))).OfType<OrderRule>()
            .OrderByDescending(r => r.Argument.Length > 0).ThenByDescending(r => r.Of)
            .ThenBy(r => r.First, StringComparer.Ordinal).ThenBy(r => r.Then, StringComparer.Ordinal).Take(MostRules)];

    /// <summary>Arguments that several tasks took from what another effect had returned.</summary>
    public static IReadOnlyList<Supply> Supplies(IReadOnlyList<string> effects, IReadOnlyList<PlanRun> successes) =>
        [.. successes.SelectMany(run => run.EffectCalls.Where(c => !c.Failed).SelectMany(call => call.Arguments.Select(a => (run, call, a)))
                .Where(x => x.a.Source is ValueSource.Result)
                .Select(x => (x.run.Task, Source: (ValueSource.Result)x.a.Source, x.run, To: x.call.Tool, Argument: x.a.Path))
                .Select(x => (x.Task, Supply: new Supply(x.run.Of.Episode.Context[x.Source.Call].Tool, x.Source.Path, x.To, x.Argument))))
            .Where(x => x.Supply.From != x.Supply.To && effects.Contains(x.Supply.From, StringComparer.Ordinal) && effects.Contains(x.Supply.To, StringComparer.Ordinal))
            .Distinct().CountBy(x => x.Supply).Where(s => s.Value >= LeastTasksOfASupply)
            .OrderByDescending(s => s.Value).ThenBy(s => s.Key.ToString(), StringComparer.Ordinal).Take(MostRules).Select(s => s.Key)];

    /// <summary>By usual place, and nothing before what the rules and supplies put in front of it.</summary>
    public static IReadOnlyList<string> InOrder(
        IReadOnlyList<string> effects, IReadOnlyList<PlanRun> successes, IReadOnlyList<OrderRule> rules, IReadOnlyList<Supply> supplies)
    {
        var before = rules.Select(r => (r.First, r.Then)).Concat(supplies.Select(s => (First: s.From, Then: s.To))).ToList();
        var open = effects.Select(e => (Effect: e, Place: Place(e, successes))).OrderBy(e => e.Place).ThenBy(e => e.Effect, StringComparer.Ordinal)
            .Select(e => e.Effect).ToList();
        var ordered = new List<string>();
        while (open.Count > 0)
        {
            // Where the pairs go round in a circle, the usual place decides.
            var next = open.Find(e => !before.Exists(b => b.Then == e && b.First != e && open.Contains(b.First))) ?? open[0];
            open.Remove(next);
            ordered.Add(next);
        }
        return ordered;
    }

    private static OrderRule? Rule(string first, string then, IReadOnlyList<PlanRun> successes)
    {
        var both = successes.Where(r => r.DidBoth(first, then)).ToList();
        // Runs of one task are not independent: a task keeps to the order if all its runs do.
        var tasks = both.GroupBy(r => r.Task, StringComparer.Ordinal).Select(g => g.All(r => r.Before(first, then))).ToList();
        var kept = tasks.Count(k => k);
        if (kept < LeastShare * tasks.Count || 2 * AtLeast(kept, tasks.Count) > LikeliestChance) return null;
        return new(first, then, SharedArgument(first, then, both), kept, tasks.Count);
    }

    // By which argument of the later one both name the same thing, in nearly all runs.
    private static string SharedArgument(string first, string then, List<PlanRun> both)
    {
        var shared = both.Select(run =>
        {
            var named = run.Done[first].Named.Select(a => a.Value).ToHashSet(StringComparer.Ordinal);
            return run.Done[then].Named.Where(a => named.Contains(a.Value)).Select(a => a.Path).Distinct(StringComparer.Ordinal).ToList();
        }).ToList();
        return shared.SelectMany(paths => paths).CountBy(p => p, StringComparer.Ordinal).Where(p => p.Value >= LeastShare * both.Count)
            .OrderByDescending(p => p.Value).ThenBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Key).FirstOrDefault() ?? "";
    }

    // The chance of so many heads or more among as many throws.
    private static double AtLeast(int heads, int throws)
    {
        if (throws == 0) return 1;
        var (term, sum) = (Math.Pow(0.5, throws), 0.0);
        for (var k = throws; k >= heads; k--)
        {
            sum += term;
            term = term * k / (throws - k + 1);
        }
        return sum;
    }

    // 0 is the first effect of a run and 1 the last. Sorted, since a sum of fractions depends on their order.
    private static double Place(string effect, IReadOnlyList<PlanRun> successes) => successes.Where(r => r.Done.ContainsKey(effect) && r.Done.Count > 1)
        .Select(r => (double)r.Done.Values.Count(u => u.Calls[0].Index < r.Done[effect].Calls[0].Index) / (r.Done.Count - 1))
        .Order().DefaultIfEmpty(1).Average();
}
