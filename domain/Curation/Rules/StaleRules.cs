using Pipeline.Domain.Curation.Sweeping;

namespace Pipeline.Domain.Curation.Rules;

/// <summary>The rules by which a skill is found stale.</summary>
public static class StaleRules
{
    /// <summary>The environment goes on and the family has fallen silent: longer than chance explains, by the share of the environment's
    /// episodes that it had while it was heard of. Its tool is gone, or nobody asks for it any more.</summary>
    public const string Silence = "silence";

    public static IReadOnlyCollection<string> Names { get; } = [Silence];

    /// <returns>Null where the policy has no rule for it.</returns>
    public static Finding? Judge(SweptFamily family, SweepInput input)
    {
        if (input.Policy.Rules.Stale != Silence || family.EvidenceLeaves is not [.., var last]) return null;
        // The first run may have been the first of the environment: one is added, as if another kind had been seen beside it.
        var neighbours = input.Families.Where(f => f.Family.Environment == family.Family.Environment && f.Family.Kind == family.Family.Kind).ToList();
        var (before, since) = (neighbours.Sum(f => f.EvidenceLeaves.Count(l => l <= last)), neighbours.Sum(f => f.EvidenceLeaves.Count(l => l > last)));
        var share = family.EvidenceLeaves.Count / (before + 1.0);
        var chance = Math.Pow(1 - share, since);
        var said = $"{since} episodes of {family.Family.Environment} since the last of {family.EvidenceLeaves.Count} with `{family.Family.Effect}`";
        return (since >= input.Policy.StaleAfter && chance <= input.Policy.StaleChance
            ? Finding.Due("stale", $"{said}: its tool is out of use")
            : Finding.NotDue("in-use", said)) with
        {
            Scores = Finding.Numbers(("episodesSince", since), ("shareBefore", share), ("chanceOfSilence", chance)),
            Thresholds = Finding.Numbers(("staleAfter", input.Policy.StaleAfter), ("staleChance", input.Policy.StaleChance)),
        };
    }
}
