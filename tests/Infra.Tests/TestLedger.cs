using Npgsql;
using Pipeline.Infra.Queue;

namespace Pipeline.Tests;

/// <summary>An empty ledger in a database of its own.</summary>
public sealed class TestLedger : IAsyncDisposable
{
    private TestLedger(NpgsqlDataSource dataSource) => DataSource = dataSource;

    public NpgsqlDataSource DataSource { get; }

    public static async Task<TestLedger> CreateAsync(PostgresFixture postgres)
    {
        var dataSource = NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync());
        var assembly = typeof(PostgresQueue).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.Contains(".Postgres.Schema.", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            await using var command = dataSource.CreateCommand(await reader.ReadToEndAsync());
            await command.ExecuteNonQueryAsync();
        }
        return new(dataSource);
    }

    public async Task<long> CountAsync(string table)
    {
        await using var command = DataSource.CreateCommand($"select count(*) from ledger.{table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public ValueTask DisposeAsync() => DataSource.DisposeAsync();
}
