using Npgsql;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Postgres;

/// <summary>Which skills have a package, whatever they are called: the same bytes can stand under several ids.</summary>
public sealed class PackageHolders(NpgsqlDataSource db)
{
    /// <summary>Skills with a version that has one of these packages, revoked or not. What is committed counts, sealed or not.</summary>
    /// <returns>Ids in ordinal order.</returns>
    public async Task<IReadOnlyList<string>> OfAsync(string tenant, IReadOnlyCollection<string> digests, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("package_holders"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTexts([.. digests]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var ids = new List<string>();
        while (await reader.ReadAsync(ct)) ids.Add(Streams.IdOf(reader.GetString(0)));
        return [.. ids.Order(StringComparer.Ordinal)];
    }

    /// <summary>Waits until nobody else, on any instance, makes or revokes a version with one of these packages, and keeps others from it.</summary>
    public Task<IAsyncDisposable> LockAsync(string tenant, IReadOnlyCollection<string> digests, CancellationToken ct = default) =>
        AdvisoryLock.TakeAsync(db, "package_lock", command =>
        {
            command.AddText(tenant);
            command.AddTexts([.. digests]);
        }, ct);
}
