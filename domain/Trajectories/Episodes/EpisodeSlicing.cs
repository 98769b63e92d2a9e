namespace Pipeline.Domain.Trajectories.Episodes;

/// <summary>Finds the calls that belong to an effect: those that produced its values, and reads of the same things; then what
/// those needed in turn. Of an effect that took its values from nowhere, all that was looked up before it.</summary>
internal sealed class EpisodeSlicing
{
    private readonly DataFlow _flow;
    private readonly HashSet<string> _effects;
    private readonly List<string[]> _identifiers;

    public EpisodeSlicing(DataFlow flow, IEnumerable<string> effects)
    {
        _flow = flow;
        _effects = effects.ToHashSet(StringComparer.Ordinal);
        _identifiers = [.. flow.Calls.Select(call => call.Identifiers.Distinct(StringComparer.Ordinal).ToArray())];
    }

    /// <summary>In order. No other effect's calls, unless they produced what this one needed.</summary>
    public IReadOnlyList<TracedCall> Of(string effect)
    {
        var kept = new SortedSet<int>(_flow.Calls.Where(c => c.Tool == effect).Select(c => c.Index));
        var values = kept.SelectMany(i => _identifiers[i]).ToHashSet(StringComparer.Ordinal);
        for (var i = kept.Max; i >= 0; i--)
        {
            var call = _flow.Calls[i];
            if (!kept.Contains(i))
            {
                if (_effects.Contains(call.Tool) || !(Array.Exists(_identifiers[i], values.Contains) || AnswersWith(call, values))) continue;
                kept.Add(i);
            }
            foreach (var argument in call.Arguments)
                if (argument.Source is ValueSource.Result result) kept.Add(result.Call);
            if (call.Tool != effect) values.UnionWith(_identifiers[i]);
        }
        if (kept.All(i => IsUntraceable(_flow.Calls[i], effect))) kept.UnionWith(LookedUpBefore(kept.Max));
        return [.. kept.Select(i => _flow.Calls[i])];
    }

    // Who looks up what he was told already makes sure of it: that belongs to the work, wherever the value came from first.
    private static bool AnswersWith(TracedCall call, HashSet<string> values) => call.Result is [("", var answer)] && values.Contains(answer);

    // A hand-over or a report takes no value from anywhere and still rests on what was looked up before it.
    private static bool IsUntraceable(TracedCall call, string effect) => call.Tool == effect && call.Arguments.All(a => a.Source == ValueSource.Chosen);

    private IEnumerable<int> LookedUpBefore(int index) => _flow.Calls.Where(c => c.Index < index && !_effects.Contains(c.Tool)).Select(c => c.Index);
}
