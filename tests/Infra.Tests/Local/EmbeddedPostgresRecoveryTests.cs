using System.Diagnostics;
using Npgsql;
using Pipeline.Infra.Local;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Local;

/// <summary>What is committed stays, whatever is killed.</summary>
public sealed class EmbeddedPostgresRecoveryTests(PreparedHome prepared) : IAsyncLifetime
{
    private string home = "";

    public async ValueTask InitializeAsync() => home = await prepared.CopyAsync();

    public async ValueTask DisposeAsync() => await PostgresFixture.RemoveAsync(home);

    [Fact]
    public async Task Data_survive_a_stop_and_a_start_and_leaving_twice_does_no_harm()
    {
        var first = await PostgresFixture.StartAsync(home);
        await KeepAsync(first, "kept");
        await Task.WhenAll(first.DisposeAsync().AsTask(), first.DisposeAsync().AsTask());
        EmbeddedPostgres.TryFindRunning(home).ShouldBeNull();
        File.Exists(Path.Combine(ServerFiles.Of(home).Data, "postmaster.pid")).ShouldBeFalse("the end was not clean");

        await using var second = await PostgresFixture.StartAsync(home);

        second.Joined.ShouldBeFalse();
        (await KeptAsync(second)).ShouldBe("kept");
    }

    [Fact]
    public async Task A_killed_server_is_recovered_with_what_it_had_committed()
    {
        await using var killed = await PostgresFixture.StartAsync(home);
        await KeepAsync(killed, "committed");
        using (var process = Process.GetProcessById(killed.ProcessId)) process.Kill();

        await using var recovered = await PostgresFixture.StartAsync(home);

        recovered.ProcessId.ShouldNotBe(killed.ProcessId);
        (await KeptAsync(recovered)).ShouldBe("committed");
        (await File.ReadAllTextAsync(recovered.LogFile)).ShouldContain("was not properly shut down");
    }

    [Fact]
    public async Task A_server_left_by_a_killed_process_is_adopted_and_the_locks_of_its_sessions_are_gone()
    {
        await using (await PostgresFixture.StartAsync(home)) { }
        // Started past the locks, the server is in the state that a SIGKILL leaves: running, and no living process has it in use.
        var files = ServerFiles.Of(home);
        var installation = await PostgresInstallation.EnsureAsync(
            ServerFiles.Prepare(PostgresFixture.InstallDirectory, talk: null), talk: null, TestContext.Current.CancellationToken);
        var account = await ServerAccount.ForAsync(files.Data, TestContext.Current.CancellationToken);
        var left = await Postmaster.StartAsync(
            files, installation, account, EmbeddedPostgresOptions.Throwaway, TestContext.Current.CancellationToken);
        EmbeddedPostgres.IsInUse(home).ShouldBeFalse();
        await using var orphan = new NpgsqlConnection(EmbeddedPostgres.TryFindRunning(home)!.ConnectionString);
        await orphan.OpenAsync();
        await Sql.ExecuteAsync(orphan, "select pg_advisory_lock(7)");

        await using (var adopted = await PostgresFixture.StartAsync(home))
        {
            adopted.Joined.ShouldBeTrue();
            adopted.ProcessId.ShouldBe(left.ProcessId);
            (await Sql.ScalarAsync(adopted.ConnectionString, "select pg_try_advisory_lock(7)")).ShouldBe(true);
        }

        EmbeddedPostgres.TryFindRunning(home).ShouldBeNull("who adopts a server stops it");
    }

    [Fact]
    public async Task What_a_reused_process_id_makes_look_like_a_running_server_is_none()
    {
        await using (await PostgresFixture.StartAsync(home)) { }
        var files = ServerFiles.Of(home);
        await File.WriteAllTextAsync(
            Path.Combine(files.Data, "postmaster.pid"), $"{Environment.ProcessId}\n{files.Data}\n1\n5432\n\n127.0.0.1\n\nready   \n");

        EmbeddedPostgres.TryFindRunning(home).ShouldBeNull();
        await using var started = await PostgresFixture.StartAsync(home);
        started.Joined.ShouldBeFalse();
    }

    private static async Task KeepAsync(EmbeddedPostgres server, string text)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await Sql.ExecuteAsync(connection, $"create table keep (what text); insert into keep values ('{text}')");
    }

    private static Task<object?> KeptAsync(EmbeddedPostgres server) => Sql.ScalarAsync(server.ConnectionString, "select what from keep");
}
