using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Episodes.Coding;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Learning;

public sealed class CodingRunsTests(PostgresFixture postgres)
{
    private const string Assignments = "select concat_ws(' ', data ->> 'evidenceId', data ->> 'familyId', data ->> 'similarity') from ledger.mt_events where type = 'episode_assigned' order by version";

    [Fact]
    public async Task Coding_runs_form_families_by_what_they_did_and_each_becomes_a_skill()
    {
        await using var ledger = await LearnedAsync(Running.CodingRun.Many(8), batch: 8);

        var families = await ledger.ColumnAsync("select distinct data ->> 'familyId' from ledger.mt_events where type = 'episode_assigned'");
        families.Count.ShouldBe(2);
        var text = (await ledger.ReadAsync("/api/skills/workshop-turn-measurements-station-monthly-report-table")).GetProperty("text").GetString()!;
        text.ShouldContain("`from meteo import to_celsius`");
        text.ShouldContain("`meteo-lint report.csv --strict --station <n>`");
        (await ledger.ReadAsync("/api/skills/workshop-fix-failing-unit-test-module-parser")).GetProperty("text").GetString()!.ShouldContain("`pytest -q tests`");
    }

    [Fact]
    public async Task No_word_of_a_request_can_be_tried_out_on_what_is_on_record()
    {
        await using var ledger = await LearnedAsync(Running.CodingRun.Many(2), batch: 2);

        var recorded = await ledger.ColumnAsync("select jsonb_array_elements_text(data #> '{leader,words}') from ledger.mt_events where type = 'episode_assigned'");
        var guesses = TaskSketch.Of(string.Join(' ', Running.CodingRun.Many(2).Select(r => r.ToEvent().ToJsonString())), []).Words;
        recorded.ShouldNotBeEmpty();
        recorded.Select(w => uint.Parse(w, System.Globalization.CultureInfo.InvariantCulture)).Intersect(guesses).ShouldBeEmpty();
    }

    [Fact]
    public async Task How_coding_runs_are_batched_changes_no_family_and_no_version()
    {
        const string versions = "select concat_ws(' ', stream_id, data ->> 'version', data #>> '{content,package,digest}') from ledger.mt_events where type in ('skill_created', 'skill_improved') order by stream_id, version";
        await using var one = await LearnedAsync(Running.CodingRun.Many(9), batch: 1);
        await using var seven = await LearnedAsync(Running.CodingRun.Many(9), batch: 7);
        await using var all = await LearnedAsync(Running.CodingRun.Many(9), batch: 100);

        var assigned = await one.ColumnAsync(Assignments);
        assigned.Count.ShouldBe(9);
        (await seven.ColumnAsync(Assignments)).ShouldBe(assigned);
        (await all.ColumnAsync(Assignments)).ShouldBe(assigned);
        (await one.ColumnAsync(versions)).Count.ShouldBeGreaterThan(1);
        (await all.ColumnAsync(versions)).ShouldBe(await one.ColumnAsync(versions));
    }

    [Fact]
    public async Task Runs_that_are_projected_at_once_are_assigned_one_at_a_time()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        (await ledger.EmitAsync(Running.CodingRun.Many(6).Select(r => r.ToEvent()))).Status.ShouldBe(202);
        var messages = await ledger.Queue.ReceiveAsync("trajectories", 6, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        var answers = await Task.WhenAll(messages.Select(m => ledger.InvokeAsync("ProjectTrajectory", m.Message.Body)));

        answers.ShouldAllBe(a => a.Status == 200);
        (await ledger.ColumnAsync(Assignments)).Count.ShouldBe(6);
        (await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where type = 'family_opened'")).ShouldBe(2);
    }

    [Fact]
    public async Task Runs_without_a_verdict_are_counted_and_teach_once_somebody_gives_one()
    {
        var runs = Enumerable.Range(1, 3).Select(n => new Running.CodingRun(n) { VerifiedBy = n == 1 ? "self" : null }).ToList();
        await using var ledger = await LearnedAsync(runs, batch: 3);
        (await ledger.ReadAsync("/api/status")).GetProperty("trajectories").GetProperty("unverified").GetInt32().ShouldBe(3);
        (await ledger.GetAsync("/api/skills/workshop-turn-measurements-station-monthly-report-table")).Status.ShouldBe(404);

        (await ledger.EmitAsync(runs.Select(r => new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = $"verdict-on-{r.Id}",
            ["source"] = "https://workshop.test/agents",
            ["type"] = Run.VerdictType,
            ["data"] = new JsonObject { ["trajectory"] = r.Id, ["outcome"] = new JsonObject { ["success"] = true, ["verifiedBy"] = "human" } },
        }))).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        await ledger.CurateAllAsync();
        await ledger.SettleAsync();

        (await ledger.GetAsync("/api/skills/workshop-turn-measurements-station-monthly-report-table")).Status.ShouldBe(200);
    }

    private async Task<HandDrivenLedger> LearnedAsync(IEnumerable<Running.CodingRun> runs, int batch)
    {
        var ledger = await HandDrivenLedger.StartAsync(postgres);
        foreach (var part in runs.Chunk(batch))
        {
            (await ledger.EmitAsync(part.Select(r => r.ToEvent()))).Status.ShouldBe(202);
            await ledger.ProjectAllAsync();
            await ledger.CurateAllAsync();
        }
        await ledger.SettleAsync();
        return ledger;
    }
}
