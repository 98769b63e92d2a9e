using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Trajectories.Episodes;

/// <summary>All that one run is evidence for: each effect for itself (functional), the effects together (a plan), and each tool that
/// failed and was got over (atomic).</summary>
public static class EpisodeKinds
{
    /// <summary>What a plan's family is called: the whole task.</summary>
    public const string WholeTask = "task";

    // Each is an event. A run that has trouble with more tools than these says little of any of them.
    private const int MostTools = 4;

    public static IReadOnlyList<Episode> Of(Trajectory trajectory)
    {
        var functional = EpisodeSplitter.Split(trajectory);
        // Where tools are generic, an episode is a whole request already.
        if (functional.Any(e => e.Coding is not null)) return functional;
        return [.. functional, .. Plans(functional), .. Atomic(functional)];
    }

    /// <summary>Readable, and distinct for each kind: no slug has a dot in it.</summary>
    public static string FamilyOf(string environment, Episode episode) => episode.Kind switch
    {
        SkillKind.Plan => $"{Names.Slug(environment)}.plan.{Names.Slug(episode.Effect)}",
        SkillKind.Atomic => $"{Names.Slug(environment)}.use.{Names.Slug(episode.Effect)}",
        _ => EpisodeSplitter.FamilyOf(environment, episode.Effect),
    };

    private static IEnumerable<Episode> Plans(IReadOnlyList<Episode> functional)
    {
        var effects = functional.Select(e => (Episode: e, First: e.EffectCalls.FirstOrDefault())).Where(e => e.First is not null)
            .OrderBy(e => e.First!.Index).ToList();
        if (effects.Count < 2) yield break;
        var first = effects[0].Episode;
        yield return first with
        {
            Kind = SkillKind.Plan,
            Effect = WholeTask,
            Calls = first.Context,
            OtherEffects = [.. effects.Select(e => e.Episode.Effect)],
            FirstStep = first.Context[0].Step,
            LastStep = first.Context[^1].Step,
        };
    }

    private static IEnumerable<Episode> Atomic(IReadOnlyList<Episode> functional)
    {
        if (functional.Count == 0) return [];
        var any = functional[0];
        var lastWorked = any.Context.LastOrDefault(c => !c.Failed)?.Index ?? -1;
        return any.Context.Where(c => c.Failed && c.Index < lastWorked).DistinctBy(c => Names.Slug(c.Tool), StringComparer.Ordinal)
            .Take(MostTools).Select(failed => AtomicOf(any, functional, failed));
    }

    // The tool's calls, and after each that failed the next that worked, whatever it was.
    private static Episode AtomicOf(Episode any, IReadOnlyList<Episode> functional, TracedCall firstFailed)
    {
        var kept = new List<TracedCall>();
        var open = false;
        foreach (var call in any.Context)
        {
            if (call.Tool == firstFailed.Tool || (open && !call.Failed)) kept.Add(call);
            if (call.Tool == firstFailed.Tool && call.Failed) open = true;
            else if (!call.Failed) open = false;
        }
        return any with
        {
            Kind = SkillKind.Atomic,
            Effect = firstFailed.Tool,
            Calls = kept,
            OtherEffects = [.. functional.Select(e => e.Effect).Where(e => e != firstFailed.Tool && e != Episode.Answer)],
            FirstStep = kept[0].Step,
            LastStep = kept[^1].Step,
        };
    }
}
