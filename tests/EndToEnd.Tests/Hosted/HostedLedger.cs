using System.Text.Json;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Hosted;

/// <summary>The published program under the Functions host, seen as its users see it: over the function app's HTTP routes.</summary>
internal sealed class HostedLedger : RunningLedger
{
    private readonly string _home;

    private HostedLedger(FunctionsHost host, TestServiceBus bus, TestIssuer issuer, string home, string connectionString) : base(connectionString, host.Url)
    {
        (Host, Bus, Issuer, _home) = (host, bus, issuer, home);
        Http.DefaultRequestHeaders.Authorization = new("Bearer", issuer.TokenOf(TestIssuer.Person, "Admin"));
    }

    public TestIssuer Issuer { get; }
    public FunctionsHost Host { get; }
    public TestServiceBus Bus { get; }

    public static async Task<HostedLedger> StartAsync(PostgresFixture postgres, TimeSpan? functionTimeout = null, int? concurrency = null)
    {
        var (home, database, bus) = (NewHome(), await postgres.CreateDatabaseAsync(), await TestServiceBus.StartAsync());
        Directory.CreateDirectory(home);
        var issuer = await TestIssuer.StartAsync();
        var settings = new Dictionary<string, string>(issuer.Settings)
        {
            ["ConnectionStrings__Ledger"] = database,
            ["PIPELINE_HOME"] = home,
            ["ServiceBus__Endpoint"] = bus.Url.ToString(),
            ["ServiceBus__fullyQualifiedNamespace"] = "pipeline.servicebus.test",
            ["ServiceBus__credential"] = "managedidentity",
        };
        return new(await FunctionsHost.StartAsync(await PublishedProgram.FolderAsync(), bus, settings, functionTimeout, concurrency), bus, issuer, home, database);
    }

    /// <summary>Waits until the ledger has settled and no message is left; the timer is due now and then.</summary>
    public override async Task<JsonElement> SettleAsync()
    {
        while (true)
        {
            var status = await base.SettleAsync();
            if (Bus.IsEmpty) return status;
            await Task.Delay(50, Stop);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Host.DisposeAsync();
        await Bus.DisposeAsync();
        await Issuer.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }
}
