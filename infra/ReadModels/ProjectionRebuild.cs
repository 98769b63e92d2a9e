using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.ReadModels;

/// <summary>Runs a projection from the first leaf into temporary tables of the same names, which its statements find first.</summary>
internal sealed class ProjectionRebuild(NpgsqlDataSource dataSource, EventStore store, IProjection projection)
{
    private const int BatchSize = 2_000;

    /// <returns>How many live rows differed.</returns>
    public async Task<long> RunAsync(bool replace, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        foreach (var table in projection.Tables)
            await ExecuteAsync(connection, $"create temporary table {table} (like ledger.{table} including all)", cancellationToken);
        try
        {
            // Most of it while the live tables go on; only what came meanwhile is done holding them.
            var at = await ProjectionPosition.ReadAsync(connection, projection, cancellationToken);
            await ApplyAsync(connection, 0, at, cancellationToken);
            return await FinishAsync(connection, at, replace, cancellationToken);
        }
        finally
        {
            foreach (var table in projection.Tables)
                await ExecuteAsync(connection, $"drop table if exists pg_temp.{table}", CancellationToken.None);
        }
    }

    private async Task ApplyAsync(NpgsqlConnection connection, long from, long to, CancellationToken cancellationToken)
    {
        while (from < to)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await ExecuteAsync(connection, "set local search_path = pg_temp, ledger", cancellationToken);
            from += await ApplyBatchAsync(connection, from, to, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }

    private async Task<long> FinishAsync(NpgsqlConnection connection, long at, bool replace, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ProjectionPosition.LockAsync(connection, projection, "pg_temp, ledger", cancellationToken);

        var live = await ProjectionPosition.ReadAsync(connection, projection, cancellationToken);
        while (at < live) at += await ApplyBatchAsync(connection, at, live, cancellationToken);

        var differing = 0L;
        foreach (var table in projection.Tables) differing += await CountDifferencesAsync(connection, table, cancellationToken);
        if (!replace) return differing;

        foreach (var table in projection.Tables)
        {
            // Readers see the old rows until the commit.
            await ExecuteAsync(connection, $"delete from ledger.{table}; insert into ledger.{table} select * from pg_temp.{table}", cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
        return differing;
    }

    private async Task<int> ApplyBatchAsync(NpgsqlConnection connection, long from, long to, CancellationToken cancellationToken)
    {
        var events = await ProjectionRunner.ReadAsync(store, from, (int)Math.Min(BatchSize, to - from), cancellationToken);
        if (events.Count == 0) throw new InvalidOperationException($"the projection {projection.Name} is at leaf {to}, and there is no leaf {from}");
        await projection.ApplyAsync(connection, events, cancellationToken);
        return events.Count;
    }

    private static async Task<long> CountDifferencesAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            select count(*)
            from (select to_jsonb(l) as content from ledger.{table} l) live
            full join (select to_jsonb(t) as content from pg_temp.{table} t) rebuilt using (content)
            where live is null or rebuilt is null
            """, connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
