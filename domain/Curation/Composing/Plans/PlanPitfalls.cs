using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing.Plans;

/// <summary>What goes wrong between effects: one locks another out, or failing runs did them the other way round or both where one was asked.</summary>
internal static class PlanPitfalls
{
    private const int LeastTasks = 2;
    private const int LeastFailures = 2;
    private const double LikeliestChance = 0.1;
    private const int MostPitfalls = 5;

    public static IReadOnlyList<Pitfall> Mine(IReadOnlyList<string> effects, IReadOnlyList<PlanRun> all)
    {
        List<PlanRun> successes = [.. all.Where(r => r.Of.Succeeded)], failures = [.. all.Where(r => r.Of.Failed)];
        return [.. Lockouts(all).Concat(Contrasts(effects, successes, failures))
            .OrderByDescending(p => p.Seen).ThenBy(p => p.Text, StringComparer.Ordinal).Take(MostPitfalls)];
    }

    // Done before a refusal, on the same thing; what was refused then never worked on it again.
    private static IEnumerable<Pitfall> Lockouts(IReadOnlyList<PlanRun> all) => all.SelectMany(RefusalsOf)
        .GroupBy(r => (r.After, r.Refused, r.Message)).Where(g => PlanRun.Tasks(g.Select(r => r.Run)) >= LeastTasks)
        .Select(g =>
        {
            var ids = g.Select(r => r.Run.Of.Id).Distinct(StringComparer.Ordinal).ToList();
            var (after, refused) = (Prose.Code(g.Key.After), Prose.Code(g.Key.Refused));
            return new Pitfall($"After `{after}`, `{refused}` on the same thing is refused with `{g.Key.Message}`: do `{refused}` first, or choose one of them.", ids.Count, ids);
        });

    private static IEnumerable<(PlanRun Run, string After, string Refused, string Message)> RefusalsOf(PlanRun run)
    {
        var lastDone = new Dictionary<string, string>(StringComparer.Ordinal);
        var lastWorked = new Dictionary<(string Tool, string Name), int>();
        foreach (var call in run.EffectCalls.Where(c => !c.Failed))
            foreach (var name in call.Identifiers) lastWorked[(call.Tool, name)] = call.Index;
        foreach (var call in run.EffectCalls)
        {
            var named = call.Identifiers.Distinct(StringComparer.Ordinal).ToList();
            if (!call.Failed)
            {
                foreach (var name in named) lastDone[name] = call.Tool;
                continue;
            }
            var after = named.Select(n => lastDone.GetValueOrDefault(n)).FirstOrDefault(a => a is not null && a != call.Tool);
            var workedLater = named.Exists(n => lastWorked.GetValueOrDefault((call.Tool, n), -1) > call.Index);
            if (after is not null && !workedLater) yield return (run, after, call.Tool, Message(call));
        }
    }

    private static string Message(TracedCall failed) => Prose.ErrorText(failed.Call.Result!.Content, [.. failed.Arguments.Select(a => a.Value)]);

    private static IEnumerable<Pitfall> Contrasts(IReadOnlyList<string> effects, List<PlanRun> successes, List<PlanRun> failures)
    {
        foreach (var first in effects)
        {
            foreach (var then in effects.Where(e => e != first))
            {
                List<PlanRun> well = [.. successes.Where(r => r.DidBoth(first, then))], badly = [.. failures.Where(r => r.DidBoth(first, then))];
                if (Contrast(well, badly, r => r.Before(then, first), $"Not `{Prose.Code(then)}` before `{Prose.Code(first)}`") is { } order) yield return order;
            }
        }
        if (Contrast(successes, failures, r => !r.Of.Episode.Confirmed, "Do not begin before the user has agreed to all that will be done") is { } unasked) yield return unasked;
        for (var i = 0; i < effects.Count; i++)
        {
            for (var j = i + 1; j < effects.Count; j++)
            {
                var (a, b) = (effects[i], effects[j]);
                if (Contrast(successes, failures, r => r.DidBoth(a, b), $"Make sure that `{Prose.Code(a)}` and `{Prose.Code(b)}` are both wanted") is { } mixed) yield return mixed;
            }
        }
    }

    private static Pitfall? Contrast(List<PlanRun> well, List<PlanRun> badly, Func<PlanRun, bool> did, string advice)
    {
        var (failed, fine) = (badly.Where(did).ToList(), well.Count(did));
        if (failed.Count < LeastFailures || PlanRun.Tasks(failed) < LeastTasks || well.Count == 0) return null;
        return PitfallMining.Chance(failed.Count, badly.Count, fine, well.Count) > LikeliestChance
            ? null
            : new($"{advice}: {failed.Count} of {badly.Count} failed runs did so, and {fine} of {well.Count} that went well.", failed.Count, [.. failed.Select(r => r.Of.Id)]);
    }
}
