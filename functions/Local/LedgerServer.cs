using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Telemetry;
using Pipeline.Infra.Archives;
using Pipeline.Infra.Blobs;
using Pipeline.Infra.Composers;
using Pipeline.Infra.Identity;
using Pipeline.Infra.Keys;
using Pipeline.Infra.Local;
using Pipeline.Infra.Payloads;
using Pipeline.Infra.Platform;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Search;
using Pipeline.Infra.Webhooks;

namespace Pipeline.Functions.Local;

/// <param name="Port">On the loopback address; 0: any free one.</param>
/// <param name="WriteServerFile">Whether other commands are to find this server.</param>
public sealed record LedgerServerOptions(PipelineHome Home, int Port = 0, bool WriteServerFile = false)
{
    public const string ConnectionStringVariable = "ConnectionStrings__Ledger";

    /// <summary>An existing PostgreSQL (15 or newer) instead of the embedded one; null: the embedded one.</summary>
    public string? ConnectionString { get; init; } = Environment.GetEnvironmentVariable(ConnectionStringVariable);

    /// <summary>Whether an older schema is brought up to this program.</summary>
    public SchemaUpkeep Upkeep { get; init; } = SchemaUpkeepSetting.OfEnvironment();

    /// <summary>Where the embedded server's binaries are kept; null: in the home.</summary>
    public string? PostgresInstallation { get; init; } = Environment.GetEnvironmentVariable("PIPELINE_POSTGRES");
}

/// <summary>A server in this process for as long as it is held: database, schema, functions, API and the pump.</summary>
public sealed class LedgerServer : IAsyncDisposable
{
    private const string WebhooksAllowPrivate = $"{WebhookOptions.Section}:{nameof(WebhookOptions.AllowPrivate)}";

    private readonly LedgerDatabase _database;
    private readonly WebApplication _app;
    private readonly LedgerServerOptions _options;
    private int _disposed;

    private LedgerServer(LedgerDatabase database, WebApplication app, Uri url, LedgerServerOptions options) =>
        (_database, _app, Url, _options) = (database, app, url, options);

    public Uri Url { get; }

    /// <summary>Ends when somebody asked the server to stop.</summary>
    public Task Completion => _app.WaitForShutdownAsync();

    /// <summary>Whether there is anything to start a server for: data in the home, or a database that is named.</summary>
    public static bool HasLedger(PipelineHome home) =>
        !string.IsNullOrWhiteSpace(new LedgerServerOptions(home).ConnectionString) || EmbeddedPostgres.HasData(home.Path);

    /// <param name="talk">Told what takes long.</param>
    /// <exception cref="LedgerServerException">It cannot start; the message says why and what to do.</exception>
    public static async Task<LedgerServer> StartAsync(LedgerServerOptions options, Action<string> talk, CancellationToken ct)
    {
        if (options.Port != 0 && !LoopbackPort.IsFree(options.Port))
            throw new LedgerServerException($"port {options.Port} is taken; stop what listens there, or choose another with --port");
        LedgerDatabase? opened = null;
        WebApplication? app = null;
        try
        {
            opened = await LedgerDatabase.OpenAsync(options, talk, ct);
            var database = opened.Source;
            await LedgerImports.RequireFinishedAsync(database, ct);

            var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
            app = PipelineApp.Build([options.Port == 0 ? "http://127.0.0.1:0" : $"http://localhost:{options.Port}"], database, ProgramKeys.Master(options.Home.Path), options.Home.Path, builder =>
            {
                // On one's own machine one may try webhooks on it, unless the configuration says otherwise.
                builder.Configuration[WebhooksAllowPrivate] ??= "true";
                builder.Services.AddSingleton<LocalHost>();
                builder.Services.AddHostedService<QueuePump>();
                builder.Services.AddHostedService<TimerPump>();
                builder.Services.AddHostedService<ValidationPump>();
                builder.Services.AddHostedService<IndexPump>();
                builder.Services.AddHostedService<QueueListening>();
            });
            // Better now than with every message: a database opened from another home needs that home's key.
            await app.Services.GetRequiredService<SubjectKeys>().CheckProviderAsync(ct);
            app.UseLoopbackGuard();
            app.MapShutdown(token);
            await app.Services.GetRequiredService<PolicyShipment>().EnsureActiveAsync(ct, ShippedGates.Relaxed);
            await app.StartAsync(ct);
            var url = new Uri(app.Urls.First());
            app.Services.GetRequiredService<LocalHost>().Started(url);
            if (options.WriteServerFile) RunningServer.Write(options.Home, new(url, Environment.ProcessId, token));
            return new(opened, app, url, options);
        }
        catch (Exception e)
        {
            if (app is not null) await app.DisposeAsync();
            if (opened is not null) await opened.DisposeAsync();
            if (e is IdentityConfigurationException or UnfinishedImportException or ComposerConfigurationException or PlatformConfigurationException or SearchConfigurationException or TelemetryConfigurationException or StorageConfigurationException or SchemaTooNewException or SchemaUpkeepException or KeyProviderException or KeyVaultException or EmbeddedPostgresException or NpgsqlException or SocketException or IOException)
                throw new LedgerServerException(e.Message, e);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        if (_options.WriteServerFile) RunningServer.Remove(_options.Home);
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }
}

public sealed class LedgerServerException(string message, Exception? inner = null) : Exception(message, inner);
