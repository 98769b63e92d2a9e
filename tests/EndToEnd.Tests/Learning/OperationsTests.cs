using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Learning;

/// <summary>What policies do to skills for what comes of their use, in a running ledger.</summary>
public sealed class OperationsTests(PostgresFixture postgres)
{
    private const string Skill = "library-renew-loan";

    private const string Decisions = """
        select concat_ws(' ', e.stream_id, data ->> 'throughEvidence', data ->> 'operation', data ->> 'reasonCode', data -> 'result' ->> 'version', data -> 'scores' ->> 'utility')
        from ledger.mt_events e where type = 'curation_decided' order by e.stream_id, e.version
        """;

    // A skill is learned; runs that load it fail where the others do not; then those without it fail too.
    private static List<Run> Input { get; } =
    [
        .. Run.Many(6),
        .. Run.Many(24, from: 100).Select(r => r with { Id = $"with-{r.Number}", LoadedVersion = 1, Succeeded = r.Number % 5 < 2 }),
        .. Run.Many(16, from: 200).Select(r => r with { Id = $"without-{r.Number}" }),
        .. Run.Many(24, from: 300).Select(r => r with { Id = $"more-{r.Number}", LoadedVersion = 1, Succeeded = r.Number % 5 < 2 }),
        .. Run.Many(120, from: 400).Select(r => r with { Id = $"missed-{r.Number}", Succeeded = r.Number % 20 == 0 }),
    ];

    [Fact]
    public async Task A_skill_that_does_harm_is_retired_and_what_is_missed_comes_back_whatever_the_batches()
    {
        var decisions = new List<IReadOnlyList<string>>();
        foreach (var size in new[] { 7, Input.Count })
        {
            await using var ledger = await PumpedLedger.StartAsync(postgres);
            // Improving is switched off, so that all runs are of the version that is judged.
            (await PublishAsync(ledger, "id: steady\nversion: 1\nauditEvery: 10\nrules:\n  improve: none\n  retire: marginal-utility\n  reinstate: needed-again\n")).Status.ShouldBe(200);
            (await ledger.PostAsync("/api/policies/steady/activate", new JsonObject())).Status.ShouldBe(200);
            foreach (var batch in Input.Chunk(size)) (await ledger.EmitAsync(batch)).Status.ShouldBe(202);
            await ledger.SettleAsync();
            decisions.Add(await ledger.ColumnAsync(Decisions));
            (await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where type = 'skill_retired'")).ShouldBe(1);
            (await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where type = 'skill_reinstated'")).ShouldBe(1);
            (await ledger.ReadAsync($"/api/skills/{Skill}")).GetProperty("skill").GetProperty("status").GetString().ShouldBe("active");
        }

        decisions[0].ShouldContain(d => d.Contains(" retire no-utility ", StringComparison.Ordinal));
        decisions[0].ShouldContain(d => d.Contains(" reinstate needed-again ", StringComparison.Ordinal));
        decisions[1].ShouldBe(decisions[0]);
    }

    [Fact]
    public async Task Use_is_shown_by_version_and_model_and_summed_up_by_the_sweep()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        (await ledger.EmitAsync([.. Input.Take(46)])).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        (await ledger.PostAsync("/api/curation?sweep=true", new JsonObject())).Status.ShouldBe(200);

        var use = (await ledger.ReadAsync($"/api/skills/{Skill}")).GetProperty("use").GetProperty("versions").EnumerateArray().Single();
        (use.GetProperty("version").GetInt32(), use.GetProperty("model").GetString(), use.GetProperty("exposures").GetInt32(), use.GetProperty("successes").GetInt32()).ShouldBe((1, "model-a", 24, 10));
        use.GetProperty("controls").GetInt32().ShouldBe(22);
        use.GetProperty("upper").GetDouble().ShouldBeLessThan(0);
        (await ledger.ColumnAsync("select concat_ws(' ', data ->> 'version', data ->> 'model', data ->> 'exposures', data ->> 'successes', data ->> 'matchedExposures') from ledger.mt_events where type = 'usage_summarised'"))
            .ShouldBe(["1 model-a 24 10 22"]);

        var events = await ledger.EventsAsync();
        (await ledger.PostAsync("/api/curation?sweep=true", new JsonObject())).Json.GetProperty("operations").GetArrayLength().ShouldBe(0);
        (await ledger.EventsAsync()).ShouldBe(events);
    }

    [Fact]
    public async Task Two_families_that_are_one_are_merged_and_go_on_as_one_and_the_history_can_be_decided_again()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        var prolong = Run.Many(8, from: 40).Select(r => r with { Id = $"prolong-{r.Number}", Effect = "prolong_loan" }).ToList();
        (await ledger.EmitAsync([.. Run.Many(10), .. prolong])).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();

        var swept = (await ledger.PostAsync("/api/curation?sweep=true", new JsonObject())).Json;
        swept.GetProperty("operations").EnumerateArray().Single().GetProperty("operation").GetString().ShouldBe("merge", swept.ToString());
        (await ledger.EventsAsync("skill_merged")).ShouldBe(1);
        (await ledger.EventsAsync("skill_absorbed")).ShouldBe(1);
        (await ledger.ReadAsync($"/api/skills/{Skill}")).GetProperty("text").GetString()!.ShouldContain("`prolong_loan` does the same as `renew_loan`");

        (await ledger.EmitAsync([.. Run.Many(60, from: 500).Select(r => r with { Id = $"later-{r.Number}", Effect = "prolong_loan", ChecksHolds = true })])).Status.ShouldBe(202);
        // A verdict that changes after the merge is about the one skill, and curation goes on.
        (await ledger.EmitAsync(prolong[0].Verdict(success: false))).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        (await ledger.PostAsync("/api/curation?sweep=true", new JsonObject())).Status.ShouldBe(200);

        var text = (await ledger.ReadAsync($"/api/skills/{Skill}")).GetProperty("text").GetString()!;
        text.ShouldContain("get_holds");
        text.ShouldContain("`prolong_loan` does the same as `renew_loan`");
        var lines = (await ledger.GetAsync("/api/rederivation")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[1..^1].ShouldAllBe(line => line.Contains("\"same\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Families_that_share_a_skill_are_curated_one_at_a_time_and_none_is_forgotten()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        var prolong = Run.Many(8, from: 40).Select(r => r with { Id = $"prolong-{r.Number}", Effect = "prolong_loan" }).ToList();
        (await ledger.EmitAsync([.. Run.Many(10), .. prolong])).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        (await ledger.PostAsync("/api/curation?sweep=true", new JsonObject())).Json.GetProperty("operations").GetArrayLength().ShouldBe(1);
        (await ledger.CurateAllAsync()).ShouldBePositive();
        (await ledger.EmitAsync([.. Run.Many(2, from: 500), .. Run.Many(2, from: 600).Select(r => r with { Id = $"later-{r.Number}", Effect = "prolong_loan" })])).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        const string Behind = "select count(*) from ledger.family_catalogue f join ledger.curation_progress p using (tenant_id, family_id) where f.evidence_events > p.evidence_seen";
        await ledger.Service<LedgerFollower>().SettleAsync(ct);
        (await ledger.ScalarAsync<long>(Behind)).ShouldBe(2);

        // Somebody is at one of them: the other has to wait as well.
        await using (await ledger.Service<FamilyLocks>().TryTakeAsync(EventContext.DefaultTenant, "library.prolong-loan", ct))
        {
            (await ledger.InvokeAsync("CurateFamily", Encoding.UTF8.GetBytes(new CurationMessage(EventContext.DefaultTenant, "library.renew-loan").ToOutput().Body.ToJsonString()))).Status.ShouldBe(200);
            (await ledger.ScalarAsync<long>(Behind)).ShouldBe(2);
        }
        (await ledger.InvokeAsync("CurateFamily", Encoding.UTF8.GetBytes(new CurationMessage(EventContext.DefaultTenant, "library.renew-loan").ToOutput().Body.ToJsonString()))).Status.ShouldBe(200);
        (await ledger.ScalarAsync<long>(Behind)).ShouldBe(0);
    }

    [Fact]
    public async Task Policies_are_listed_published_activated_and_refused_with_line_and_reason()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        var listed = await ledger.ReadAsync("/api/policies");
        listed.GetProperty("active").GetProperty("id").GetString().ShouldBe("default");
        listed.GetProperty("shipped").EnumerateArray().Select(s => s.GetString()).ShouldBe(["default", "evolver", "skvm", "slim", "xskill"]);

        (await ledger.PostAsync("/api/policies/slim/activate", new JsonObject { ["reason"] = "smaller" })).Json.GetProperty("active").GetBoolean().ShouldBeTrue();
        (await ledger.ReadAsync("/api/policies")).GetProperty("active").GetProperty("id").GetString().ShouldBe("slim");
        (await ledger.ReadAsync("/api/policies/slim")).GetProperty("text").GetString()!.ShouldContain("moving-average");

        var mine = "id: mine\nversion: 1\nminSuccesses: 4\n";
        (await PublishAsync(ledger, mine)).Json.GetProperty("events")[0].GetString().ShouldBe("policy_published");
        (await PublishAsync(ledger, mine)).Json.GetProperty("events").GetArrayLength().ShouldBe(0);
        (await PublishAsync(ledger, mine + "minTasks: 2\n")).ShouldBeProblem(409, "policy-version-taken");
        var unknown = await PublishAsync(ledger, "id: mine\nversion: 2\nminSucesses: 4\n");
        unknown.ShouldBeProblem(400, "policy-unusable");
        unknown.Text.ShouldContain("line 3");
        var impossible = await PublishAsync(ledger, "id: mine\nversion: 2\nconfidence: 2\n");
        impossible.ShouldBeProblem(400, "policy-unusable");
        impossible.Text.ShouldContain("line 3: confidence");
        (await ledger.PostAsync("/api/policies/mine/activate", new JsonObject { ["version"] = 7 })).ShouldBeProblem(404, "policy-unknown");
        (await ledger.GetAsync("/api/policies/..%2Fdefault")).Status.ShouldBe(404);
    }

    private static Task<Answer> PublishAsync(RunningLedger ledger, string yaml) => ledger.PostAsync("/api/policies", yaml, "application/yaml");
}
