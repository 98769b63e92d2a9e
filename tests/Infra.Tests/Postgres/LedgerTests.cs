using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;
using static Pipeline.Domain.Trajectories.TrajectoryEvent;

namespace Pipeline.Infra.Tests.Postgres;

/// <summary>An empty ledger of its own for each test.</summary>
public abstract class LedgerTests(PostgresFixture postgres) : IAsyncLifetime
{
    protected const string Tenant = EventContext.DefaultTenant;

    protected string ConnectionString { get; private set; } = "";
    protected NpgsqlDataSource Db { get; private set; } = null!;
    protected EventStore Store { get; private set; } = null!;
    protected Sealer Sealer { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        ConnectionString = await postgres.CreateDatabaseAsync();
        Db = NpgsqlDataSource.Create(ConnectionString);
        await new SchemaMigration(Db).ApplyAsync();
        (Store, Sealer) = (new(Db), new(Db));
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Db.DisposeAsync();
    }

    protected static EventContext Context(string tenant = Tenant) => new()
    {
        Tenant = tenant,
        Actor = new(ActorKind.Emitter, "shop"),
        CausationId = "message-1",
        CorrelationId = "trajectory-1",
        DecidedBy = "pipeline/0.1.0",
        TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        RecordedAt = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
    };

    protected static StreamAppend To(string stream, long expected, int events = 1) => new(
        stream, "trajectory", expected, [.. Enumerable.Range(1, events).Select(n => new TrajectoryRejected(stream, "shop", $"{expected + n}", "test"))]);

    protected static LedgerTransaction Writing(params StreamAppend[] streams) => new() { Context = Context(), Streams = streams };

    protected Task<AppendOutcome> AppendAsync(params StreamAppend[] streams) => Store.AppendAsync(Writing(streams));

    /// <summary>Runs a transaction's append on a connection whose transaction the test commits when it likes.</summary>
    internal static async Task AppendOnAsync(NpgsqlConnection connection, LedgerTransaction transaction) =>
        (await new AppendStatement(transaction, EventCatalogue.Default).ExecuteAsync(connection, CancellationToken.None)).ShouldBeTrue();

    protected async Task ExecuteAsync(string sql)
    {
        await using var command = Db.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    protected async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Db.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    protected async Task<IReadOnlyList<string>> RowsAsync(string sql)
    {
        await using var command = Db.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync())
            rows.Add(string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : $"{reader.GetValue(i)}")));
        return rows;
    }

    /// <summary>Waits until some backend of this database waits for a lock.</summary>
    protected async Task<int> BlockedBackendAsync()
    {
        for (var i = 0; i < 500; i++)
        {
            await using var command = Db.CreateCommand(
                "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' limit 1");
            if (await command.ExecuteScalarAsync() is int pid) return pid;
            await Task.Delay(10);
        }
        throw new TimeoutException("no backend came to wait for a lock");
    }
}
