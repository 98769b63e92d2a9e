using Pipeline.Functions.Local;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Running;

/// <summary>The server as it runs on a laptop: its pumps call the functions.</summary>
internal sealed class PumpedLedger : RunningLedger
{
    private readonly LedgerServer _server;
    private readonly string _home;

    private PumpedLedger(LedgerServer server, string home, string connectionString) : base(connectionString, server.Url) =>
        (_server, _home) = (server, home);

    public static async Task<PumpedLedger> StartAsync(PostgresFixture postgres)
    {
        var (home, database) = (NewHome(), await postgres.CreateDatabaseAsync());
        return new(await LedgerServer.StartAsync(new(new(home)) { ConnectionString = database }, _ => { }, Stop), home, database);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }
}

/// <summary>One running ledger for the tests of a class; each uses an environment of its own.</summary>
public sealed class SharedLedger(PostgresFixture postgres) : IAsyncLifetime
{
    internal PumpedLedger Ledger { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Ledger = await PumpedLedger.StartAsync(postgres);

    public ValueTask DisposeAsync() => Ledger.DisposeAsync();
}
