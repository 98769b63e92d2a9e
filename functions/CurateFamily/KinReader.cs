using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Siblings;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.CurateFamily;

/// <summary>Reads the episodes of a family and of those whose skills became one with its own, as they stood at a leaf.</summary>
public sealed class KinReader(EventStore store, EpisodeReader episodes)
{
    /// <summary>The family with those merges forgotten that people have undone since.</summary>
    public static async Task<Family> AloneAsync(LedgerReader read, Family family)
    {
        var skills = await SkillsAsync(read, family.Decisions.Where(d => d is { Operation: CurationOperation.Merge, Result: not null }).Select(d => d.Result!.SkillId));
        return MergedFamilies.WithoutUndone(family, id => skills[id]);
    }

    /// <summary>The family as its own skill is learned and judged from: without the runs of models that have a living sibling.</summary>
    public static async Task<Family> MainAsync(LedgerReader read, Family family)
    {
        var skills = await SkillsAsync(read, SiblingLines.SkillsOf(family));
        return SiblingLines.Main(family, id => skills[id]);
    }

    /// <returns>The families, none while the skill is the family's own, and all the episodes that could be read.</returns>
    public async Task<(IReadOnlyList<Family> Merged, IReadOnlyList<MinedEpisode> Episodes)> ReadAsync(
        LedgerReader read, string tenant, Family family, long leaf, CurationPolicy policy, CancellationToken ct)
    {
        var kin = MergedFamilies.KinOf(family);
        if (kin.Count == 0) return ([], await EpisodesAsync(tenant, family, policy, ct));
        var (merged, mined) = (new List<Family>(), new List<MinedEpisode>());
        foreach (var id in kin)
        {
            merged.Add(id == family.Id
                ? family
                : await MainAsync(read, FamilyHistory.AsOfLeaf(await store.ReadStreamAsync(tenant, Streams.Of(Streams.Family, id), sealedOnly: true, ct: ct), leaf)));
            mined.AddRange(await EpisodesAsync(tenant, merged[^1], policy, ct));
        }
        return (merged, mined);
    }

    private static async Task<IReadOnlyDictionary<string, Skill>> SkillsAsync(LedgerReader read, IEnumerable<string> ids)
    {
        var skills = new Dictionary<string, Skill>(StringComparer.Ordinal);
        foreach (var id in ids.Distinct(StringComparer.Ordinal)) skills[id] = (await read.FoldAsync(Streams.Of(Streams.Skill, id), Skill.None, Skill.Evolve)).State;
        return skills;
    }

    private Task<IReadOnlyList<MinedEpisode>> EpisodesAsync(string tenant, Family family, CurationPolicy policy, CancellationToken ct) =>
        episodes.ReadAsync(tenant, family.Id, EvidenceSelection.Select(family.Evidence, policy), ct);
}
