using System.Text.Json.Nodes;
using Pipeline.EndToEnd.Tests.Running;

namespace Pipeline.EndToEnd.Tests.Learning;

public sealed class WayOfATrajectoryTests(SharedLedger shared) : IClassFixture<SharedLedger>
{
    private readonly PumpedLedger ledger = shared.Ledger;

    [Fact]
    public async Task Runs_that_are_sent_become_a_skill_that_says_what_they_did()
    {
        var sent = await ledger.EmitAsync(Run.Many(4).Select(r => Of("first", r)));
        sent.Status.ShouldBe(202);
        sent.Json.GetProperty("accepted").GetInt32().ShouldBe(4);
        await ledger.SettleAsync();

        var skill = await ledger.ReadAsync("/api/skills/first-renew-loan");
        skill.GetProperty("skill").GetProperty("origin").GetString().ShouldBe("learned");
        skill.GetProperty("skill").GetProperty("family").GetString().ShouldBe("first.renew-loan");
        var text = skill.GetProperty("text").GetString()!;
        foreach (var tool in new[] { "find_member", "get_loans", "renew_loan" }) text.ShouldContain(tool);
        (await StatesAsync("first", Run.Many(4))).ShouldBe(["recorded", "recorded", "recorded", "recorded"]);
    }

    [Fact]
    public async Task The_same_runs_again_are_duplicates_and_add_no_event()
    {
        var runs = Run.Many(3, from: 20).Select(r => Of("again", r)).ToList();
        await ledger.LearnAsync(runs);
        var mine = "select count(*) from ledger.mt_events where stream_id = 'family-again.renew-loan' or data ->> 'environment' = 'again'";
        var before = await ledger.ScalarAsync<long>(mine);

        var again = await ledger.EmitAsync(runs);
        await ledger.SettleAsync();

        again.Status.ShouldBe(202);
        again.Statuses.ShouldBe(["duplicate", "duplicate", "duplicate"]);
        (await ledger.ScalarAsync<long>(mine)).ShouldBe(before);
    }

    [Fact]
    public async Task The_same_id_with_other_content_is_refused_and_what_was_there_stays()
    {
        var run = Of("conflict", new Run(40));
        await ledger.LearnAsync(run);

        var other = await ledger.EmitAsync(run with { Succeeded = false });
        other.ShouldBeProblem(409, "event-conflict");
        other.Statuses.ShouldBe(["refused"]);

        var mixed = await ledger.EmitAsync(run with { Succeeded = false }, Of("conflict", new Run(41)));
        mixed.Status.ShouldBe(202);
        mixed.Statuses.ShouldBe(["refused", "accepted"]);
        await ledger.SettleAsync();
        (await ledger.ScalarAsync<long>("select count(*) from ledger.trajectory_catalogue where environment = 'conflict'")).ShouldBe(2);
    }

    [Fact]
    public async Task Other_content_that_comes_before_the_first_is_projected_is_kept_as_a_dead_letter()
    {
        var run = Of("race", new Run(45));
        (await ledger.EmitAsync(run, run with { Succeeded = false })).Statuses.ShouldBe(["accepted", "accepted"]);
        await ledger.SettleAsync();

        var letter = (await ledger.ReadAsync("/api/dead-letters")).GetProperty("deadLetters").EnumerateArray().Single(l => l.GetProperty("messageId").GetString() == run.Id);
        letter.GetProperty("reason").GetString().ShouldBe("event-conflict");
        letter.GetProperty("source").GetString().ShouldBe(run.Source);
        (await ledger.ScalarAsync<string>("select data #>> '{outcome,success}' from ledger.mt_events where type = 'trajectory_recorded' and data ->> 'environment' = 'race'")).ShouldBe("true");
    }

    [Fact]
    public async Task All_three_modes_of_CloudEvents_are_taken_in_and_mean_the_same()
    {
        var (structured, batched, binary) = (Of("modes", new Run(50)), Of("modes", new Run(51)), Of("modes", new Run(52)));

        (await ledger.PostAsync("/api/events", structured.ToEvent().ToJsonString(), RunningLedger.Structured)).Status.ShouldBe(202);
        (await ledger.EmitAsync(batched)).Status.ShouldBe(202);
        (await ledger.PostAsync("/api/events", binary.Data().ToJsonString(), "application/json",
            ("ce-specversion", "1.0"), ("ce-id", binary.Id), ("ce-source", binary.Source), ("ce-type", Run.EventType))).Status.ShouldBe(202);
        await ledger.SettleAsync();

        (await StatesAsync("modes", [structured, batched, binary])).ShouldBe(["recorded", "recorded", "recorded"]);
        (await ledger.EmitAsync(binary)).Statuses.ShouldBe(["duplicate"]);
        (await ledger.GetAsync("/api/skills/modes-renew-loan")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Families_are_curated_side_by_side_and_each_gets_its_own_skill()
    {
        await ledger.LearnAsync(Run.Many(4, from: 60).SelectMany(r => new[]
        {
            Of("wide", r) with { Id = $"renew-{r.Number}" },
            Of("wide", r) with { Id = $"return-{r.Number}", Effect = "return_loan" },
            Of("broad", r) with { Id = $"broad-{r.Number}" },
        }));

        foreach (var name in new[] { "wide-renew-loan", "wide-return-loan", "broad-renew-loan" })
            (await ledger.ReadAsync($"/api/skills/{name}")).GetProperty("skill").GetProperty("version").GetInt32().ShouldBeGreaterThanOrEqualTo(1);
    }

    [Fact]
    public async Task New_evidence_that_shows_another_step_improves_the_skill()
    {
        await ledger.LearnAsync(Run.Many(3, from: 80).Select(r => Of("grown", r)));
        await ledger.LearnAsync(Run.Many(10, from: 83).Select(r => Of("grown", r) with { ChecksHolds = true }));

        var versions = (await ledger.ReadAsync("/api/skills/grown-renew-loan/versions")).GetProperty("versions").EnumerateArray().ToList();
        versions.Count.ShouldBeGreaterThan(1);
        versions[0].GetProperty("operation").GetString().ShouldBe("improve");
        (await ledger.ReadAsync("/api/skills/grown-renew-loan/versions/1")).GetProperty("text").GetString()!.ShouldNotContain("get_holds");
        (await ledger.ReadAsync("/api/skills/grown-renew-loan")).GetProperty("text").GetString()!.ShouldContain("get_holds");
    }

    [Fact]
    public async Task What_a_run_says_of_its_own_success_teaches_nothing()
    {
        await ledger.LearnAsync(Run.Many(5, from: 100).Select(r => Of("boasting", r) with { VerifiedBy = "self" }));

        (await ledger.GetAsync("/api/skills/boasting-renew-loan")).ShouldBeProblem(404, "skill-unknown");
        (await ledger.ScalarAsync<long>("select count(*) from ledger.trajectory_catalogue where environment = 'boasting'")).ShouldBe(5);
    }

    [Fact]
    public async Task A_verdict_supersedes_the_outcome_of_the_evidence()
    {
        var runs = Run.Many(3, from: 120).Select(r => Of("verdict", r) with { Succeeded = r.Number != 121 }).ToList();
        await ledger.LearnAsync(runs);
        (await ledger.GetAsync("/api/skills/verdict-renew-loan")).Status.ShouldBe(404);

        (await ledger.EmitAsync(runs[1].Verdict(success: true))).Status.ShouldBe(202);
        await ledger.SettleAsync();

        (await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where type = 'trajectory_outcome_corrected' and stream_id = (select stream_id from ledger.mt_events where type = 'trajectory_recorded' and data ->> 'sourceId' = 'verdict-121')")).ShouldBe(1);
        (await ledger.ColumnAsync("""
            select data #>> '{outcome,success}' from ledger.mt_events
            where stream_id = 'family-verdict.renew-loan' and type = 'evidence_admitted' and data ->> 'task' = 'task-121' order by version
            """)).ShouldBe(["false", "true"]);
        (await ledger.GetAsync("/api/skills/verdict-renew-loan")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_verdict_that_arrives_before_its_run_waits_for_it()
    {
        var run = Of("early", new Run(140)) with { Succeeded = false };
        (await ledger.EmitAsync(run.Verdict(success: true))).Status.ShouldBe(202);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        (await ledger.EventsAsync("trajectory_outcome_corrected")).ShouldBe(await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where type = 'trajectory_outcome_corrected' and data #>> '{to,success}' = 'true' and data ->> 'reason' not like '%early-140'"));

        await ledger.LearnAsync(run);

        (await StateAsync(run.Source, $"verdict-on-{run.Id}")).ShouldBe("recorded");
        (await ledger.ScalarAsync<string>("select data #>> '{to,success}' from ledger.mt_events where type = 'trajectory_outcome_corrected' and data ->> 'reason' like '%early-140'")).ShouldBe("true");
    }

    private static Run Of(string environment, Run run) => run with { Environment = environment, Id = $"{environment}-{run.Number}", Source = $"https://{environment}.test/desk" };

    private async Task<string> StateAsync(string source, string id) => (await ledger.PostAsync("/api/events/state", new JsonObject
    {
        ["events"] = new JsonArray(new JsonObject { ["source"] = source, ["id"] = id }),
    })).Json.GetProperty("events")[0].GetProperty("state").GetString()!;

    private async Task<IReadOnlyList<string>> StatesAsync(string environment, IEnumerable<Run> runs)
    {
        var states = new List<string>();
        foreach (var run in runs) states.Add(await StateAsync(Of(environment, run).Source, Of(environment, run).Id));
        return states;
    }
}
