using Pipeline.Domain.Curation.Gaps;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.CurateFamily;

/// <summary>Finds the families that fail and have no skill, and how they fail.</summary>
/// <remarks>Errors are read from the runs when somebody asks: what a tool answered may be about a person, so it is not for the ledger,
/// which forgets nothing. What was erased is missing here too.</remarks>
public sealed class FamilyGaps(FamilyQueries families, EventStore store, ActivePolicies policies, EpisodeReader episodes)
{
    private const int MostRead = 40;

    /// <param name="environment">Empty: all.</param>
    /// <param name="after">A page's <see cref="CataloguePage{T}.Next"/>; null for the first page.</param>
    /// <returns>A page may have fewer than <paramref name="limit"/>, and there is more as long as it says where to go on.</returns>
    public async Task<CataloguePage<Gap>> ListAsync(string tenant, string environment, long? after, int limit, CancellationToken ct)
    {
        var page = await families.GapsAsync(tenant, environment, after, limit, ct);
        // Without a policy nothing is learned, so nothing is missing.
        if ((await policies.LoadAsync(tenant, ct)).At(page.Leaf) is not { Policy: var policy }) return new([], null, page.Leaf);
        var gaps = new List<Gap>();
        foreach (var row in page.Items)
        {
            var events = await store.ReadStreamAsync(tenant, Streams.Of(Streams.Family, row.FamilyId), sealedOnly: true, ct: ct);
            var family = Family.Fold(events.Where(e => e.Leaf < page.Leaf).Select(e => e.Event));
            var failures = await episodes.ReadAsync(tenant, family.Id, Gap.ToRead(family, policy, MostRead), ct);
            if (Gap.Of(family, policy, failures) is { } gap) gaps.Add(gap);
        }
        return new(gaps, page.Next, page.Leaf);
    }
}
