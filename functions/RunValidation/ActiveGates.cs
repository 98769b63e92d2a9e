using System.Collections.Concurrent;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Policies;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Policies;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <summary>The gates that are active, with the bytes that they had when they were published; the strict ones where none were activated yet.</summary>
public sealed class ActiveGates(EventStore store)
{
    private readonly ConcurrentDictionary<string, GatePolicy> _byDigest = new(StringComparer.Ordinal);

    public async Task<GatePolicy> ReadAsync(LedgerReader read, CancellationToken ct)
    {
        var shelf = await read.FoldAsync(Streams.Of(Streams.Policy, PolicyShelf.Gates), PolicyShelf.Empty, PolicyShelf.Evolve);
        var digest = shelf.State.Active?.Digest ?? "";
        if (_byDigest.TryGetValue(digest, out var known)) return known;
        var bytes = digest.Length == 0 ? await ShippedGates.ReadAsync(ShippedGates.Strict, ct) : await store.ReadContentAsync(digest, ct);
        return _byDigest[digest] = GateFile.Parse(bytes ?? throw new InvalidOperationException($"gates {shelf.State.Active?.Id} are active and their bytes are not in the content store"));
    }
}
