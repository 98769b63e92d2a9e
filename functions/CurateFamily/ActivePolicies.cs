using System.Collections.Concurrent;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Policies;
using Pipeline.Infra.Policies;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.CurateFamily;

/// <summary>Which policies were active when, with the bytes that they had when they were published.</summary>
public sealed class ActivePolicies(EventStore store)
{
    private readonly ConcurrentDictionary<string, CurationPolicy> _byDigest = new(StringComparer.Ordinal);

    public async Task<PolicyTimeline> LoadAsync(string tenant, CancellationToken ct)
    {
        var events = await store.ReadStreamAsync(tenant, Streams.Of(Streams.Policy, PolicyShelf.Id), sealedOnly: true, ct: ct);
        var (shelf, activations) = (PolicyShelf.Empty, new List<(long, ActivePolicy)>());
        foreach (var recorded in events)
        {
            shelf = PolicyShelf.Evolve(shelf, recorded.Event);
            if (recorded.Event is PolicyEvent.PolicyActivated) activations.Add((recorded.Leaf!.Value, new(shelf.Active!, await ReadAsync(shelf.Active!, ct))));
        }
        return new(activations);
    }

    private async Task<CurationPolicy> ReadAsync(PolicyReference reference, CancellationToken ct)
    {
        if (_byDigest.TryGetValue(reference.Digest, out var known)) return known;
        var bytes = await store.ReadContentAsync(reference.Digest, ct)
            ?? throw new InvalidOperationException($"policy {reference.Id}@{reference.Version} is active and its bytes are not in the content store");
        return _byDigest[reference.Digest] = PolicyFile.Parse(bytes);
    }
}
