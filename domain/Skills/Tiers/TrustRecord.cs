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

    /// <summary>Since when a package digest keeps its tier on stale verdicts.</summary>
    public ImmutableDictionary<string, DateTimeOffset> StaleSince { get; init; } = ImmutableDictionary<string, DateTimeOffset>.Empty;

    public static TrustRecord Fold(IEnumerable<RecordedEvent> stream) => stream.Aggregate(Empty, Evolve);

    public static TrustRecord Evolve(TrustRecord record, RecordedEvent recorded) => recorded.Event switch
    {
        SkillCreated e => record.Made(e.Content.Package.Digest, recorded.Context.Actor),
        SkillImproved e => record.Made(e.Content.Package.Digest, recorded.Context.Actor),
        SkillMerged e => record.Made(e.Content.Package.Digest, recorded.Context.Actor),
        TierDecided e => record with
        {
            ProvenSince = Since(record.ProvenSince, e.PackageDigest, e.To >= Tier.T3, recorded.Context.RecordedAt),
            StaleSince = Since(record.StaleSince, e.PackageDigest, TierRules.IsKeptStale(e.To, e.Denials), recorded.Context.RecordedAt),
        },
        _ => record,
    };

    /// <summary>Whether somebody is known to have had no part in making a package.</summary>
    /// <param name="by">An actor, or the id of a person.</param>
    public bool IsOther(string by, string packageDigest) =>
        Authors.TryGetValue(packageDigest, out var authors) && !authors.Contains(by) && !authors.Contains(new Actor(ActorKind.Admin, by).ToString());

    private TrustRecord Made(string digest, Actor by) => this with
    {
        Authors = Authors.SetItem(digest, Authors.GetValueOrDefault(digest, ImmutableSortedSet.Create<string>(StringComparer.Ordinal)).Add(by.ToString())),
    };

    private static ImmutableDictionary<string, DateTimeOffset> Since(ImmutableDictionary<string, DateTimeOffset> since, string digest, bool holds, DateTimeOffset now) =>
        !holds ? since.Remove(digest) : since.ContainsKey(digest) ? since : since.Add(digest, now);
}
