using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>One curation per family at a time, across all instances.</summary>
public sealed class FamilyLocks(NpgsqlDataSource db)
{
    /// <summary>Null when somebody else holds it. Two families whose names collide as hashes wait for each other, and nothing worse.</summary>
    public Task<IAsyncDisposable?> TryTakeAsync(string tenant, string familyId, CancellationToken ct = default) => TryTakeAsync(tenant, [familyId], ct);

    /// <summary>All of them, on one connection however many they are; null when somebody else holds one.</summary>
    /// <param name="familyIds">In one order for all, so that of two that want the same families one gets them.</param>
    public Task<IAsyncDisposable?> TryTakeAsync(string tenant, IReadOnlyList<string> familyIds, CancellationToken ct = default) =>
        AdvisoryLock.TryTakeAsync(db, "family_lock_try", [.. familyIds.Select(id => $"{tenant}\n{id}")], ct);
}
