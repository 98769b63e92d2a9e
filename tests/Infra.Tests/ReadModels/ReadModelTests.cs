using Pipeline.Domain.Ledger;
using Pipeline.Infra.ReadModels;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.ReadModels;

public abstract class ReadModelTests(PostgresFixture postgres) : IAsyncLifetime
{
    protected TestLedger Ledger { get; private set; } = null!;
    protected ProjectionRunner Runner { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Ledger = await TestLedger.CreateAsync(postgres);
        Runner = NewRunner();
    }

    public async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected ProjectionRunner NewRunner() => new(Ledger.DataSource, Ledger.Store, ProjectionRunner.All);

    protected Task AppendAsync(string streamId, params ILedgerEvent[] events) => Ledger.AppendAsync("acme", streamId, events);

    protected async Task SealAndCatchUpAsync()
    {
        await Ledger.Sealer.SealAllAsync();
        await Runner.CatchUpAsync();
    }
}
