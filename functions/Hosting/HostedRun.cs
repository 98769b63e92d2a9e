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

    /// <param name="home">Where the keys are.</param>
    /// <exception cref="ServiceBusConfigurationException">The queues are not named.</exception>
    public static async Task RunAsync(int port, string connectionString, string home, CancellationToken ct)
    {
        await using var database = LedgerDataSource.Create(connectionString);
        await using var app = PipelineApp.Build([$"http://127.0.0.1:{port}"], database, ProgramKeys.Master(home), home, AddQueues, isBehindHost: true);
        _ = app.Services.GetRequiredService<ServiceBusOptions>();
        var gate = new StartGate();
        gate.Use(app);
        await app.StartAsync(ct);
        await new SchemaMigration(database).ApplyAsync(ct);
        await LedgerImports.RequireFinishedAsync(database, ct);
        // Better now than with every message: a database needs the keys that it was written with.
        await app.Services.GetRequiredService<SubjectKeys>().CheckProviderAsync(ct);
        await app.Services.GetRequiredService<PolicyShipment>().EnsureActiveAsync(ct);
        gate.Open();
        await app.WaitForShutdownAsync(ct);
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
