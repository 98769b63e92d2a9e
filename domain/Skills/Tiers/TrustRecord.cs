using System.Collections.Immutable;
using Pipeline.Domain.Ledger;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>What the envelopes of a skill's stream say about trust: who made each package, and since when it stands where it stands.</summary>
public sealed record TrustRecord
{
    public static TrustRecord Empty { get; } = new();

    /// <summary>Who made a version of that package digest, restoring not counted.</summary>
    public ImmutableDictionary<string, ImmutableSortedSet<string>> Authors { get; init; } = ImmutableDictionary<string, ImmutableSortedSet<string>>.Empty;

    /// <summary>Since when a package digest is at T3 or above without a break.</summary>
    public ImmutableDictionary<string, DateTimeOffset> ProvenSince { get; init; } = ImmutableDictionary<string, DateTimeOffset>.Empty;

    /// <summary>Since when a package digest keeps a tier on stale verdicts, by that tier: the lowest one at the time, since the record names no other.</summary>
    private ImmutableDictionary<string, ImmutableSortedDictionary<Tier, DateTimeOffset>> Stale { get; init; } = ImmutableDictionary<string, ImmutableSortedDictionary<Tier, DateTimeOffset>>.Empty;

    public static TrustRecord Fold(IEnumerable<RecordedEvent> stream) => stream.Aggregate(Empty, Evolve);

    public static TrustRecord Evolve(TrustRecord record, RecordedEvent recorded) => recorded.Event switch
    {
        SkillCreated e => record.Made(e.Content.Package.Digest, recorded.Context.Actor),
        SkillImproved e => record.Made(e.Content.Package.Digest, recorded.Context.Actor),
        SkillMerged e => record.Made(e.Content.Package.Digest, recorded.Context.Actor),
        TierDecided e => record with
        {
            ProvenSince = Since(record.ProvenSince, e.PackageDigest, e.To >= Tier.T3, recorded.Context.RecordedAt),
            Stale = TierRules.KeptStale(e.To, e.Denials) is { } stale
                ? record.Stale.SetItem(e.PackageDigest, record.StaleOf(e.PackageDigest, stale, e.To, recorded.Context.RecordedAt))
                : record.Stale.Remove(e.PackageDigest),
        },
        _ => record,
    };

    /// <summary>Whether somebody is known to have had no part in making a package.</summary>
    /// <param name="by">An actor, or the id of a person.</param>
    public bool IsOther(string by, string packageDigest) =>
        Authors.TryGetValue(packageDigest, out var authors) && !authors.Contains(by) && !authors.Contains(new Actor(ActorKind.Admin, by).ToString());

    /// <summary>Since when a package digest keeps a tier on stale verdicts. While a lower tier stands on such, nobody hears of those above it, so that
    /// the lower one's time counts for them too.</summary>
    /// <returns>Null: it does not.</returns>
    public DateTimeOffset? StaleSince(string packageDigest, Tier tier)
    {
        if (!Stale.TryGetValue(packageDigest, out var tiers)) return null;
        if (tiers.TryGetValue(tier, out var since)) return since;
        return tiers.Where(t => t.Key < tier).Select(t => (DateTimeOffset?)t.Value).Min();
    }

    // What was stale before a lower tier was goes on counting, as far as it is kept; what is below is stale no longer.
    private ImmutableSortedDictionary<Tier, DateTimeOffset> StaleOf(string digest, Tier lowest, Tier kept, DateTimeOffset now) =>
        Stale.GetValueOrDefault(digest, ImmutableSortedDictionary<Tier, DateTimeOffset>.Empty)
            .SetItem(lowest, StaleSince(digest, lowest) ?? now).RemoveRange(Enum.GetValues<Tier>().Where(t => t < lowest || t > kept));

    private TrustRecord Made(string digest, Actor by) => this with
    {
        Authors = Authors.SetItem(digest, Authors.GetValueOrDefault(digest, ImmutableSortedSet.Create<string>(StringComparer.Ordinal)).Add(by.ToString())),
    };

    private static ImmutableDictionary<string, DateTimeOffset> Since(ImmutableDictionary<string, DateTimeOffset> since, string digest, bool holds, DateTimeOffset now) =>
        !holds ? since.Remove(digest) : since.ContainsKey(digest) ? since : since.Add(digest, now);
}
