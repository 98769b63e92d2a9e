using Pipeline.Domain.Curation.Sweeping;

namespace Pipeline.Domain.Curation.Rules;

/// <summary>The rules by which a skill is found stale.</summary>
public static class StaleRules
{
    /// <summary>The environment goes on and the family has fallen silent: longer than chance explains, by the share of the environment's
    /// episodes that it had while it was heard of. Whatever is heard of it, verified or not, ends its silence. Its tool is gone, or nobody asks for it any more.</summary>
    public const string Silence = "silence";

    public static IReadOnlyCollection<string> Names { get; } = [Silence];

    /// <returns>Null where the policy has no rule for it.</returns>
    public static Finding? Judge(SweptFamily family, SweepInput input)
    {
        if (input.Policy.Rules.Stale != Silence || family.Sightings is not [.., var last]) return null;
        var all = input.Families.Where(f => f.Family.Environment == family.Family.Environment && f.Family.Kind == family.Family.Kind).SelectMany(f => f.Sightings).Where(s => s.Verified).ToList();
        var isShared = all.Select(s => s.Source).Distinct(StringComparer.Ordinal).Skip(1).Any();
        int Weigh(IEnumerable<Sighting> sightings) => Weight(sightings, isShared ? input.Policy.FreeShareOfSource : int.MaxValue);
        var (own, before, since) = (Weigh(family.Sightings.Where(s => s.Verified)), Weigh(all.Where(s => s.Leaf <= last.Leaf)), Weigh(all.Where(s => s.Leaf > last.Leaf)));
        // The first run may have been the first of the environment: one is added, as if another kind had been seen beside it.
        var share = own / (before + 1.0);
        var chance = Math.Pow(1 - share, since);
        var said = $"{since} tasks of {family.Family.Environment} since the last of {own} with `{family.Family.Effect}`";
        return (since >= input.Policy.StaleAfter && chance <= input.Policy.StaleChance
            ? Finding.Due("stale", $"{said}: its tool is out of use")
            : Finding.NotDue("in-use", said)) with
        {
            Scores = Finding.Numbers(("episodesSince", since), ("shareBefore", share), ("chanceOfSilence", chance)),
            Thresholds = Finding.Numbers(("staleAfter", input.Policy.StaleAfter), ("staleChance", input.Policy.StaleChance)),
        };
    }

    // What counts against a family is verified, each task of a source once, and no source outweighs all others together beyond its free share:
    // else whoever floods an environment would retire what the others use.
    private static int Weight(IEnumerable<Sighting> sightings, int free)
    {
        var bySource = sightings.GroupBy(s => s.Source, StringComparer.Ordinal).Select(g => g.Select(s => s.Task).Distinct(StringComparer.Ordinal).Count()).ToList();
        var all = bySource.Sum();
        return bySource.Sum(own => Math.Min(own, Math.Max(free, all - own)));
    }
}
