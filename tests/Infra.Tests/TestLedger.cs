using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Tests;

/// <summary>An empty ledger in a database of its own.</summary>
public sealed class TestLedger : IAsyncDisposable
{
    private TestLedger(NpgsqlDataSource dataSource) => DataSource = dataSource;

    public NpgsqlDataSource DataSource { get; }

    public static async Task<TestLedger> CreateAsync(PostgresFixture postgres)
    {
        var dataSource = NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync());
        await new SchemaMigration(dataSource).ApplyAsync();
        return new(dataSource);
    }

    public async Task<long> CountAsync(string table)
    {
        await using var command = DataSource.CreateCommand($"select count(*) from ledger.{table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public ValueTask DisposeAsync() => DataSource.DisposeAsync();
}
