using Npgsql;
using Pipeline.Infra.Local;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Local;

public sealed class EmbeddedPostgresTests(PostgresFixture postgres)
{
    [Fact]
    public async Task The_fixture_gives_every_class_an_empty_database_on_the_version_that_comes_along()
    {
        var (one, other) = (await postgres.CreateDatabaseAsync(), await postgres.CreateDatabaseAsync());

        one.ShouldNotBe(other);
        (await ScalarAsync(one, "select 1")).ShouldBe(1);
        (await ScalarAsync(one, "show server_version")).ShouldBeOfType<string>().ShouldStartWith($"{EmbeddedPostgres.MajorVersion}.");
        (await ScalarAsync(one, "select count(*) from pg_tables where schemaname = 'public'")).ShouldBe(0L);
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
