using Pipeline.Domain.Curation;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.CurateFamily;

/// <summary>One curation at a time for all the families that share a skill: what one of them finds the skill to be, no other changes meanwhile.</summary>
public sealed class KinLocks(LedgerWriter ledger, FamilyLocks locks)
{
    /// <summary>Takes the locks of the family and of those that its skill was merged with. Null when somebody else holds one of them.</summary>
    public async Task<KinHold?> TryTakeAsync(string tenant, string familyId, CancellationToken ct)
    {
        while (true)
        {
            var kin = await KinOfAsync(tenant, familyId, ct);
            if (await locks.TryTakeAsync(tenant, kin, ct) is not { } taken) return null;
            var held = new KinHold(kin, taken);
            // Merged, or a merge undone, before the locks were held.
            if (kin.SequenceEqual(await KinOfAsync(tenant, familyId, ct))) return held;
            await held.DisposeAsync();
        }
    }

    // In one order for all, so that of two that want the same families one gets them.
    private async Task<List<string>> KinOfAsync(string tenant, string familyId, CancellationToken ct)
    {
        var read = ledger.Reader(tenant, ct);
        var family = await read.FoldAsync(Streams.Of(Streams.Family, familyId), Family.None, Family.Evolve);
        return [.. MergedFamilies.KinOf(await KinReader.AloneAsync(read, family.State)).Append(familyId).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }
}

/// <summary>Locks on families that share a skill, until it is disposed of.</summary>
/// <param name="families">In ordinal order.</param>
public sealed class KinHold(IReadOnlyList<string> families, IAsyncDisposable locks) : IAsyncDisposable
{
    public IReadOnlyList<string> Families => families;

    public ValueTask DisposeAsync() => locks.DisposeAsync();
}
