using Pipeline.Infra.Archives;
using Pipeline.Infra.Payloads;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Hosting;

/// <summary>The program as the Functions host runs it: the host pulls the queues and the timers, so there is no pump.</summary>
public static class HostedRun
{
    /// <summary>Where the host says which port to listen on.</summary>
    public const string PortVariable = "FUNCTIONS_CUSTOMHANDLER_PORT";

    /// <param name="home">Where the keys are.</param>
    public static async Task RunAsync(int port, string connectionString, string home, CancellationToken ct)
    {
        await using var database = LedgerDataSource.Create(connectionString);
        await new SchemaMigration(database).ApplyAsync(ct);
        await LedgerImports.RequireFinishedAsync(database, ct);
        await using var app = PipelineApp.Build([$"http://127.0.0.1:{port}"], database, FileKeyProvider.Open(home), home);
        await app.Services.GetRequiredService<PolicyShipment>().EnsureActiveAsync(ct);
        await app.StartAsync(ct);
        await app.WaitForShutdownAsync(ct);
    }
}
