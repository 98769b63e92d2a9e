using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;

namespace Pipeline.Tests;

/// <summary>An empty ledger in a database of its own.</summary>
public sealed class TestLedger : IAsyncDisposable
{
    private TestLedger(NpgsqlDataSource dataSource)
    {
        DataSource = dataSource;
        Store = new(dataSource);
        Sealer = new(dataSource);
    }

    public NpgsqlDataSource DataSource { get; }
    public EventStore Store { get; }
    public Sealer Sealer { get; }

    public static async Task<TestLedger> CreateAsync(PostgresFixture postgres)
    {
        var dataSource = LedgerDataSource.Create(await postgres.CreateDatabaseAsync());
        await new SchemaMigration(dataSource).ApplyAsync();
        return new(dataSource);
    }

    /// <summary>Appends events to a stream wherever it stands, with the packages that they name.</summary>
    public async Task AppendAsync(string tenant, string streamId, IReadOnlyList<ILedgerEvent> events, params ContentBlob[] contents)
    {
        var version = (await Store.ReadStreamAsync(tenant, streamId)).Count;
        var outcome = await Store.AppendAsync(new()
        {
            Context = Context(tenant),
            Streams = [new(streamId, Streams.TypeOf(streamId), version, events)],
            Contents = contents,
        });
        outcome.ShouldBeOfType<AppendOutcome.Appended>();
    }

    public static EventContext Context(string tenant) => new()
    {
        Tenant = tenant,
        Actor = new(ActorKind.System, "test"),
        CausationId = "cause",
        CorrelationId = "correlation",
        DecidedBy = "test@1",
        RecordedAt = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
    };

    public async Task<long> CountAsync(string table)
    {
        await using var command = DataSource.CreateCommand($"select count(*) from ledger.{table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => DataSource.DisposeAsync();
}
