using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Composing;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Payloads;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Learning;

public sealed class RederiveTests(PostgresFixture postgres)
{
    private const string Skill = "library-renew-loan";

    // What the later runs do differently improves the skill, and some fail.
    private static Run Renewal(int number) => new(number) { ChecksHolds = number > 4, Succeeded = number % 5 != 4, Source = $"https://library.test/desk-{number % 2}" };

    private static IEnumerable<Run> Renewals(int from, int to) => Enumerable.Range(from, to - from + 1).Select(Renewal);

    [Fact]
    public async Task The_decisions_on_the_samples_come_out_as_recorded()
    {
        using var home = new ScratchFolder();
        await using var ledger = await PumpedLedger.StartAsync(postgres);
        (await CommandLineRun.OfAsync("emit", Path.Combine(Repository.Root, "functions", "Samples"), "--wait", "--url", ledger.Http.BaseAddress!.ToString(), "--home", home.Root)).ExitCode.ShouldBe(ExitCodes.Done);

        var run = await RederiveAsync(ledger);

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Error);
        run.Json.GetProperty("same").GetInt32().ShouldBe((int)await ledger.EventsAsync("curation_decided"));
        run.Json.GetProperty("decisions").EnumerateArray().Count(d => d.GetProperty("version").GetInt32() > 0).ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task What_people_did_in_between_is_an_input_of_what_was_decided_after_it()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        // Somebody else has the name that the learned skill would have had.
        await ledger.ImportAsync(Written.Skill("library-return-loan"));
        await LearnAsync(ledger, [.. Renewals(1, 5), .. Renewals(1, 5).Select(r => r with { Id = $"return-{r.Number}", Effect = "return_loan" })]);
        await CommandAsync(ledger, "retire");
        await LearnAsync(ledger, Renewals(6, 8));
        await CommandAsync(ledger, "reinstate");
        await LearnAsync(ledger, Renewals(9, 12));
        await CommandAsync(ledger, "rollback", """{"toVersion":1,"reason":"worse"}""");
        await LearnAsync(ledger, Renewals(13, 30));
        await ledger.EmitAsync(Renewal(1).Verdict(success: false));
        await ledger.ProjectAllAsync();
        // Retired between the evidence and the look at it.
        await CommandAsync(ledger, "retire");
        await ledger.CurateAllAsync();

        var run = await RederiveAsync(ledger);

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Out);
        var reasons = await ledger.ColumnAsync("select distinct data ->> 'reasonCode' from ledger.mt_events where type = 'curation_decided'");
        reasons.ShouldContain("skill-not-active");
        (await ledger.ScalarAsync<long>("""
            select count(*) from ledger.mt_events d join ledger.leaves l on l.seq_id = d.seq_id, ledger.mt_events r join ledger.leaves b on b.seq_id = r.seq_id
            where d.type = 'curation_decided' and r.type = 'skill_rolled_back' and l.leaf_index > b.leaf_index
            """)).ShouldBePositive();
        run.Json.GetProperty("decisions").EnumerateArray().ShouldContain(d => d.GetProperty("skillId").GetString()!.StartsWith("library-return-loan-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_model_answered_is_an_input_and_it_is_not_asked_again()
    {
        await using var model = await StubModel.StartAsync();
        await using var ledger = await HandDrivenLedger.StartAsync(postgres, settings: model.Settings());
        await LearnAsync(ledger, Renewals(1, 14));
        var calls = model.Calls;

        var run = await RederiveAsync(ledger);

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Out);
        model.Calls.ShouldBe(calls);
        (await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where type = 'curation_decided' and data #>> '{composition,outcome}' = 'used'")).ShouldBeGreaterThan(1);

        (await ledger.ExecuteAsync("delete from ledger.contents where sha256 in (select decode(split_part(data ->> 'responseDigest', ':', 2), 'hex') from ledger.mt_events where type = 'model_consulted')")).ShouldBePositive();
        Differing(await RederiveAsync(ledger)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_decision_that_was_tampered_with_is_found_and_no_other()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        await LearnAsync(ledger, Renewals(1, 14));
        (await RederiveAsync(ledger)).ExitCode.ShouldBe(ExitCodes.Done);

        (await ledger.ExecuteAsync("""
            update ledger.mt_events set data = jsonb_set(data, '{scores,successes}', '99') where type = 'curation_decided' and data ->> 'operation' = 'create'
            """)).ShouldBe(1);
        var score = await RederiveAsync(ledger);
        score.ExitCode.ShouldBe(ExitCodes.Refused);
        var differs = Differing(score).ShouldHaveSingleItem();
        differs.GetProperty("operation").GetString().ShouldBe("create");
        differs.GetProperty("differences").EnumerateArray().Single().GetProperty("field").GetString().ShouldBe("scores.successes");
        score.Error.ShouldContain("1 decisions");

        (await ledger.ExecuteAsync("update ledger.mt_events set data = jsonb_set(data, '{content,rationale}', '\"trust me\"') where type = 'skill_improved'")).ShouldBePositive();
        Differing(await RederiveAsync(ledger, Skill)).SelectMany(d => d.GetProperty("differences").EnumerateArray()).Select(d => d.GetProperty("field").GetString())
            .ShouldContain("skill_improved.content.rationale");
    }

    [Fact]
    public async Task What_was_erased_is_named_with_the_leaf_since_which_it_cannot_be_decided_again()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        var private_ = Renewal(2) with { Source = "https://library.test/private" };
        await LearnAsync(ledger, [Renewal(1), private_, .. Renewals(3, 14)]);
        var trajectory = TrajectoryRecord.IdOf(private_.Source, private_.Id);
        await EraseAsync(ledger, trajectory, private_.Source);

        var run = await RederiveAsync(ledger);

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Out);
        var erased = run.Json.GetProperty("decisions").EnumerateArray().Where(d => d.GetProperty("verdict").GetString() == "erased").ToList();
        erased.ShouldNotBeEmpty();
        var leaf = await ledger.ScalarAsync<long>("select l.leaf_index from ledger.leaves l join ledger.mt_events e on e.seq_id = l.seq_id where e.type = 'subject_erased'");
        erased.ShouldAllBe(d => d.GetProperty("sinceLeaf").GetInt64() == leaf && d.GetProperty("leaf").GetInt64() < leaf);
        erased[0].GetProperty("reason").GetString()!.ShouldContain(trajectory);
    }

    [Fact]
    public async Task What_was_erased_before_a_decision_was_left_out_of_it_and_is_again()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        var private_ = Renewal(2) with { Source = "https://library.test/private" };
        (await ledger.EmitAsync([Renewal(1), private_, .. Renewals(3, 9)])).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        await EraseAsync(ledger, TrajectoryRecord.IdOf(private_.Source, private_.Id), private_.Source);
        await ledger.CurateAllAsync();

        var run = await RederiveAsync(ledger);

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Out);
        (await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where type = 'curation_decided' and data #>> '{scores,unreadable}' = '1'")).ShouldBePositive();
        run.Json.GetProperty("decisions").EnumerateArray().ShouldAllBe(d => d.GetProperty("verdict").GetString() == "same");
    }

    [Fact]
    public async Task What_is_gone_and_was_not_erased_is_no_excuse()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        await LearnAsync(ledger, Renewals(1, 6));
        (await ledger.ExecuteAsync("delete from ledger.payloads")).ShouldBePositive();

        var run = await RederiveAsync(ledger);

        run.ExitCode.ShouldBe(ExitCodes.Refused);
        run.Json.GetProperty("unreadable").GetInt32().ShouldBePositive();
    }

    [Fact]
    public async Task A_skill_that_was_written_elsewhere_has_no_decision_to_make_again()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        await ledger.ImportAsync(Written.Skill("written"));

        (await RederiveAsync(ledger, "written")).ExitCode.ShouldBe(ExitCodes.Refused);
        (await RederiveAsync(ledger, "nothing")).ExitCode.ShouldBe(ExitCodes.NotFound);
        (await RederiveAsync(ledger, "--family", "nothing")).ExitCode.ShouldBe(ExitCodes.NotFound);
        (await RederiveAsync(ledger)).ExitCode.ShouldBe(ExitCodes.Done);
    }

    private static IReadOnlyList<JsonElement> Differing(CommandLineRun run) =>
        [.. run.Json.GetProperty("decisions").EnumerateArray().Where(d => d.GetProperty("verdict").GetString() == "differs")];

    private static async Task<CommandLineRun> RederiveAsync(RunningLedger ledger, params string[] args)
    {
        using var home = new ScratchFolder();
        return await CommandLineRun.OfAsync(["rederive", .. args, "--json", "--url", ledger.Http.BaseAddress!.ToString(), "--home", home.Root]);
    }

    private static async Task LearnAsync(HandDrivenLedger ledger, IEnumerable<Run> runs)
    {
        (await ledger.EmitAsync(runs)).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        await ledger.CurateAllAsync();
        // A command finds its skill in the catalogue, which follows.
        for (var status = await ledger.ReadAsync("/api/status"); status.GetProperty("readModels").GetInt64() < status.GetProperty("sealed").GetInt64(); status = await ledger.ReadAsync("/api/status"))
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    private static async Task CommandAsync(HandDrivenLedger ledger, string command, string body = "{}")
    {
        var answer = await ledger.PostAsync($"/api/skills/{Skill}/{command}", body, "application/json");
        answer.Status.ShouldBe(200, answer.Text);
        // Tiers and aliases follow in the same transaction.
        answer.Json.GetProperty("events").GetArrayLength().ShouldBeGreaterThanOrEqualTo(1);
    }

    private static async Task EraseAsync(HandDrivenLedger ledger, string trajectory, string subject)
    {
        (await ledger.Service<PayloadVault>().EraseAsync(new(EventContext.DefaultTenant, subject), TestContext.Current.CancellationToken)).ShouldBeTrue();
        var context = new EventContext { Actor = new(ActorKind.Admin, "local"), CausationId = "asked", CorrelationId = trajectory, DecidedBy = "test", RecordedAt = default };
        await ledger.Service<LedgerWriter>().WriteAsync(context, async read =>
        {
            var record = await read.FoldAsync(Pipeline.Domain.Ledger.Streams.Of(Pipeline.Domain.Ledger.Streams.Trajectory, trajectory), TrajectoryRecord.None, TrajectoryRecord.Evolve);
            var erased = TrajectoryDecider.Decide(new TrajectoryCommand.EraseSubject("asked for"), record.State).ShouldBeOfType<Decision.Accepted>().Events;
            return new(Decision.Nothing, [record.Append(Pipeline.Domain.Ledger.Streams.Trajectory, erased)]);
        }, TestContext.Current.CancellationToken);
    }
}
