using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing.Atomic;

/// <summary>Learns how to use one tool from runs in which it failed and was got over.</summary>
public static class AtomicMiner
{
    private const int LeastTasks = 2;
    private const int LeastTasksOfAForm = 3;
    private const int FewestLetters = 4;
    private const int MostErrors = 6;
    private const int MostArguments = 8;
    private const int MostChecks = 1;

    // A run that calls a tool a thousand times shows with the first of them how.
    private const int MostCallsOfARun = 100;
    private const double AlmostAlways = 0.9;
    private const double Seldom = 0.25;

    /// <returns>Null where no error came up in several tasks with something that helped: then there is nothing to say of the tool.</returns>
    public static ToolUse? Mine(string environment, string tool, IReadOnlyList<MinedEpisode> episodes)
    {
        var errors = Errors(tool, episodes);
        if (!errors.Any(e => e.IsAdvice || e.Checks.Count > 0)) return null;
        return new() { Environment = environment, Tool = tool, Arguments = Arguments(tool, [.. episodes.Where(e => e.Succeeded)]), Errors = errors };
    }

    private static IReadOnlyList<ToolError> Errors(string tool, IReadOnlyList<MinedEpisode> episodes)
    {
        var worked = episodes.Where(e => e.Succeeded).SelectMany(e => Shown(e, e.Episode.EffectCalls.Where(c => !c.Failed).Take(MostCallsOfARun))).ToLookup(s => (s.Tool, s.Path));
        return [.. episodes.SelectMany(FirstOfEach).GroupBy(f => f.Message, f => f.Call, StringComparer.Ordinal)
            // What one task only got to hear may be about a person; and what is left of it must say something.
            .Where(g => Tasks(g.Select(f => f.Run)) >= LeastTasks && g.Key.Count(char.IsLetter) >= FewestLetters)
            .Select(g =>
            {
                var (remedy, helped, isAdvice) = RecoveryMining.Mine([.. g]);
                var ids = g.Select(f => f.Run.Id).Distinct(StringComparer.Ordinal).ToList();
                return new ToolError(g.Key, ids.Count, remedy, helped, isAdvice, Checks([.. g], worked), ids);
            })
            .OrderByDescending(e => e.Runs).ThenBy(e => e.Message, StringComparer.Ordinal).Take(MostErrors)];
    }

    // Tried again and again, it is one refusal.
    private static IEnumerable<(string Message, FailedCall Call)> FirstOfEach(MinedEpisode run) => run.Episode.EffectCalls.Where(c => c.Failed).Take(MostCallsOfARun)
        .Select(c => (Message: MessageOf(c), Call: new FailedCall(run, c))).DistinctBy(c => c.Message, StringComparer.Ordinal);

    // A field that nearly always has one value where the call works, and seldom where it is refused.
    private static IReadOnlyList<FieldRule> Checks(IReadOnlyList<FailedCall> failures, ILookup<(string Tool, string Path), (string Tool, string Path, string Value, string Task)> worked) =>
        [.. failures.SelectMany(f => Shown(f.Run, [f.Call])).GroupBy(s => (s.Tool, s.Path))
            .Where(g => g.Select(s => s.Task).Distinct(StringComparer.Ordinal).Count() >= LeastTasks)
            .Select(g => (g.Key, Refused: g.ToList(), Most: MostCommon([.. worked[g.Key]])))
            .Where(g => g.Most.Share >= AlmostAlways && g.Most.Tasks >= LeastTasksOfAForm && g.Refused.Count(s => s.Value == g.Most.Value) <= Seldom * g.Refused.Count)
            .OrderByDescending(g => g.Refused.Count).ThenBy(g => g.Key.Path, StringComparer.Ordinal).ThenBy(g => g.Key.Tool, StringComparer.Ordinal).Take(MostChecks)
            .Select(g => new FieldRule(g.Key.Tool, g.Key.Path, g.Most.Value))];

    private static IEnumerable<(string Tool, string Path, string Value, string Task)> Shown(MinedEpisode run, IEnumerable<TracedCall> calls)
    {
        var changing = run.Episode.OtherEffects.Append(run.Episode.Effect).ToHashSet(StringComparer.Ordinal);
        return calls.SelectMany(call => StatesBefore.Of(run.Episode, call, changing)).Select(s => (s.Tool, s.Path, s.Value, run.Task));
    }

    private static (string Value, double Share, int Tasks) MostCommon(List<(string Tool, string Path, string Value, string Task)> shown)
    {
        var most = shown.GroupBy(s => s.Value, StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).FirstOrDefault();
        return most is null ? ("", 0, 0) : (most.Key, (double)most.Count() / shown.Count, most.Select(s => s.Task).Distinct(StringComparer.Ordinal).Count());
    }

    private static IReadOnlyList<ArgumentForm> Arguments(string tool, IReadOnlyList<MinedEpisode> successes)
    {
        var seen = successes.SelectMany(e => e.Episode.EffectCalls.Where(c => !c.Failed).SelectMany(c => c.Arguments.Select(a => (a.Path, a.Value, e.Task))))
            .ToLookup(a => a.Path, StringComparer.Ordinal);
        return [.. ArgumentMining.Mine(tool, successes).Select(rule =>
        {
            var choice = rule.Sources.OfType<ArgumentSource.OneOf>().FirstOrDefault();
            var values = seen[rule.Path].ToList();
            // Different values of several tasks: one that comes again and again has no form but itself.
            var isOpen = choice is null && Distinct(values.Select(v => v.Task)) >= LeastTasksOfAForm && Distinct(values.Select(v => v.Value)) >= LeastTasksOfAForm;
            return new ArgumentForm(rule.Path, isOpen ? ValueForm.Of([.. values.Select(v => v.Value)]) : "", choice?.Values ?? [], choice?.Usually ?? false, rule.Sometimes);
        }).Where(a => a.Form.Length > 0 || a.Values.Count > 0 || a.Sometimes).Take(MostArguments)];
    }

    private static string MessageOf(TracedCall failed) => Prose.ErrorText(failed.Call.Result!.Content, [.. failed.Arguments.Select(a => a.Value)]);

    private static int Tasks(IEnumerable<MinedEpisode> runs) => Distinct(runs.Select(r => r.Task));

    private static int Distinct(IEnumerable<string> texts) => texts.Distinct(StringComparer.Ordinal).Count();
}
