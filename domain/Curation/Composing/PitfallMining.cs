using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>Learns what to avoid: errors with what recovered from them, and what failing runs did that successful ones did not.</summary>
public static class PitfallMining
{
    private const int MostPitfalls = 6;
    private const int LeastFailures = 2;
    private const int LeastTasksOfAMessage = 2;
    private const int LeastFailuresOfAWarning = 3;
    private const double ShareOfAWarning = 0.4;
    private const double LikeliestChance = 0.1;

    public static IReadOnlyList<Pitfall> Mine(string effect, IReadOnlyList<ProcedureStep> steps, IReadOnlyList<MinedEpisode> all)
    {
        List<MinedEpisode> successes = [.. all.Where(e => e.Succeeded)], failures = [.. all.Where(e => e.Failed)];
        return [.. Errors(all).Concat(Contrasts(effect, steps, successes, failures))
            .OrderByDescending(p => p.Seen).ThenBy(p => p.Text, StringComparer.Ordinal).Take(MostPitfalls)];
    }

    private static IEnumerable<Pitfall> Errors(IReadOnlyList<MinedEpisode> all) => all
        .SelectMany(e => e.Episode.Calls.Where(c => c.Failed).Select(c => (Of: e, Call: c, Message: Message(c))))
        .GroupBy(x => (x.Call.Tool, x.Message))
        // What one task only got to hear may be about a person; and one page that an agent read may have said it.
        .Where(g => g.Select(x => x.Of.Task).Distinct(StringComparer.Ordinal).Count() >= LeastTasksOfAMessage)
        .Select(g =>
        {
            var recoveries = g.Select(x => Recovery(x.Of.Episode, x.Call)).Where(r => r.Length > 0)
                .GroupBy(r => r, StringComparer.Ordinal).OrderByDescending(r => r.Count()).ThenBy(r => r.Key, StringComparer.Ordinal).ToList();
            var ids = g.Select(x => x.Of.Id).Distinct(StringComparer.Ordinal).ToList();
            var remedy = recoveries.Count > 0 ? $" What helped: {recoveries[0].Key}." : "";
            return new Pitfall($"`{Prose.Code(g.Key.Tool)}` can answer `{g.Key.Message}`.{remedy}", ids.Count, ids);
        });

    // Without what was asked for, so that it is the same message for everybody.
    private static string Message(TracedCall failed) => Prose.ErrorText(failed.Call.Result!.Content, [.. failed.Arguments.Select(a => a.Value)]);

    // What came between a failed call and the next success of the same tool, or what was different in it.
    private static string Recovery(Episode episode, TracedCall failed)
    {
        var next = episode.Context.FirstOrDefault(c => c.Index > failed.Index && c.Tool == failed.Tool && !c.Failed);
        if (next is null)
        {
            var other = episode.Context.FirstOrDefault(c => c.Index > failed.Index && !c.Failed);
            return other is null ? "" : $"`{Prose.Code(other.Tool)}` instead";
        }
        var between = episode.Context.Where(c => c.Index > failed.Index && c.Index < next.Index && !c.Failed).Select(c => c.Tool).Distinct(StringComparer.Ordinal).ToList();
        if (between.Count > 0) return $"{string.Join(", then ", between.Take(2).Select(t => $"`{Prose.Code(t)}`"))}, then the call again";
        var before = failed.Arguments.ToLookup(a => a.Path, a => a.Value, StringComparer.Ordinal);
        var changed = next.Arguments.GroupBy(a => a.Path, StringComparer.Ordinal)
            .Where(g => !g.Select(a => a.Value).SequenceEqual(before[g.Key])).Select(g => $"`{Prose.Code(g.Key)}`").ToList();
        return changed.Count is > 0 and <= 3 ? $"another {string.Join(" and ", changed)}" : "";
    }

    private static IEnumerable<Pitfall> Contrasts(
        string effect, IReadOnlyList<ProcedureStep> steps, List<MinedEpisode> successes, List<MinedEpisode> failures)
    {
        if (failures.Count < LeastFailures || successes.Count == 0) yield break;
        if (effect != Episode.Answer && failures.Count >= LeastFailuresOfAWarning && failures.Count >= ShareOfAWarning * (failures.Count + successes.Count))
        {
            yield return new($"Make sure first that this is allowed and wanted: {failures.Count} of {failures.Count + successes.Count} runs that did it failed.",
                failures.Count, [.. failures.Select(f => f.Id)]);
        }

        foreach (var step in steps.Where(s => !s.Sometimes && s.Tools.All(t => t.Tool != effect)))
        {
            var names = string.Join(" or ", step.Tools.Select(t => $"`{Prose.Code(t.Tool)}`"));
            if (Contrast(e => !step.Tools.Any(t => e.Did(t.Tool)), $"Do not skip {names}") is { } skipped) yield return skipped;
        }
        if (effect != Episode.Answer && Contrast(e => !e.Confirmed, "Do not act before the user has agreed to exactly what will be done") is { } unasked) yield return unasked;
        if (Contrast(e => e.EffectCalls.Count(c => !c.Failed) > 1, $"Think twice before calling `{Prose.Code(effect)}` more than once") is { } repeated)
            yield return repeated;
        foreach (var other in failures.SelectMany(f => f.Episode.OtherEffects).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (Contrast(e => e.OtherEffects.Contains(other), $"Make sure that the user really wants `{Prose.Code(other)}` as well") is { } mixed)
                yield return mixed;
        }

        Pitfall? Contrast(Func<Episode, bool> did, string advice)
        {
            var failed = failures.Where(f => did(f.Episode)).ToList();
            var well = successes.Count(s => did(s.Episode));
            return failed.Count >= LeastFailures && Chance(failed.Count, failures.Count, well, successes.Count) <= LikeliestChance
                ? new($"{advice}: {failed.Count} of {failures.Count} failed runs did so, and {well} of {successes.Count} that went well.",
                    failed.Count, [.. failed.Select(f => f.Id)])
                : null;
        }
    }

    /// <summary>How likely so many or more of the failures would show a feature by chance, given how many runs show it in all: Fisher's exact
    /// test, one-sided (R. A. Fisher, Statistical Methods for Research Workers, 1934, 21.02).</summary>
    internal static double Chance(int failedWith, int failed, int wellWith, int well)
    {
        var (with, all) = (failedWith + wellWith, failed + well);
        return Enumerable.Range(failedWith, Math.Min(failed, with) - failedWith + 1)
            .Sum(k => Math.Exp(LogChoose(failed, k) + LogChoose(well, with - k) - LogChoose(all, with)));
    }

    private static double LogChoose(int n, int k) => k < 0 || k > n ? double.NegativeInfinity : Enumerable.Range(1, k).Sum(i => Math.Log(n - k + i) - Math.Log(i));
}
