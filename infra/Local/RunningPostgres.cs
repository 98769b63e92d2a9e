using Npgsql;

namespace Pipeline.Infra.Local;

/// <summary>A server that answers.</summary>
/// <param name="ConnectionString">For Npgsql. Holds the password, so it belongs in no log.</param>
/// <param name="Port">On 127.0.0.1.</param>
/// <param name="ProcessId">The server's first process.</param>
public sealed record RunningPostgres(string ConnectionString, int Port, int ProcessId)
{
    public override string ToString() => $"127.0.0.1:{Port} (process {ProcessId})";

    internal static RunningPostgres Of(Postmaster server, ServerFiles files) => new(
        new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = server.Port,
            Username = "postgres",
            Password = File.ReadAllText(files.Password).Trim(),
            Database = EmbeddedPostgres.Database,
            // Nothing of the kind is set up on a loopback address, and asking for it costs a round trip each.
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        }.ConnectionString,
        server.Port,
        server.ProcessId);

    /// <summary>Makes the database if it is not there: initdb does not, and a process may have died between the two.</summary>
    internal async Task EnsureDatabaseAsync(CancellationToken ct)
    {
        try
        {
            await using var there = await OpenAsync(EmbeddedPostgres.Database, ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            await using var connection = await OpenAsync("postgres", ct);
            await using var create = new NpgsqlCommand($"create database {EmbeddedPostgres.Database}", connection);
            await create.ExecuteNonQueryAsync(ct);
        }
    }

    internal async Task EndOtherSessionsAsync(CancellationToken ct)
    {
        await using var connection = await OpenAsync("postgres", ct);
        await using var terminate = new NpgsqlCommand(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
            connection);
        await terminate.ExecuteNonQueryAsync(ct);
    }

    private async Task<NpgsqlConnection> OpenAsync(string database, CancellationToken ct)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(ConnectionString) { Database = database, Pooling = false }.ConnectionString);
        await connection.OpenAsync(ct);
        return connection;
    }
}
