using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing.Atomic;

/// <summary>What helped after a call had failed: other calls in between, other arguments, or another tool.</summary>
internal static class RecoveryMining
{
    // What comes after more than so many other successes is another errand of the same run.
    private const int FarthestRetry = 3;
    private const int FarthestCall = 50;
    private const int LeastTasks = 2;
    private const int MostArguments = 3;

    public static (string Remedy, int Helped, bool IsAdvice) Mine(IReadOnlyList<FailedCall> failures)
    {
        var common = failures.Select(f => (Of: f, Recovery: RecoveryOf(f))).Where(r => r.Recovery is not null)
            .GroupBy(r => r.Recovery!.Key, StringComparer.Ordinal)
            .Select(g => (Key: g.Key, Tasks: g.Select(r => r.Of.Run.Task).Distinct(StringComparer.Ordinal).Count(), All: g.ToList()))
            .Where(g => g.Tasks >= LeastTasks)
            .OrderByDescending(g => g.Tasks).ThenBy(g => g.Key, StringComparer.Ordinal).FirstOrDefault();
        if (common.All is null) return ("", 0, false);
        var helped = common.All.Select(r => r.Of.Run.Id).Distinct(StringComparer.Ordinal).Count();
        var (text, isAdvice) = Text(common.All[0].Recovery!, [.. common.All.Select(r => (r.Of.Call, r.Recovery!.Retry))]);
        return (text, helped, isAdvice);
    }

    private static Recovery? RecoveryOf(FailedCall failed)
    {
        var (context, call) = (failed.Run.Episode.Context, failed.Call);
        var between = new List<string>();
        // What stood with it in one step was called without knowing of the error.
        foreach (var next in context.Skip(call.Index + 1).Take(FarthestCall).Where(c => c.Step > call.Step && !c.Failed))
        {
            if (next.Tool == call.Tool) return new(between, Changed(call, next), next);
            if (!between.Contains(next.Tool)) between.Add(next.Tool);
            if (between.Count > FarthestRetry) break;
        }
        return between.Count == 0 ? null : new([between[0]], [], null);
    }

    private static IReadOnlyList<string> Changed(TracedCall before, TracedCall after)
    {
        var old = before.Arguments.ToLookup(a => a.Path, a => a.Value, StringComparer.Ordinal);
        return [.. after.Arguments.GroupBy(a => a.Path, StringComparer.Ordinal)
            .Where(g => !g.Select(a => a.Value).SequenceEqual(old[g.Key], StringComparer.Ordinal)).Select(g => g.Key).Order(StringComparer.Ordinal)];
    }

    private static (string Text, bool IsAdvice) Text(Recovery recovery, IReadOnlyList<(TracedCall Before, TracedCall? After)> calls)
    {
        var tools = string.Join(", then ", recovery.Between.Take(2).Select(t => $"`{Prose.Code(t)}`"));
        if (recovery.Retry is null) return ($"{tools} instead", true);
        var changes = recovery.Changed.Count > MostArguments ? [] : recovery.Changed.Select(path => Change(path, calls)).ToList();
        var with = changes.Count == 0 ? "" : $" with {Prose.Listed([.. changes.Select(c => c.Text)], "and")}";
        if (tools.Length > 0) return ($"{tools}, then the call again{with}", true);
        if (recovery.Changed.Count == 0) return ("the same call again", true);
        return changes.Count == 0 ? ("", false) : ($"the call again{with}", changes.Exists(c => c.IsAdvice));
    }

    // How the value is to look, and where it came from.
    private static (string Text, bool IsAdvice) Change(string path, IReadOnlyList<(TracedCall Before, TracedCall? After)> calls)
    {
        var name = $"`{Prose.Code(path)}`";
        var given = Values(calls.Select(c => c.After!), path);
        var (before, after) = (Values(calls.Select(c => c.Before), path), ValueForm.Of([.. given.Select(a => a.Value)]));
        var source = SourceOf(given);
        if (before.Count == 0) return ($"{name} as well{source}", true);
        var old = ValueForm.Of([.. before.Select(a => a.Value)]);
        if (after.Length > 0 && after != old) return ($"{name} as {after}{(old.Length > 0 ? $", not {old}" : "")}", true);
        return ($"another {name}{source}", source.Length > 0);
    }

    // Only where all of them were in one field of results.
    private static string SourceOf(List<TracedArgument> given)
    {
        var fields = given.Select(a => a.Source is ValueSource.Result r ? r.Path : "").Distinct(StringComparer.Ordinal).ToList();
        if (fields is not [{ Length: > 0 } field]) return "";
        return field.EndsWith(".*", StringComparison.Ordinal) ? $" from the keys of `{Prose.Code(field[..^2])}`" : $" from `{Prose.Code(field)}`";
    }

    private static List<TracedArgument> Values(IEnumerable<TracedCall> calls, string path) => [.. calls.SelectMany(c => c.Arguments).Where(a => a.Path == path)];

    /// <param name="Retry">The call of the same tool that worked; null where another tool did.</param>
    private sealed record Recovery(IReadOnlyList<string> Between, IReadOnlyList<string> Changed, TracedCall? Retry)
    {
        public string Key => $"{(Retry is null ? "instead" : "retry")}\n{string.Join('\t', Between)}\n{string.Join('\t', Changed)}";
    }
}

/// <param name="Run">The run's episode for the tool.</param>
internal sealed record FailedCall(MinedEpisode Run, TracedCall Call);
