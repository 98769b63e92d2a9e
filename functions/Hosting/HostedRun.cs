using Pipeline.Functions.Migrations;
using Pipeline.Infra.Archives;
using Pipeline.Infra.Payloads;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Hosting;

/// <summary>The program as the Functions host runs it: the host pulls the queues and the timers, and what begins in here is relayed to its queues.</summary>
public static class HostedRun
{
    /// <summary>Where the host says which port to listen on.</summary>
    public const string PortVariable = "FUNCTIONS_CUSTOMHANDLER_PORT";

    private static readonly TimeSpan LookAtSchema = TimeSpan.FromSeconds(1);

    /// <param name="home">Where the keys are.</param>
    /// <exception cref="ServiceBusConfigurationException">The queues are not named.</exception>
    /// <exception cref="SchemaTooNewException">A newer program changed the schema in a way that this one cannot work with.</exception>
    public static async Task RunAsync(int port, string connectionString, string home, SchemaUpkeep upkeep, CancellationToken ct)
    {
        var gate = new StartGate(FunctionFile.ReadAll(AppContext.BaseDirectory));
        await using var database = LedgerDataSource.Create(connectionString);
        await using var app = PipelineApp.Build([$"http://127.0.0.1:{port}"], database, ProgramKeys.Master(home), home, builder =>
        {
            AddQueues(builder);
            builder.Services.AddSingleton<IStartupFilter>(gate);
            GatedServices.Hold(builder.Services, gate);
        }, isBehindHost: true);
        _ = app.Services.GetRequiredService<ServiceBusOptions>();
        await app.StartAsync(ct);
        var migration = app.Services.GetRequiredService<SchemaMigration>();
        if (upkeep == SchemaUpkeep.Auto) await migration.ApplyAsync(ct);
        else await MigratedElsewhereAsync(migration, gate, app.Logger, ct);
        await LedgerImports.RequireFinishedAsync(database, ct);
        // Better now than with every message: a database needs the keys that it was written with.
        await app.Services.GetRequiredService<SubjectKeys>().CheckProviderAsync(ct);
        await app.Services.GetRequiredService<PolicyShipment>().EnsureActiveAsync(ct);
        gate.Open();
        await app.WaitForShutdownAsync(ct);
    }

    // By the endpoint here, by another instance's, or by a command that reaches the database itself.
    private static async Task MigratedElsewhereAsync(SchemaMigration migration, StartGate gate, ILogger logger, CancellationToken ct)
    {
        for (var told = false; ; told = true)
        {
            var plan = await migration.PlanAsync(ct);
            if (plan.IsTooNew) throw new SchemaTooNewException(plan.Found);
            if (plan.IsCurrent) return;
            gate.Keep(MissingSchema.Words(plan));
            if (!told) logger.LogWarning("Waiting: {Reason}", MissingSchema.Words(plan));
            await Task.Delay(LookAtSchema, ct);
        }
    }

    private static void AddQueues(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(s => ServiceBusOptions.Read(s.GetRequiredService<IConfiguration>().GetSection(ServiceBusOptions.Section).GetChildren()
            .Select(setting => KeyValuePair.Create(setting.Key, setting.Value))));
        builder.Services.AddSingleton(s => new ServiceBusSender(s.GetRequiredService<ServiceBusOptions>()));
        builder.Services.AddSingleton(RetryPacing.Broker);
        builder.Services.AddHostedService<QueueRelay>();
        builder.Services.AddHostedService<QueueListening>();
        builder.Services.AddHostedService<ValidationPump>();
        builder.Services.AddHostedService<IndexPump>();
    }
}
