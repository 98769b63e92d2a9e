using Npgsql;
using Pipeline.Infra.Local;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Local;

/// <summary>Who gets at the server, and when it goes.</summary>
public sealed class EmbeddedPostgresTests(PostgresFixture postgres, PreparedHome prepared) : IAsyncLifetime
{
    private string home = "";

    public async ValueTask InitializeAsync() => home = await prepared.CopyAsync();

    public async ValueTask DisposeAsync() => await PostgresFixture.RemoveAsync(home);

    [Fact]
    public async Task The_fixture_gives_every_class_an_empty_database_on_the_version_that_comes_along()
    {
        var (one, other) = (await postgres.CreateDatabaseAsync(), await postgres.CreateDatabaseAsync());

        one.ShouldNotBe(other);
        (await Sql.ScalarAsync(one, "select 1")).ShouldBe(1);
        (await Sql.ScalarAsync(one, "show server_version")).ShouldBeOfType<string>().ShouldStartWith($"{EmbeddedPostgres.MajorVersion}.");
        (await Sql.ScalarAsync(one, "select count(*) from pg_tables where schemaname = 'public'")).ShouldBe(0L);
    }

    [Fact]
    public async Task A_second_start_joins_the_running_server_and_the_last_to_leave_stops_it()
    {
        EmbeddedPostgres.TryFindRunning(home).ShouldBeNull();
        await using var first = await PostgresFixture.StartAsync(home);
        await using var session = new NpgsqlConnection(first.ConnectionString);
        await session.OpenAsync();

        await using var second = await PostgresFixture.StartAsync(home);
        await first.DisposeAsync();

        second.Joined.ShouldBeTrue();
        second.ProcessId.ShouldBe(first.ProcessId);
        await Sql.ExecuteAsync(session, "select 1");
        EmbeddedPostgres.TryFindRunning(home)!.ConnectionString.ShouldBe(second.ConnectionString);
        await second.DisposeAsync();
        EmbeddedPostgres.TryFindRunning(home).ShouldBeNull();
    }

    [Fact]
    public async Task Only_who_can_read_the_password_file_gets_in_and_only_from_this_machine()
    {
        await using var server = await PostgresFixture.StartAsync(home);

        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(ServerFiles.Of(home).Password).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var guess = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "postgres" }.ConnectionString;
        (await Should.ThrowAsync<PostgresException>(() => Sql.ScalarAsync(guess, "select 1"))).SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
        (await Sql.ScalarAsync(server.ConnectionString, "show listen_addresses")).ShouldBe("127.0.0.1");
        (await Sql.ScalarAsync(server.ConnectionString, "show unix_socket_directories")).ShouldBe("");
        (await Sql.ScalarAsync(server.ConnectionString, "show server_encoding")).ShouldBe("UTF8");
    }

    [Fact]
    public async Task Purge_spares_a_running_server_and_leaves_nothing_of_a_stopped_one()
    {
        await using (await PostgresFixture.StartAsync(home))
            Should.Throw<EmbeddedPostgresException>(() => EmbeddedPostgres.Purge(home)).Message.ShouldContain("Stop it first");
        var files = ServerFiles.Of(home);

        EmbeddedPostgres.Purge(home);

        Directory.Exists(files.Data).ShouldBeFalse();
        File.Exists(files.Password).ShouldBeFalse();
    }
}
