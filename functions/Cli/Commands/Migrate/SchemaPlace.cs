using System.Text.Json;
using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Local;
using Pipeline.Functions.Migrations;
using Pipeline.Infra.Local;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Cli.Commands.Migrate;

/// <summary>A schema to look at and to migrate: by way of a server that is named or runs, else in the database itself, which no server is started for.</summary>
internal sealed class SchemaPlace : IAsyncDisposable
{
    private readonly LedgerConnection? _server;
    private readonly LedgerDatabase? _database;
    private readonly SchemaMigration _migration;

    private SchemaPlace(LedgerConnection? server, LedgerDatabase? database) =>
        (_server, _database, _migration) = (server, database, database is null ? null! : new(database.Source));

    public static string TooNew(SchemaView schema) => $"{new SchemaTooNewException(schema.Found).Message}.";

    /// <exception cref="CliFailure">Neither can be opened; the message says why.</exception>
    public static async Task<SchemaPlace> OpenAsync(CommandRun run, CancellationToken ct)
    {
        if (run.Server is not null) return new(await run.ConnectAsync(ct), null);
        var options = new LedgerServerOptions(run.Home);
        // A database that is named is meant; that of a home is in the hands of the server that runs for it.
        if (string.IsNullOrWhiteSpace(options.ConnectionString))
        {
            if (await RunningServer.FindAsync(run.Home, ct) is not null) return new(await run.ConnectAsync(ct), null);
            if (!LedgerServer.HasLedger(run.Home))
                throw new CliFailure(ExitCodes.NoServer, $"There is no ledger in {run.Home.Path}. Name a database in {LedgerServerOptions.ConnectionStringVariable}, a server with --url, or check --home and {PipelineHome.Variable}.");
        }
        try
        {
            return new(null, await LedgerDatabase.AsItIsAsync(options, run.Terminal.Say, ct));
        }
        catch (Exception e) when (e is LedgerServerException or EmbeddedPostgresException or NpgsqlException or IOException)
        {
            throw new CliFailure(ExitCodes.NoServer, $"The database cannot be opened: {e.Message}");
        }
    }

    public async Task<Answer<SchemaView>> PlanAsync(CancellationToken ct) =>
        _server is not null ? await _server.Client.SchemaAsync(ct) : Of(SchemaView.Of(await _migration.PlanAsync(ct)));

    /// <exception cref="CliFailure">A newer program changed the schema too much.</exception>
    public async Task<Answer<MigratedView>> ApplyAsync(CancellationToken ct)
    {
        if (_server is not null) return await _server.Client.MigrateAsync(ct);
        try
        {
            return Of(await MigratedView.ApplyAsync(_migration, ct));
        }
        catch (SchemaTooNewException e)
        {
            throw new CliFailure(ExitCodes.Refused, $"{e.Message}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
    }

    private static Answer<T> Of<T>(T value) => Answer<T>.Of(JsonSerializer.SerializeToElement(value, LedgerJson.Options));
}
