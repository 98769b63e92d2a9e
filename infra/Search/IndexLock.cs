using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Search;

/// <summary>One program at a time keeps an index up: an advisory lock that ends with its connection, so that a killed holder frees it.</summary>
internal static class IndexLock
{
    /// <returns>Null when another holds it.</returns>
    public static async Task<IAsyncDisposable?> TryTakeAsync(NpgsqlDataSource dataSource, string name, CancellationToken ct)
    {
        var connection = await dataSource.OpenConnectionAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand(SqlText.Of("search_index_lock_try"), connection);
            command.Parameters.AddText(name);
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
