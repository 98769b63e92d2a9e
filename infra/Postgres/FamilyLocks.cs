using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>One curation per family at a time, across all instances: an advisory lock that ends with its connection, so a killed holder frees it.</summary>
public sealed class FamilyLocks(NpgsqlDataSource db)
{
    /// <summary>Null when somebody else holds it. Two families whose names collide as hashes wait for each other, and nothing worse.</summary>
    public async Task<IAsyncDisposable?> TryTakeAsync(string tenant, string familyId, CancellationToken ct = default)
    {
        var connection = await db.OpenConnectionAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand(SqlText.Of("family_lock_try"), connection);
            command.Parameters.AddText($"{tenant}\n{familyId}");
            if (await command.ExecuteScalarAsync(ct) is true) return new Held(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
        await connection.DisposeAsync();
        return null;
    }

    private sealed class Held(NpgsqlConnection connection) : IAsyncDisposable
    {
        // Back in the pool, a connection is reset before its next use; the lock must not wait for that.
        public async ValueTask DisposeAsync()
        {
            try
            {
                await using var unlock = new NpgsqlCommand("select pg_advisory_unlock_all()", connection);
                await unlock.ExecuteNonQueryAsync();
            }
            finally
            {
                await connection.DisposeAsync();
            }
        }
    }
}
