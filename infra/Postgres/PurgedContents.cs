using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>Which contents the sealed log says were deleted with a data subject.</summary>
public sealed class PurgedContents(NpgsqlDataSource db)
{
    /// <returns>By digest, the leaf that first tells of it; those that no leaf tells of are left out.</returns>
    public async Task<IReadOnlyDictionary<string, long>> LeavesAsync(string tenant, IReadOnlyCollection<string> digests, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("purged_contents"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTexts([.. digests]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        Dictionary<string, long> leaves = new(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct)) leaves[reader.GetString(0)] = reader.GetInt64(1);
        return leaves;
    }

    /// <returns>The leaf from which on all of them are told to be erased; null where one of them is not.</returns>
    public async Task<long?> OfAsync(string tenant, IReadOnlyCollection<string> digests, CancellationToken ct = default) =>
        await LeavesAsync(tenant, digests, ct) is { Count: > 0 } leaves && leaves.Count == digests.Count ? leaves.Values.Max() : null;
}
