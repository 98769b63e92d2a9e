using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing.Plans;

/// <summary>Learns from whole runs with several effects how these go together.</summary>
public static class PlanMiner
{
    private const int MostEffects = 12;
    private const int LeastTasks = 2;
    private const int MostPairs = 6;
    private const double UsuallyAsked = 0.7;

    /// <returns>Null where no two effects go together in as many tasks as a version needs: there is no plan to tell of.</returns>
    public static Plan? Mine(string environment, IReadOnlyList<MinedEpisode> episodes, CurationPolicy policy)
    {
        var all = episodes.Select(e => new PlanRun(e)).ToList();
        var successes = all.Where(r => r.Of.Succeeded && r.Done.Count > 1).ToList();
        var effects = successes.SelectMany(r => r.Done.Keys.Select(effect => (effect, r.Task))).Distinct()
            .CountBy(e => e.effect, StringComparer.Ordinal).Where(e => e.Value >= LeastTasks)
            .OrderByDescending(e => e.Value).ThenBy(e => e.Key, StringComparer.Ordinal).Take(MostEffects).Select(e => e.Key).ToList();
        var rules = OrderMining.Rules(effects, successes);
        var supplies = OrderMining.Supplies(effects, successes);
        var ordered = OrderMining.InOrder(effects, successes, rules, supplies);
        var together = Pairs(ordered, successes);
        if (together.Count == 0 || together[0].Tasks < policy.MinTasks) return null;

        var paired = ordered.Where(e => together.Any(t => t.First == e || t.Second == e)).ToList();
        return new()
        {
            Environment = environment,
            Start = StepMining.Mine(Episode.Answer, [.. successes.Select(BeforeTheFirst)], policy),
            AsksFirst = MinedEpisode.Share([.. successes.Select(r => r.Of)], e => e.Confirmed) >= UsuallyAsked,
            Effects = paired,
            Together = together,
            Choices = ChoiceMining.Mine(paired, successes),
            Orders = [.. rules.Where(r => paired.Contains(r.First) && paired.Contains(r.Then))],
            Supplies = [.. supplies.Where(s => paired.Contains(s.From) && paired.Contains(s.To))],
            Pitfalls = PlanPitfalls.Mine(paired, all),
        };
    }

    private static IReadOnlyList<Together> Pairs(IReadOnlyList<string> ordered, List<PlanRun> successes) =>
        [.. ordered.SelectMany((a, i) => ordered.Skip(i + 1).Select(b => new Together(a, b, PlanRun.Tasks(successes.Where(r => r.DidBoth(a, b))))))
            .Where(t => t.Tasks >= LeastTasks)
            .OrderByDescending(t => t.Tasks).ThenBy(t => t.First, StringComparer.Ordinal).ThenBy(t => t.Second, StringComparer.Ordinal).Take(MostPairs)];

    private static MinedEpisode BeforeTheFirst(PlanRun run)
    {
        var first = run.EffectCalls[0];
        return run.Of with { Episode = run.Of.Episode with { Effect = Episode.Answer, Calls = [.. run.Of.Episode.Context.Where(c => c.Step < first.Step)] } };
    }
}
