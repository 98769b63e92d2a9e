using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Learning;

/// <summary>A skill that helps one model and harms another gets a sibling, made by policy or by hand, in a running ledger.</summary>
public sealed class SiblingTests(PostgresFixture postgres)
{
    private const string Skill = "library-renew-loan";
    private const string Sibling = "library-renew-loan-for-model-b";
    private const string Weak = "vendor/model-b-2026-01-31";

    // What the skill says helps model-a; the other succeeds where it looks for holds first, and never with the skill.
    private static List<Run> Input { get; } =
    [
        .. Run.Many(6),
        .. Run.Many(24, from: 100).Select(r => r with { Id = $"with-{r.Number}", LoadedVersion = 1, Succeeded = r.Number % 12 != 0 }),
        .. Run.Many(20, from: 200).Select(r => r with { Id = $"without-{r.Number}", Succeeded = r.Number % 4 == 0 }),
        .. Run.Many(24, from: 300).Select(r => r with { Id = $"weak-with-{r.Number}", Model = Weak, LoadedVersion = 1, Succeeded = false }),
        .. Run.Many(20, from: 400).Select(r => r with { Id = $"weak-{r.Number}", Model = Weak, ChecksHolds = true, Succeeded = r.Number % 10 != 0 }),
    ];

    // What comes after it is there.
    private static List<Run> Later { get; } =
    [
        .. Run.Many(24, from: 500).Select(r => r with { Id = $"sibling-{r.Number}", Model = Weak, LoadedVersion = 1, LoadedSkill = Sibling, ChecksHolds = true, Succeeded = r.Number % 12 != 0 }),
        .. Run.Many(24, from: 600).Select(r => r with { Id = $"again-{r.Number}", Model = Weak, LoadedVersion = 1, Succeeded = false }),
        .. Run.Many(12, from: 700).Select(r => r with { Id = $"on-{r.Number}", LoadedVersion = 1 }),
    ];

    [Theory]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task A_sibling_is_made_by_policy_found_by_its_model_and_decided_again(int batch)
    {
        using var home = new ScratchFolder();
        await using var ledger = await PumpedLedger.StartAsync(postgres);
        await ActivateAsync(ledger, "create");
        foreach (var runs in Input.Concat(Later).Chunk(batch)) (await ledger.EmitAsync(runs)).Status.ShouldBe(202);
        await ledger.SettleAsync();
        Task<CommandLineRun> RunAsync(params string[] args) => CommandLineRun.OfAsync([.. args, "--url", ledger.Http.BaseAddress!.ToString(), "--home", home.Root]);

        (await RunAsync("skill", "list")).Out.ShouldContain($"{Sibling} (for {Weak})");
        var shown = await RunAsync("skill", "show", Sibling);
        shown.Error.ShouldContain($"variant of   {Skill}, for model {Weak}");
        shown.Out.ShouldContain($"metadata:\n  variant_of: \"{Skill}\"\n  model: \"{Weak}\"\n---");
        shown.Out.ShouldContain("get_holds");
        (await RunAsync("skill", "show", Skill)).Error.ShouldContain($"{"sibling",-12} {Sibling}, for model {Weak} (active)");
        var decisions = (await RunAsync("skill", "decisions", Skill)).Out;
        decisions.ShouldContain($"it helps model-a (+.49), harms {Weak} (−.90)");
        decisions.ShouldContain($"create (for {Weak})");
        (await RunAsync("skill", "export", home["skills"])).ExitCode.ShouldBe(ExitCodes.Done);
        File.ReadAllText(Path.Combine(home["skills"], Sibling, "SKILL.md")).ShouldBe(shown.Out);

        Names(await ledger.ReadAsync("/api/search?q=renew%20a%20loan")).ShouldBe([Skill, Sibling]);
        Names(await ledger.ReadAsync($"/api/search?q=renew%20a%20loan&model={Uri.EscapeDataString(Weak)}")).ShouldBe([Sibling]);
        Names(await ledger.ReadAsync("/api/search?q=renew%20a%20loan&model=model-a")).ShouldBe([Skill]);
        (await RunAsync("rederive")).ExitCode.ShouldBe(ExitCodes.Done);
    }

    [Fact]
    public async Task What_is_proposed_can_be_accepted_and_the_history_can_be_decided_again()
    {
        using var home = new ScratchFolder();
        await using var ledger = await PumpedLedger.StartAsync(postgres);
        await ActivateAsync(ledger, "propose");
        Task<CommandLineRun> RunAsync(params string[] args) => CommandLineRun.OfAsync([.. args, "--url", ledger.Http.BaseAddress!.ToString(), "--home", home.Root]);
        await ledger.LearnAsync(Input);

        (await RunAsync("skill", "show", Skill)).Error.ShouldContain($"a sibling for {Weak} is proposed");
        (await ledger.PostAsync($"/api/skills/{Skill}/variant", new JsonObject { ["model"] = "model-a" })).ShouldBeProblem(409, "variant-not-proposed");
        var accepted = await RunAsync("skill", "variant", Skill, "--model", Weak, "--reason", "has a way of its own");
        accepted.Out.ShouldStartWith($"{Sibling}  active  version 1");
        (await RunAsync("skill", "variant", Skill, "--model", Weak)).Error.ShouldContain("Nothing changed");
        await ledger.LearnAsync(Later);

        (await ledger.ReadAsync($"/api/skills/{Skill}")).GetProperty("skill").GetProperty("status").GetString().ShouldBe("active");
        (await RunAsync("skill", "decisions", Skill)).Out.ShouldContain("variant-accepted");
        (await ledger.ColumnAsync("select data ->> 'siblingFor' from ledger.mt_events where type = 'curation_decided' and data ? 'siblingFor'")).ShouldNotBeEmpty();
        (await RunAsync("rederive")).ExitCode.ShouldBe(ExitCodes.Done);
    }

    [Fact]
    public async Task A_sibling_whose_name_somebody_else_has_is_accepted_under_a_name_of_its_own()
    {
        await using var ledger = await PumpedLedger.StartAsync(postgres);
        await ActivateAsync(ledger, "propose");
        await ledger.LearnAsync(Input);
        await ledger.ImportAsync(Written.Skill(Sibling, id: "somebody-elses"));

        var accepted = await ledger.PostAsync($"/api/skills/{Skill}/variant", new JsonObject { ["model"] = Weak, ["reason"] = "has a way of its own" });

        accepted.Status.ShouldBe(200, accepted.Text);
        accepted.Json.GetProperty("skill").GetString()!.ShouldStartWith(Sibling + "-");
        (await ledger.ReadAsync($"/api/skills/{Sibling}")).GetProperty("skill").GetProperty("id").GetString().ShouldBe("somebody-elses");
        await ledger.SettleAsync();
        (await CommandLineRun.OfAsync("rederive", "--url", ledger.Http.BaseAddress!.ToString())).ExitCode.ShouldBe(ExitCodes.Done);
    }

    // The skills of a family share its evidence: what one of them takes in is there for the other to be judged by.
    [Fact]
    public async Task When_a_sibling_is_accepted_the_main_skill_is_judged_by_the_evidence_that_went_into_it()
    {
        await using var ledger = await PumpedLedger.StartAsync(postgres);
        await ActivateAsync(ledger, "propose");
        await ledger.LearnAsync([.. Run.Many(3, from: 250).Select(r => r with { Id = $"more-{r.Number}" }), .. Input]);
        (await ledger.PostAsync($"/api/skills/{Skill}/reinstate", new JsonObject { ["reason"] = "for the other model" })).Status.ShouldBe(200);
        await ledger.SettleAsync();
        Task<IReadOnlyList<string>> AskedAsync(string skill) => ledger.ColumnAsync($$"""
            select distinct on (data ->> 'validator') concat_ws(' ', data ->> 'validator', data #>> '{evidence,0,through}')
            from ledger.mt_events where stream_id = 'skill-{{skill}}' and type = 'validation_requested' and data ? 'evidence' order by data ->> 'validator', version desc
            """);
        (await AskedAsync(Skill)).ShouldBe(["backtest 94", "grounding 94"]);

        (await ledger.PostAsync($"/api/skills/{Skill}/variant", new JsonObject { ["model"] = Weak })).Status.ShouldBe(200);
        await ledger.SettleAsync();

        (await AskedAsync(Sibling)).ShouldBe(["backtest 97", "grounding 97"]);
        (await AskedAsync(Skill)).ShouldBe(["backtest 97", "grounding 97"]);
    }

    // The models go about it in ways that have no step in common but the last.
    [Fact]
    public async Task Each_sibling_is_tried_on_runs_of_the_models_that_it_is_for()
    {
        await using var ledger = await PumpedLedger.StartAsync(postgres);
        await ActivateAsync(ledger, "propose");
        await ledger.LearnAsync(Input.Select(InAWayOfItsOwn));
        (await ledger.PostAsync($"/api/skills/{Skill}/variant", new JsonObject { ["model"] = Weak })).Status.ShouldBe(200);
        await ledger.SettleAsync();
        Task<IReadOnlyList<string>> TriedAsync(string skill) => ledger.ColumnAsync($$"""
            select concat_ws(' ', data ->> 'verdict', data #>> '{metrics,covered}', data #>> '{metrics,episodes}') from ledger.mt_events
            where stream_id = 'skill-{{skill}}' and type = 'validation_completed' and data ->> 'validator' = 'backtest' order by version
            """);
        (await TriedAsync(Sibling)).ShouldBe(["inconclusive"], "other models' runs say nothing of it, and its own it was made from");

        await ledger.LearnAsync(Later.Select(InAWayOfItsOwn));

        (await TriedAsync(Sibling))[^1].ShouldBe("passed 1 22");
        (await TriedAsync(Skill))[^1].ShouldBe("passed 1 30");
    }

    private static Run InAWayOfItsOwn(Run run) => run.Model == Weak ? run with { Looks = ("scan_card", "open_account") } : run;

    private static async Task ActivateAsync(RunningLedger ledger, string variants)
    {
        var policy = $"id: by-model\nversion: 1\nauditEvery: 10\nvariants: {variants}\nrules:\n  improve: none\n  retire: marginal-utility\n  reinstate: needed-again\n";
        (await ledger.PostAsync("/api/policies", policy, "application/yaml")).Status.ShouldBe(200);
        (await ledger.PostAsync("/api/policies/by-model/activate", new JsonObject())).Status.ShouldBe(200);
    }

    private static IEnumerable<string?> Names(JsonElement found) => found.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("name").GetString());
}
