using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>One curation per family at a time, across all instances.</summary>
public sealed class FamilyLocks(NpgsqlDataSource db)
{
    /// <summary>Null when somebody else holds it. Two families whose names collide as hashes wait for each other, and nothing worse.</summary>
    public Task<IAsyncDisposable?> TryTakeAsync(string tenant, string familyId, CancellationToken ct = default) =>
        AdvisoryLock.TryTakeAsync(db, "family_lock_try", $"{tenant}\n{familyId}", ct);
}
