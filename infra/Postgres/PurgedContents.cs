using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>Which contents the sealed log says were deleted with a data subject.</summary>
public sealed class PurgedContents(NpgsqlDataSource db)
{
    /// <returns>The leaf from which on all of them are told to be erased; null where one of them is not.</returns>
    public async Task<long?> OfAsync(string tenant, IReadOnlyCollection<string> digests, CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("purged_contents"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddTexts([.. digests]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        long? since = null;
        for (var found = 0; ; found++)
        {
            if (!await reader.ReadAsync(ct)) return found == digests.Count ? since : null;
            since = Math.Max(since ?? 0, reader.GetInt64(1));
        }
    }
}
