using System.Data;
using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>A lock across all programs on one database that ends with its connection, so that a killed holder frees it.</summary>
/// <remarks>It keeps a connection for as long as it is held. What waits for such a lock, or takes a second one, while it needs further connections of the
/// same pool can leave none for anybody: hold one, and only try for it.</remarks>
internal static class AdvisoryLock
{
    /// <param name="statement">Tries to take the lock for its one parameter, and says whether it did.</param>
    /// <returns>Null when somebody else holds it.</returns>
    public static Task<IAsyncDisposable?> TryTakeAsync(NpgsqlDataSource db, string statement, string key, CancellationToken ct) => TryTakeAsync(db, statement, [key], ct);

    /// <summary>The same for several keys at once: all of them, or none.</summary>
    public static async Task<IAsyncDisposable?> TryTakeAsync(NpgsqlDataSource db, string statement, IReadOnlyList<string> keys, CancellationToken ct)
    {
        var held = new Held(await db.OpenConnectionAsync(ct));
        try
        {
            foreach (var key in keys)
            {
                if (await held.TryAsync(statement, key, ct)) continue;
                await held.DisposeAsync();
                return null;
            }
            return held;
        }
        catch
        {
            await held.DisposeAsync();
            throw;
        }
    }

    private sealed class Held(NpgsqlConnection connection) : IAsyncDisposable
    {
        public async Task<bool> TryAsync(string statement, string key, CancellationToken ct)
        {
            await using var command = new NpgsqlCommand(SqlText.Of(statement), connection);
            command.Parameters.AddText(key);
            return await command.ExecuteScalarAsync(ct) is true;
        }

        // Back in the pool, a connection is reset before its next use or never; the lock must not wait for that.
        public async ValueTask DisposeAsync()
        {
            try
            {
                await using var unlock = new NpgsqlCommand("select pg_advisory_unlock_all()", connection);
                await unlock.ExecuteNonQueryAsync();
            }
            // A broken connection holds no lock, and what was done under it is done.
            catch (Exception e) when (e is NpgsqlException or InvalidOperationException && connection.State != ConnectionState.Open)
            {
            }
            finally
            {
                await connection.DisposeAsync();
            }
        }
    }
}
