using System.Diagnostics;
using System.Text.Json;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Infra.Local;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The program as a process, and what it leaves when it goes.</summary>
public sealed class RecoveryTests(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly string home = PostgresFixture.NewHome();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(home)) await PostgresFixture.RemoveAsync(home);
    }

    [Fact]
    public async Task A_process_that_is_killed_in_the_middle_again_and_again_loses_nothing_and_records_nothing_twice()
    {
        const int Runs = 150;
        var database = await postgres.CreateDatabaseAsync();
        foreach (var recorded in new[] { 10, 40, 80 })
        {
            using var first = PipelineProcess.Start(home, database, "up", "--port", "0", "--no-samples");
            await using var ledger = new ServedLedger(database, await first.UrlAsync());
            if (recorded == 10) (await ledger.EmitAsync(Run.Many(Runs).Select(r => r with { ChecksHolds = r.Number > 40 }))).Status.ShouldBe(202);
            while (await ledger.EventsAsync("trajectory_recorded") < recorded) await Task.Delay(5, TestContext.Current.CancellationToken);
            await first.KillAsync();
            (await ledger.EventsAsync("trajectory_recorded")).ShouldBeLessThan(Runs, "it was not killed in the middle");
            // As if the time had passed after which a broker takes back what a dead receiver held.
            await ledger.ExecuteAsync("update ledger.queue_messages set locked_until = now() - interval '1 second' where locked_until is not null");
            await ledger.ExecuteAsync("update ledger.validation_jobs set leased_until = now() - interval '1 second' where leased_until is not null");
            await ledger.ExecuteAsync("update ledger.validation_jobs set sent_at = null where state <> 'done'");
        }

        using var second = PipelineProcess.Start(home, database, "up", "--port", "0", "--no-samples");
        await using var recovered = new ServedLedger(database, await second.UrlAsync());
        var status = await recovered.SettleAsync();

        status.GetProperty("trajectories").GetProperty("recorded").GetInt32().ShouldBe(Runs);
        (await recovered.EventsAsync("trajectory_recorded")).ShouldBe(Runs);
        (await recovered.ScalarAsync<long>("select count(distinct stream_id) from ledger.mt_events where type = 'trajectory_recorded'")).ShouldBe(Runs);
        (await recovered.EventsAsync("evidence_admitted")).ShouldBe(Runs);
        (await recovered.ScalarAsync<long>("select count(*) from ledger.dead_letters")).ShouldBe(0);
        (await recovered.EmitAsync(Run.Many(Runs).Select(r => r with { ChecksHolds = r.Number > 40 }))).Json.GetProperty("duplicate").GetInt32().ShouldBe(Runs);
        (await recovered.ReadAsync("/api/skills/library-renew-loan/replay")).GetProperty("matches").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task It_comes_back_after_SIGKILL_and_goes_cleanly_on_SIGTERM_with_its_database()
    {
        await postgres.CreateDatabaseAsync(); // So that the binaries are there.
        using (var first = PipelineProcess.Start(home, null, "up", "--port", "0", "--no-samples"))
        {
            await first.UrlAsync();
            await first.KillAsync();
        }

        using var second = PipelineProcess.Start(home, null, "up", "--port", "0", "--no-samples");
        using var http = new HttpClient { BaseAddress = await second.UrlAsync() };
        (await http.GetStringAsync("/readyz", TestContext.Current.CancellationToken)).ShouldBe("ready\n");
        EmbeddedPostgres.IsInUse(home).ShouldBeTrue();
        var database = EmbeddedPostgres.TryFindRunning(home)!.ProcessId;

        // As documented for scripts: 128 and the number of the signal.
        (await second.TerminateAsync()).ShouldBe(143, second.Error);

        EmbeddedPostgres.TryFindRunning(home).ShouldBeNull();
        IsAlive(database).ShouldBeFalse("postgres runs on");
        File.Exists(Path.Combine(home, "server.json")).ShouldBeFalse();
    }

    [Fact]
    public async Task Up_once_feeds_an_empty_ledger_learns_says_what_and_ends_and_the_second_time_feeds_nothing()
    {
        var database = await postgres.CreateDatabaseAsync();
        var (exitCode, output) = await PipelineProcess.RunAsync(home, database, "up", "--once", "--json");
        exitCode.ShouldBe(0);
        var first = JsonElement.Parse(output);
        first.GetProperty("fed").GetProperty("recorded").GetInt32().ShouldBeGreaterThan(50);
        first.GetProperty("fed").GetProperty("rejected").GetInt32().ShouldBe(0);
        first.GetProperty("skills").GetArrayLength().ShouldBeGreaterThan(3);
        first.GetProperty("status").GetProperty("settled").GetBoolean().ShouldBeTrue();

        (exitCode, output) = await PipelineProcess.RunAsync(home, database, "up", "--once", "--json");
        exitCode.ShouldBe(0);
        var second = JsonElement.Parse(output);
        second.GetProperty("fed").GetProperty("accepted").GetInt32().ShouldBe(0);
        second.GetProperty("status").GetProperty("events").GetInt64().ShouldBe(first.GetProperty("status").GetProperty("events").GetInt64());
        second.GetProperty("skills").GetRawText().ShouldBe(first.GetProperty("skills").GetRawText());
    }

    [Fact]
    public async Task What_it_logs_of_bad_input_quotes_nothing_of_it()
    {
        var database = await postgres.CreateDatabaseAsync();
        using var process = PipelineProcess.Start(home, database, "up", "--port", "0", "--no-samples");
        await using var ledger = new ServedLedger(database, await process.UrlAsync());

        await ledger.PostAsync("/api/events", """{"zeisig":1,"zeisig":2}""", RunningLedger.Structured);
        await ledger.PostAsync("/ProjectTrajectory", """{"Data":{"message":{"zeisig":1,"zeisig":2}}}""", "application/json");
        await ledger.PostAsync("/ProjectTrajectory", """{"zeisig":1,"zeisig":2}""", "application/json");
        await ledger.PostAsync("/api/skills/import", """{"zeisig":1,"skills":[{"id":"zeisig\u0000","files":"zeisig"}]}""", "application/json");
        await ledger.PostAsync("/api/skills/zeisig/retire", """{"reason":"zeisig\u0000"}""", "application/json");
        await ledger.EmitAsync(new Run(1) { Id = "future", Asks = "zeisig", Version = "ATIF-v1.8" }.ToEvent(), new Run(2) { Asks = "I ask about zeisig and nothing else" }.ToEvent());
        await ledger.SettleAsync();
        await process.TerminateAsync();

        process.Error.ShouldContain("dead letter");
        process.Error.ShouldNotContain("zeisig");
    }

    // Its parent was killed, and not every init takes notice of whom it inherits: what is left of it then is no process.
    private static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !File.Exists($"/proc/{processId}/stat") || !File.ReadAllText($"/proc/{processId}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is ArgumentException or IOException)
        {
            return false;
        }
    }
}
