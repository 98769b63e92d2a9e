using System.Text.Json;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Learning;

public sealed class KindsTests(SharedLedger shared) : IClassFixture<SharedLedger>
{
    private readonly PumpedLedger ledger = shared.Ledger;

    [Fact]
    public async Task Runs_with_two_effects_become_a_plan_that_names_the_skills_for_each()
    {
        await ledger.LearnAsync(Run.Many(4).Select(r => Of("pairs", r) with { Then = "send_receipt" }));

        var plan = await ledger.ReadAsync("/api/skills/pairs-plan");
        plan.GetProperty("skill").GetProperty("kind").GetString().ShouldBe("plan");
        plan.GetProperty("skill").GetProperty("family").GetString().ShouldBe("pairs.plan.task");
        foreach (var skill in new[] { "pairs-renew-loan", "pairs-send-receipt" })
        {
            plan.Text("text").ShouldContain($"(skill `{skill}`)");
            (await ledger.ReadAsync($"/api/skills/{skill}")).GetProperty("skill").GetProperty("kind").GetString().ShouldBe("functional");
        }
        (await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where stream_id = 'family-pairs.plan.task' and type = 'evidence_admitted'")).ShouldBe(4);
    }

    [Fact]
    public async Task A_tool_that_refuses_and_is_got_over_becomes_an_atomic_skill()
    {
        await ledger.LearnAsync(Run.Many(4, from: 20).Select(r => Of("strict", r) with { Refusal = "Error: no such loan; it begins with letters" }));

        var skill = await ledger.ReadAsync("/api/skills/strict-use-renew-loan");

        skill.GetProperty("skill").GetProperty("kind").GetString().ShouldBe("atomic");
        skill.Text("text").ShouldContain("What helped: the call again with `loan_id` as `L-`, then 5 digits, not 5 digits (3 of 3 runs).");
    }

    [Fact]
    public async Task The_skill_for_the_effect_is_found_before_those_that_accompany_it()
    {
        await ledger.LearnAsync(Run.Many(4, from: 40).Select(r => Of("found", r) with { Effect = "mend_binding", Then = "post_parcel", Refusal = "Error: no such loan" }));

        var found = (await ledger.ReadAsync("/api/search?q=mend%20the%20binding%20of%20my%20book&top=3")).GetProperty("results").EnumerateArray().Select(r => r.Text("name")).ToList();

        found[0].ShouldBe("found-mend-binding");
        found.ShouldContain("found-use-mend-binding");
    }

    [Fact]
    public async Task A_verdict_corrects_the_evidence_of_every_kind()
    {
        var runs = Run.Many(3, from: 60).Select(r => Of("judged", r) with { Then = "send_receipt", Succeeded = true, VerifiedBy = "self" }).ToList();
        await ledger.LearnAsync(runs);
        (await ledger.GetAsync("/api/skills/judged-plan")).Status.ShouldBe(404);

        foreach (var run in runs) (await ledger.EmitAsync(run.Verdict(success: true))).Status.ShouldBe(202);
        await ledger.SettleAsync();

        (await ledger.GetAsync("/api/skills/judged-plan")).Status.ShouldBe(200);
    }

    internal static Run Of(string environment, Run run) => run with { Environment = environment, Id = $"{environment}-{run.Number}", Source = $"https://{environment}.test/desk" };
}

public sealed class KindsOfSamplesTests(PostgresFixture postgres)
{
    [Fact]
    public async Task The_samples_show_a_plan_with_an_order_and_a_tool_with_its_remedy()
    {
        await using var ledger = await PumpedLedger.StartAsync(postgres);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "functions", "Samples"), "*.jsonl").Order(StringComparer.Ordinal))
        {
            var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
            (await ledger.PostAsync("/api/events", $"[{string.Join(',', lines)}]", RunningLedger.Batch)).Status.ShouldBe(202);
        }
        await ledger.SettleAsync();

        (await ledger.ReadAsync("/api/skills/library-desk-plan")).Text("text").ShouldContain("- Settle fine before you renew loan");
        (await ledger.ReadAsync("/api/skills/clinic-scheduling-use-cancel-appointment")).Text("text")
            .ShouldContain("`get_appointment`, then the call again with `fee_accepted` as well");
        (await ledger.ReadAsync("/api/dead-letters")).GetProperty("deadLetters").EnumerateArray().ShouldBeEmpty();
    }
}

public sealed class KindsDeterminismTests(PostgresFixture postgres)
{
    private const string Decisions = """
        select concat_ws(' ', e.stream_id, data ->> 'throughEvidence', data ->> 'operation', data ->> 'reasonCode', data -> 'result' ->> 'packageDigest')
        from ledger.mt_events e where type = 'curation_decided' order by e.stream_id, e.version
        """;

    [Fact]
    public async Task How_events_are_batched_changes_no_decision_of_any_kind()
    {
        List<Run> input = [.. Run.Many(12).Select(r => r with { Then = r.Number % 2 == 0 ? "send_receipt" : "move_hold", Refusal = r.Number % 3 == 0 ? "" : "Error: no such loan", Succeeded = r.Number % 5 != 4 })];
        var decisions = new List<IReadOnlyList<string>>();
        foreach (var size in new[] { 1, 5, input.Count })
        {
            await using var ledger = await PumpedLedger.StartAsync(postgres);
            foreach (var batch in input.Chunk(size)) (await ledger.EmitAsync(batch)).Status.ShouldBe(202);
            await ledger.SettleAsync();
            decisions.Add(await ledger.ColumnAsync(Decisions));
        }

        decisions[0].ShouldContain(d => d.StartsWith("family-library.plan.task ", StringComparison.Ordinal) && d.Contains(" create "));
        decisions[0].ShouldContain(d => d.StartsWith("family-library.use.renew-loan ", StringComparison.Ordinal) && d.Contains(" create "));
        decisions[1].ShouldBe(decisions[0]);
        decisions[2].ShouldBe(decisions[0]);
    }
}
