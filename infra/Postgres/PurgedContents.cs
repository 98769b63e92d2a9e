using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>Which contents the sealed log says were deleted with a data subject.</summary>
public sealed class PurgedContents(NpgsqlDataSource db)
{
    /// <param name="after">The leaf that names them: what was erased before that and made anew is not excused by it. Below 0: any.</param>
    /// <returns>By digest, the first and the last leaf that tell of it; those that no leaf tells of are left out.</returns>
    public async Task<IReadOnlyDictionary<string, (long First, long Last)>> LeavesAsync(string tenant, IReadOnlyCollection<string> digests, long after, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("purged_contents"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTexts([.. digests]);
        command.Parameters.AddNumber(after);
        await using var reader = await command.ExecuteReaderAsync(ct);
        Dictionary<string, (long, long)> leaves = new(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct)) leaves[reader.GetString(0)] = (reader.GetInt64(1), reader.GetInt64(2));
        return leaves;
    }

    /// <param name="after">As <see cref="LeavesAsync"/>.</param>
    /// <returns>The leaf from which on all of them are told to be erased; null where one of them is not.</returns>
    public async Task<long?> OfAsync(string tenant, IReadOnlyCollection<string> digests, long after, CancellationToken ct = default) =>
        await LeavesAsync(tenant, digests, after, ct) is { Count: > 0 } leaves && leaves.Count == digests.Count ? leaves.Values.Max(l => l.First) : null;
}
