using System.Text;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Archives;
using Pipeline.Infra.Queue;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Input;

/// <summary>What an emitter wrote to the queue itself and never became a run: dead letters, and a subject of whom there is nothing else.</summary>
public sealed class ErasureBeyondRunsTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Patron = "patron-17", Canary = "kanarienvogel";

    private HandDrivenLedger _ledger = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _ledger = await HandDrivenLedger.StartAsync(postgres);

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    [Fact]
    public async Task A_subject_without_a_run_is_erased_on_record_and_stays_so_in_an_imported_ledger()
    {
        await EnqueueAsync("from-the-future", Telling() with { Version = "ATIF-v1.99" });
        await _ledger.ProjectAllAsync();
        (await _ledger.ScalarAsync<long>($"select count(*) from ledger.subject_keys where subject = '{Patron}'")).ShouldBe(1);

        var erased = await EraseAsync();

        erased.ExitCode.ShouldBe(ExitCodes.Done, erased.Error);
        erased.Json.GetProperty("runs").GetInt64().ShouldBe(0);
        (await _ledger.ColumnAsync("select data ->> 'reason' from ledger.mt_events where type = 'subject_erased' and stream_id like 'subject-%'")).ShouldBe(["asked for"]);
        (await EraseAsync()).ExitCode.ShouldBe(ExitCodes.Done);
        (await _ledger.EventsAsync("subject_erased")).ShouldBe(1);
        (await _ledger.GetAsync("/console/timeline.json?kind=subject")).Text.ShouldContain("subject_erased");
        using var files = new ScratchFolder();
        await _ledger.Service<LedgerFollower>().SignAsync(atOnce: true, Stop);
        (await RunAsync("audit", "verify")).ExitCode.ShouldBe(ExitCodes.Done);
        (await RunAsync("ledger", "export", files["archive"])).ExitCode.ShouldBe(ExitCodes.Done);

        var database = await postgres.CreateDatabaseAsync();
        await using (var source = Npgsql.NpgsqlDataSource.Create(database))
        {
            await new Pipeline.Infra.Postgres.SchemaMigration(source).ApplyAsync(Stop);
            var directory = new ArchiveDirectory(files["archive"]);
            var verified = await new ArchiveVerification(directory, null, []).RunAsync((_, _, _) => { }, Stop);
            (await new LedgerImport(source, TimeProvider.System).RunAsync(directory, verified, (_, _, _) => { }, Stop)).ShouldBeOfType<ImportOutcome.Done>();
        }
        await using var restored = await HandDrivenLedger.StartAsync(postgres, restored: database);
        (await restored.EmitAsync(Telling())).Text.ShouldContain("subject-erased");
    }

    [Fact]
    public async Task A_dead_letter_that_nobody_can_say_whose_it_is_is_given_up_after_two_weeks()
    {
        var cut = Telling().ToEvent().ToJsonString()[..^40];
        await EnqueueAsync("cut-off", cut);
        await _ledger.ProjectAllAsync();
        await _ledger.InvokeAsync("SweepLifecycle", new System.Text.Json.Nodes.JsonObject());
        (await WaitingAsync()).ShouldBe(1);
        await _ledger.ExecuteAsync("update ledger.dead_letters set dead_at = now() - interval '13 days'");
        await _ledger.InvokeAsync("SweepLifecycle", new System.Text.Json.Nodes.JsonObject());
        (await WaitingAsync()).ShouldBe(1);

        await _ledger.ExecuteAsync("update ledger.dead_letters set dead_at = now() - interval '15 days'");
        await _ledger.InvokeAsync("SweepLifecycle", new System.Text.Json.Nodes.JsonObject());

        (await WaitingAsync()).ShouldBe(0);
        (await _ledger.ScalarAsync<int>("select octet_length(body) from ledger.dead_letters")).ShouldBe(0);
    }

    [Fact]
    public async Task A_letter_that_the_queue_buried_itself_is_sealed_by_the_sweep_and_an_erasure_reaches_it()
    {
        await EnqueueAsync("too-often", Telling());
        await _ledger.ExecuteAsync("update ledger.queue_messages set delivery_count = 99");
        (await _ledger.Queue.ReceiveAsync(QueueNames.Trajectories, 1, TimeSpan.FromMinutes(1), Stop)).ShouldBeEmpty();
        (await TellingAsync()).ShouldBe(1);

        await _ledger.InvokeAsync("SweepLifecycle", new System.Text.Json.Nodes.JsonObject());

        (await TellingAsync()).ShouldBe(0);
        (await WaitingAsync()).ShouldBe(1);
        (await EraseAsync()).ExitCode.ShouldBe(ExitCodes.Done);
        await RetryAsync("too-often");
        await _ledger.ProjectAllAsync();
        (await _ledger.EventsAsync("trajectory_recorded")).ShouldBe(0);
    }

    [Fact]
    public async Task A_letter_that_was_sealed_comes_back_as_it_was_and_leaves_no_body_behind()
    {
        await EnqueueAsync("too-often", Telling());
        await _ledger.ExecuteAsync("update ledger.queue_messages set delivery_count = 99");
        (await _ledger.Queue.ReceiveAsync(QueueNames.Trajectories, 1, TimeSpan.FromMinutes(1), Stop)).ShouldBeEmpty();
        await _ledger.InvokeAsync("SweepLifecycle", new System.Text.Json.Nodes.JsonObject());

        await RetryAsync("too-often");
        await _ledger.ProjectAllAsync();

        (await _ledger.EventsAsync("trajectory_recorded")).ShouldBe(1);
        (await _ledger.ScalarAsync<int>("select octet_length(body) from ledger.dead_letters where state = 'retried'")).ShouldBe(0);
    }

    private static Run Telling() => new(1) { Subject = Patron, Asks = $"My name is {Canary}, please help me" };

    private Task EnqueueAsync(string id, Run run) => EnqueueAsync(id, run.ToEvent().ToJsonString());

    private Task EnqueueAsync(string id, string body) => _ledger.Queue.EnqueueAsync([new() { Queue = QueueNames.Trajectories, MessageId = id, Body = Encoding.UTF8.GetBytes(body) }], Stop);

    private Task<long> WaitingAsync() => _ledger.ScalarAsync<long>("select count(*) from ledger.dead_letters where state = 'waiting'");

    private Task<long> TellingAsync() => _ledger.ScalarAsync<long>($"select count(*) from ledger.dead_letters where position(convert_to('{Canary}', 'UTF8') in body) > 0");

    private async Task RetryAsync(string id)
    {
        var letter = await _ledger.ScalarAsync<long>($"select id from ledger.dead_letters where message_id = '{id}' and state = 'waiting'");
        (await _ledger.PostAsync($"/api/dead-letters/{letter}/retry", "", "")).Status.ShouldBe(200);
    }

    private Task<CommandLineRun> EraseAsync() => RunAsync("subject", "erase", Patron, "--reason", "asked for", "--yes", "--json");

    private async Task<CommandLineRun> RunAsync(params string[] args)
    {
        using var home = new ScratchFolder();
        return await CommandLineRun.OfAsync([.. args, "--url", _ledger.Http.BaseAddress!.ToString(), "--home", home.Root]);
    }
}
