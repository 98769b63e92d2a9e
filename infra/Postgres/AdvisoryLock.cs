using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>A lock across all programs on one database that ends with its connection, so that a killed holder frees it.</summary>
internal static class AdvisoryLock
{
    /// <param name="statement">Tries to take the lock for its one parameter, and says whether it did.</param>
    /// <returns>Null when somebody else holds it.</returns>
    public static async Task<IAsyncDisposable?> TryTakeAsync(NpgsqlDataSource db, string statement, string key, CancellationToken ct)
    {
        var connection = await db.OpenConnectionAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand(SqlText.Of(statement), connection);
            command.Parameters.AddText(key);
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

    /// <param name="statement">Takes locks, waiting for each.</param>
    public static async Task<IAsyncDisposable> TakeAsync(NpgsqlDataSource db, string statement, Action<NpgsqlParameterCollection> parameters, CancellationToken ct)
    {
        var connection = await db.OpenConnectionAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand(SqlText.Of(statement), connection);
            parameters(command.Parameters);
            await command.ExecuteNonQueryAsync(ct);
            return new Held(connection);
        }
        catch
        {
            // It may have got some of them.
            await new Held(connection).DisposeAsync();
            throw;
        }
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
