using Npgsql;
using Pipeline.Functions.Migrations;
using Pipeline.Infra.Local;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Local;

/// <summary>The database of a home, or the one that is named instead: open, and of a version that can be used.</summary>
internal sealed class LedgerDatabase : IAsyncDisposable
{
    private const int OldestServer = 15;

    private readonly EmbeddedPostgres? _embedded;

    private LedgerDatabase(EmbeddedPostgres? embedded, NpgsqlDataSource source) => (_embedded, Source) = (embedded, source);

    public NpgsqlDataSource Source { get; }

    /// <param name="talk">Told what takes long.</param>
    /// <exception cref="LedgerServerException">The schema is older than this program and is to stay as it is.</exception>
    public static async Task<LedgerDatabase> OpenAsync(LedgerServerOptions options, Action<string> talk, CancellationToken ct)
    {
        var database = await AsItIsAsync(options, talk, ct);
        try
        {
            var migration = new SchemaMigration(database.Source);
            if (options.Upkeep == SchemaUpkeep.Auto) await migration.ApplyAsync(ct);
            else if (await migration.PlanAsync(ct) is { IsCurrent: false } plan) throw plan.IsTooNew ? new SchemaTooNewException(plan.Found) : new LedgerServerException(MissingSchema.Words(plan));
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>With the schema that it has.</summary>
    /// <param name="talk">Told what takes long.</param>
    public static async Task<LedgerDatabase> AsItIsAsync(LedgerServerOptions options, Action<string> talk, CancellationToken ct)
    {
        EmbeddedPostgres? embedded = null;
        NpgsqlDataSource? source = null;
        try
        {
            Directory.CreateDirectory(options.Home.Path);
            var connectionString = options.ConnectionString;
            if (string.IsNullOrWhiteSpace(connectionString))
            {
                embedded = await EmbeddedPostgres.StartAsync(new() { HomeDirectory = options.Home.Path, InstallDirectory = options.PostgresInstallation ?? "" }, talk, ct);
                connectionString = embedded.ConnectionString;
            }
            source = Connect(connectionString);
            await CheckServerAsync(source, ct);
            return new(embedded, source);
        }
        catch
        {
            if (source is not null) await source.DisposeAsync();
            if (embedded is not null) await embedded.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        if (_embedded is not null) await _embedded.DisposeAsync();
    }

    private static NpgsqlDataSource Connect(string connectionString)
    {
        try
        {
            return LedgerDataSource.Create(connectionString);
        }
        catch (ArgumentException e)
        {
            throw new LedgerServerException($"{LedgerServerOptions.ConnectionStringVariable} is no connection string for PostgreSQL ({e.Message}); it looks like Host=...;Database=...;Username=...", e);
        }
    }

    private static async Task CheckServerAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        if (connection.PostgreSqlVersion.Major < OldestServer)
            throw new LedgerServerException($"the PostgreSQL server is version {connection.PostgreSqlVersion}; {OldestServer} or newer is needed");
    }
}
