using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Messages;
using Pipeline.Functions.RunValidation;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Validation;

/// <summary>Validation jobs under fire: the test is the host, and loses, doubles and kills.</summary>
public sealed class JobTests(PostgresFixture postgres)
{
    private const string States = "select concat_ws(' ', validator, state, verdict) from ledger.validation_jobs order by validator";

    private static readonly JobLimits s_quick = new() { FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(5), Timeout = TimeSpan.FromSeconds(5) };
    private static readonly string[] s_shipped = ["backtest done inconclusive", "budget done failed", "grounding done inconclusive", "security done passed", "spec done passed"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_workers_jobs_are_done_by_another_when_its_lease_has_run_out_and_once()
    {
        await using var ledger = await WithASkillAsync();
        var jobs = ledger.Service<ValidationJobs>();
        var ids = await ledger.ColumnAsync("select job_id from ledger.validation_jobs order by job_id");
        var now = DateTimeOffset.UtcNow;
        (await jobs.LeaseAsync(EventContext.DefaultTenant, ids, now, now.AddMinutes(1), Stop)).Count.ShouldBe(5);

        await ledger.DrainAsync("validation-jobs", "RunValidation");
        await SweepAsync(ledger);
        (await ledger.EventsAsync("validation_completed")).ShouldBe(0, "somebody has them");
        await ledger.ExecuteAsync("update ledger.validation_jobs set leased_until = now() - interval '1 second', sent_at = now() - interval '1 minute'");
        (await SweepAsync(ledger)).ShouldBe(5);

        (await ledger.ColumnAsync(States)).ShouldBe(s_shipped);
        (await ledger.EventsAsync("validation_completed")).ShouldBe(5);
    }

    [Fact]
    public async Task A_worker_that_is_killed_between_the_ledger_and_the_list_of_jobs_has_done_its_work()
    {
        await using var ledger = await WithASkillAsync();
        await ledger.ValidateAllAsync();
        var before = await ledger.EventsAsync();

        await ledger.ExecuteAsync("update ledger.validation_jobs set state = 'running', verdict = null, lease_token = gen_random_uuid(), leased_until = now() - interval '1 second', sent_at = now() - interval '1 minute'");
        (await SweepAsync(ledger)).ShouldBe(5);

        (await ledger.ColumnAsync(States)).ShouldBe(s_shipped);
        (await ledger.EventsAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_lost_message_only_delays()
    {
        await using var ledger = await WithASkillAsync();
        (await ledger.ExecuteAsync("delete from ledger.queue_messages where queue = 'validation-jobs'")).ShouldBe(1);
        (await SweepAsync(ledger)).ShouldBe(0, "it may still come");

        await ledger.ExecuteAsync("update ledger.validation_jobs set sent_at = sent_at - interval '10 minutes'");
        (await SweepAsync(ledger)).ShouldBe(5);

        (await ledger.ColumnAsync(States)).ShouldBe(s_shipped);
        (await ledger.SettleAsync()).GetProperty("settled").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task A_lost_list_of_jobs_is_made_again_from_the_ledger_and_nothing_is_judged_twice()
    {
        await using var ledger = await WithASkillAsync();
        await ledger.ValidateAllAsync();
        await ledger.ExecuteAsync("delete from ledger.validation_jobs");

        await SweepAsync(ledger);

        (await ledger.ColumnAsync(States)).ShouldBe(s_shipped);
        (await ledger.EventsAsync("validation_requested")).ShouldBe(5);
        (await ledger.EventsAsync("validation_completed")).ShouldBe(5);
    }

    [Fact]
    public async Task Doubled_messages_and_workers_side_by_side_give_one_verdict_each()
    {
        await using var ledger = await WithASkillAsync();
        var message = (await ledger.Queue.ReceiveAsync("validation-jobs", 1, TimeSpan.FromMinutes(1), Stop)).Single().Message.Body;

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ledger.InvokeAsync("RunValidation", message)));

        answers.ShouldAllBe(a => a.Status == 200);
        (await ledger.EventsAsync("validation_completed")).ShouldBe(5);
        (await ledger.ColumnAsync(States)).ShouldBe(s_shipped);
    }

    [Fact]
    public async Task A_validator_that_breaks_down_is_tried_again_and_then_taken_to_be_kept_from_judging_and_the_others_go_on()
    {
        var broken = new ScriptedValidator("broken", (_, _) => throw new InvalidOperationException("quotes the package"));
        await using var ledger = await WithASkillAsync(broken);
        await ledger.DrainAsync("validation-jobs", "RunValidation");

        (await ledger.ColumnAsync(States)).ShouldBe(s_shipped.Append("broken queued").Order(StringComparer.Ordinal));
        (await LatestAsync(ledger)).ShouldBe(1);
        await UntilDoneAsync(ledger);

        broken.Calls.ShouldBe(s_quick.Attempts);
        (await ledger.ColumnAsync(States)).ShouldContain("broken done infrablocked");
        var said = await ValidationAsync(ledger, "broken");
        said.GetProperty("problem").GetString().ShouldBe("the validator was tried 4 times: the validator broke down with InvalidOperationException");
        var report = await ledger.ReadAsync($"/api/skills/judged/validations/{said.Text("job")}");
        report.GetProperty("report").GetProperty("findings")[0].Text("rule").ShouldBe("validation.broke-down");
        report.ToString().ShouldNotContain("quotes the package");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_validator_that_hangs_is_left_behind(bool looksAtItsToken)
    {
        var hangs = new ScriptedValidator("hangs", async (_, ct) =>
        {
            await Task.Delay(TimeSpan.FromMinutes(5), looksAtItsToken ? ct : Stop);
            return Verdict.Passed;
        });
        await using var ledger = await WithASkillAsync(s_quick with { Timeout = TimeSpan.FromMilliseconds(1500), Attempts = 2 }, hangs);
        await UntilDoneAsync(ledger);

        (await ledger.ColumnAsync(States)).ShouldBe(s_shipped.Append("hangs done infrablocked").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_lacks_something_from_outside_until_its_deadline_is_infra_blocked_and_says_why()
    {
        var away = new ScriptedValidator("away", (_, _) => throw new HttpRequestException("no route to 10.1.2.3"));
        await using var ledger = await WithASkillAsync(s_quick with { Deadline = TimeSpan.FromSeconds(4) }, away);
        await UntilDoneAsync(ledger);

        away.Calls.ShouldBeGreaterThan(s_quick.Attempts, "that it is away is not its fault");
        (await ledger.ColumnAsync(States)).ShouldContain("away done infrablocked");
        (await ValidationAsync(ledger, "away")).GetProperty("problem").GetString().ShouldBe("there was no verdict in time: the database or another service that it takes did not answer");
    }

    [Fact]
    public async Task A_job_that_nobody_tried_before_its_deadline_is_tried()
    {
        await using var ledger = await WithASkillAsync();
        await ledger.ExecuteAsync("update ledger.validation_jobs set deadline = now() - interval '1 hour', not_before = now() - interval '2 hours'");

        await ledger.DrainAsync("validation-jobs", "RunValidation");

        (await ledger.ColumnAsync(States)).ShouldBe(s_shipped);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_was_kept_from_judging_is_asked_again_by_the_sweep_after_a_while_or_by_hand_at_once(bool byHand)
    {
        var isAway = true;
        var away = new ScriptedValidator("away", (_, _) => isAway ? throw new HttpRequestException() : Task.FromResult(Verdict.Passed));
        await using var ledger = await WithASkillAsync(s_quick with { Deadline = TimeSpan.FromMilliseconds(1) }, away);
        await UntilDoneAsync(ledger);
        (await ledger.ColumnAsync(States)).ShouldContain("away done infrablocked");
        isAway = false;
        (await SweepAsync(ledger)).ShouldBe(0, "it was a moment ago");

        if (byHand) (await ledger.PostAsync("/api/skills/judged/validations?record=true", new JsonObject())).Status.ShouldBe(200);
        else
        {
            await ledger.ExecuteAsync("update ledger.validation_jobs set updated_at = updated_at - interval '61 minutes'");
            (await SweepAsync(ledger)).ShouldBe(1);
        }

        (await ledger.ColumnAsync(States)).ShouldBe(s_shipped.Append("away done infrablocked").Append("away done passed").Order(StringComparer.Ordinal), ignoreOrder: true);
        (await SweepAsync(ledger)).ShouldBe(0);
    }

    [Fact]
    public async Task A_program_that_does_not_know_the_rules_of_a_newer_one_leaves_their_jobs_to_it()
    {
        await using var old = await WithASkillAsync(ScriptedValidator.Saying("house", Verdict.Passed, "old rules"));
        await old.ValidateAllAsync();
        await using var next = await HandDrivenLedger.StartAsync(postgres, existing: old, more: Validators(s_quick, ScriptedValidator.Saying("house", Verdict.Passed, "new rules")));
        await next.InvokeAsync("SweepLifecycle", null);

        (await old.DrainAsync("validation-jobs", "RunValidation")).ShouldBe(1);

        (await next.ColumnAsync("select concat_ws(' ', state, verdict) from ledger.validation_jobs where validator = 'house' order by 1")).ShouldBe(["done passed", "queued"]);
        (await next.EventsAsync("validation_completed")).ShouldBe(6, "nobody judged by rules that it does not have");
        await next.ExecuteAsync("update ledger.validation_jobs set not_before = now(), sent_at = null where state = 'queued'");
        await SweepAsync(next);
        (await next.ColumnAsync("select concat_ws(' ', state, verdict) from ledger.validation_jobs where validator = 'house' order by 1")).ShouldBe(["done passed", "done passed"]);
    }

    [Fact]
    public async Task Verdicts_do_not_wait_for_a_validator_that_takes_its_time()
    {
        var gate = new TaskCompletionSource<Verdict>();
        await using var ledger = await WithASkillAsync(s_quick with { Timeout = TimeSpan.FromMinutes(2), Together = TimeSpan.FromMilliseconds(200) }, new ScriptedValidator("slow", (_, _) => gate.Task));
        var draining = ledger.DrainAsync("validation-jobs", "RunValidation");

        for (var round = 0; await ledger.EventsAsync("validation_completed") < 5; round++)
        {
            round.ShouldBeLessThan(300);
            await Task.Delay(50, Stop);
        }
        draining.IsCompleted.ShouldBeFalse();
        gate.SetResult(Verdict.Passed);
        await draining;
        (await ledger.ColumnAsync(States)).ShouldContain("slow done passed");
    }

    [Fact]
    public async Task A_part_of_the_sweep_that_cannot_be_done_keeps_no_other_from_being_done()
    {
        await using var ledger = await WithASkillAsync();
        await ledger.ExecuteAsync("delete from ledger.queue_messages where queue = 'validation-jobs'");
        await ledger.ExecuteAsync("update ledger.validation_jobs set sent_at = sent_at - interval '10 minutes'");
        await ledger.ExecuteAsync("alter table ledger.curation_progress rename to curation_progress_away");

        (await SweepAsync(ledger)).ShouldBe(5);

        (await ledger.ColumnAsync(States)).ShouldBe(s_shipped);
        ledger.Log.Text.ShouldContain("The sweep's part library could not be done");
    }

    [Fact]
    public async Task To_record_an_older_version_leaves_the_standing_ones_jobs_to_the_workers()
    {
        await using var ledger = await WithASkillAsync();
        await ledger.ImportAsync(Written.Skill("judged", "Then this."));
        await ledger.ExecuteAsync("delete from ledger.queue_messages where queue = 'validation-jobs'");
        await ledger.ExecuteAsync("delete from ledger.validation_jobs");

        (await ledger.PostAsync("/api/skills/judged/validations?version=1&record=true", new JsonObject())).Status.ShouldBe(200);
        foreach (var message in await ledger.Service<ValidationRequests>().ResendAsync(100, Stop))
            (await ledger.InvokeAsync("RunValidation", JsonSerializer.SerializeToUtf8Bytes(message.Body))).Status.ShouldBe(200);

        (await ledger.ColumnAsync("select distinct concat_ws(' ', version, state) from ledger.validation_jobs order by 1")).ShouldBe(["1 done", "2 done"]);
    }

    [Fact]
    public async Task Any_number_of_jobs_goes_into_messages_that_can_be_read()
    {
        var many = Enumerable.Range(0, 101).Select(i => $"job-{i}").ToList();
        var read = ValidationMessage.Of(EventContext.DefaultTenant, "judged", many).Select(m => ValidationMessage.Read(JsonSerializer.SerializeToUtf8Bytes(m.Body))).ToList();
        read.ShouldAllBe(m => m != null);
        read.SelectMany(m => m!.Jobs).ShouldBe(many);

        await using var ledger = await WithASkillAsync([.. Enumerable.Range(0, 101).Select(i => ScriptedValidator.Saying($"v{i}", Verdict.Passed))]);
        await ledger.ValidateAllAsync();
        (await ledger.ScalarAsync<long>("select count(*) from ledger.validation_jobs where state = 'done'")).ShouldBe(106);
    }

    [Fact]
    public async Task The_order_of_verdicts_changes_nothing_about_what_follows_from_them()
    {
        var outcomes = new List<string>();
        foreach (var order in new[] { "job_id", "job_id desc", "validator", "validator desc" })
        {
            await using var ledger = await WithASkillAsync();
            await ledger.ImportAsync(Written.Skill("judged", "Then this."));
            await ledger.InvokeAsync("SealLedger", null);
            foreach (var job in await ledger.ColumnAsync($"select job_id from ledger.validation_jobs order by {order}"))
                (await ledger.InvokeAsync("RunValidation", JsonSerializer.SerializeToUtf8Bytes(new ValidationMessage(EventContext.DefaultTenant, "judged", [job]).ToOutput().Body))).Status.ShouldBe(200);
            await ledger.SettleAsync();
            var versions = await ledger.ColumnAsync("select concat_ws(' ', version, tier, revoked) from ledger.skill_versions order by version");
            outcomes.Add($"{string.Join(", ", versions)}; {await LatestAsync(ledger)}");
        }
        outcomes.Distinct().ShouldHaveSingleItem().ShouldBe("1 t1 f, 2 t1 f; 2");
    }

    [Fact]
    public async Task A_new_ruleset_is_asked_of_what_stands_and_not_what_was_judged_by_it_before()
    {
        await using var old = await WithASkillAsync(ScriptedValidator.Saying("house", Verdict.Passed, "old rules"));
        await old.ImportAsync(Written.Skill("judged", "Then this."));
        await old.InvokeAsync("SealLedger", null);
        await old.ExecuteAsync("update ledger.validation_jobs set not_before = now() + interval '1 hour' where version = 2 and validator = 'house'");
        await old.ValidateAllAsync();

        await using var next = await HandDrivenLedger.StartAsync(postgres, existing: old, more: Validators(s_quick, ScriptedValidator.Saying("house", Verdict.Failed, "new rules")));
        await next.ExecuteAsync("update ledger.validation_jobs set not_before = now(), sent_at = null where validator = 'house' and state = 'queued'");
        await SweepAsync(next);

        (await next.ColumnAsync("select concat_ws(' ', data ->> 'version', data ->> 'verdict') from ledger.mt_events where type = 'validation_completed' and data ->> 'validator' = 'house' order by 1"))
            .ShouldBe(["1 passed", "2 failed"], "version 2 stands, and what the old rules were still asked is no verdict");
        (await next.ColumnAsync("select concat_ws(' ', version, state, verdict) from ledger.validation_jobs where validator = 'house' order by 1")).ShouldBe(["1 done passed", "2 done failed", "2 superseded"]);
        (await next.ReadAsync("/api/skills/judged/validations?version=2")).GetProperty("validations").EnumerateArray().Where(v => v.Text("validator") == "house")
            .Select(v => v.GetProperty("stale").GetBoolean()).ShouldBe([true, false], ignoreOrder: true);
        (await SweepAsync(next)).ShouldBe(0);
    }

    [Fact]
    public async Task What_is_no_message_is_kept_as_poison()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        foreach (var body in new[] { "{", "{}", """{"type":"com.skillpipeline.validation.v1","subject":"a"}""", """{"type":"com.skillpipeline.validation.v1","subject":"a","data":{"jobs":[1]}}""" })
            (await ledger.InvokeAsync("RunValidation", System.Text.Encoding.UTF8.GetBytes(body))).Status.ShouldBe(200);
        (await ledger.ScalarAsync<long>("select count(*) from ledger.dead_letters where queue = 'validation-jobs' and reason = 'validation-message'")).ShouldBe(4);
    }

    private Task<HandDrivenLedger> WithASkillAsync(params IValidator[] validators) => WithASkillAsync(s_quick, validators);

    /// <summary>A ledger with one version, whose jobs are asked for and not done.</summary>
    private async Task<HandDrivenLedger> WithASkillAsync(JobLimits limits, params IValidator[] validators)
    {
        var ledger = await HandDrivenLedger.StartAsync(postgres, more: Validators(limits, validators));
        await ledger.ImportAsync(Written.Skill("judged", "Call `open_gate`, then call `close_gate`."));
        (await ledger.InvokeAsync("SealLedger", null)).Status.ShouldBe(200);
        return ledger;
    }

    private static Action<IServiceCollection> Validators(JobLimits limits, params IValidator[] validators) => services =>
    {
        services.AddSingleton(limits);
        foreach (var validator in validators) services.AddSingleton(validator);
    };

    /// <returns>How many messages the sweep led to.</returns>
    private static async Task<int> SweepAsync(HandDrivenLedger ledger)
    {
        (await ledger.InvokeAsync("SweepLifecycle", null)).Status.ShouldBe(200);
        return await ledger.DrainAsync("validation-jobs", "RunValidation");
    }

    private static async Task UntilDoneAsync(HandDrivenLedger ledger)
    {
        for (var round = 0; await ledger.ScalarAsync<long>("select count(*) from ledger.validation_jobs where state <> 'done'") > 0; round++)
        {
            round.ShouldBeLessThan(400);
            foreach (var message in await ledger.Service<ValidationRequests>().ResendAsync(100, Stop))
                (await ledger.InvokeAsync("RunValidation", JsonSerializer.SerializeToUtf8Bytes(message.Body))).Status.ShouldBe(200);
            await ledger.DrainAsync("validation-jobs", "RunValidation");
            await Task.Delay(20, Stop);
        }
    }

    private static async Task<int?> LatestAsync(HandDrivenLedger ledger)
    {
        await ledger.InvokeAsync("SealLedger", null);
        var skill = (await ledger.ReadAsync("/api/skills/judged")).GetProperty("skill");
        return skill.TryGetProperty("version", out var version) && version.ValueKind == JsonValueKind.Number ? version.GetInt32() : null;
    }

    private static async Task<JsonElement> ValidationAsync(HandDrivenLedger ledger, string validator)
    {
        await ledger.InvokeAsync("SealLedger", null);
        return (await ledger.ReadAsync("/api/skills/judged/validations")).GetProperty("validations").EnumerateArray().Single(v => v.Text("validator") == validator);
    }
}
