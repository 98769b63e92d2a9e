using System.Globalization;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Local;
using Pipeline.Functions.Telemetry;
using Pipeline.Infra.Archives;
using Pipeline.Infra.Blobs;
using Pipeline.Infra.Composers;
using Pipeline.Infra.Identity;
using Pipeline.Infra.Keys;
using Pipeline.Infra.Payloads;
using Pipeline.Infra.Platform;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Queue;
using Pipeline.Infra.Search;

namespace Pipeline.Functions.Cli.Commands;

internal sealed class ServeCommand(CliContext context) : CliCommand(
    context, "serve", $"Run under the Azure Functions host, which names the port in {HostedRun.PortVariable} and calls the functions. On your own machine use `up`.", "serve")
{
    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable(HostedRun.PortVariable), CultureInfo.InvariantCulture, out var port))
            throw new CliFailure(ExitCodes.Usage, $"{HostedRun.PortVariable} is not set: `serve` is for the Functions host. Use `up`.");
        if (Environment.GetEnvironmentVariable(LedgerServerOptions.ConnectionStringVariable) is not { Length: > 0 } connectionString)
            throw new CliFailure(ExitCodes.NoServer, $"Set {LedgerServerOptions.ConnectionStringVariable}: under the Functions host there is no embedded PostgreSQL.");
        try
        {
            await HostedRun.RunAsync(port, connectionString, run.Home.Path, SchemaUpkeepSetting.OfEnvironment(), ct);
        }
        catch (Exception e) when (e is ComposerConfigurationException or PlatformConfigurationException or SearchConfigurationException or TelemetryConfigurationException or ServiceBusConfigurationException
            or IdentityConfigurationException or StorageConfigurationException or UnfinishedImportException or SchemaTooNewException or SchemaUpkeepException or KeyProviderException or KeyVaultException)
        {
            throw new CliFailure(ExitCodes.NoServer, e.Message);
        }
        return ExitCodes.Done;
    }
}
