using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing.Plans;

/// <summary>A plan's episode with its effects found.</summary>
internal sealed class PlanRun
{
    public PlanRun(MinedEpisode episode)
    {
        Of = episode;
        Effects = episode.Episode.OtherEffects.ToHashSet(StringComparer.Ordinal);
        EffectCalls = [.. episode.Episode.Context.Where(c => Effects.Contains(c.Tool))];
        Done = EffectCalls.Where(c => !c.Failed).GroupBy(c => c.Tool, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => new EffectUse([.. g]), StringComparer.Ordinal);
    }

    public MinedEpisode Of { get; }
    public string Task => Of.Task;

    public IReadOnlySet<string> Effects { get; }

    /// <summary>Tried or done, in order.</summary>
    public IReadOnlyList<TracedCall> EffectCalls { get; }

    /// <summary>What was done, by effect.</summary>
    public IReadOnlyDictionary<string, EffectUse> Done { get; }

    public bool DidBoth(string a, string b) => Done.ContainsKey(a) && Done.ContainsKey(b);

    /// <summary>Every call of the one before any of the other. Calls of one step were made together.</summary>
    public bool Before(string first, string then) => Done[first].Calls[^1].Step < Done[then].Calls[0].Step;

    public static int Tasks(IEnumerable<PlanRun> runs) => runs.Select(r => r.Task).Distinct(StringComparer.Ordinal).Count();
}

/// <param name="Calls">Those that worked; one or more.</param>
internal sealed record EffectUse(IReadOnlyList<TracedCall> Calls)
{
    public IEnumerable<TracedArgument> Named => Calls.SelectMany(c => c.Arguments.Where(a => c.Identifiers.Contains(a.Value, StringComparer.Ordinal)));
}
