using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.RunValidation;
using Pipeline.Tests;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.EndToEnd.Tests.Api;

/// <summary>Tiers, approvals, aliases and revocation on a laptop's ledger, from the command line and over HTTP.</summary>
public sealed class TrustTests(SharedLedger shared, PostgresFixture postgres) : IClassFixture<SharedLedger>
{
    private readonly PumpedLedger ledger = shared.Ledger;

    [Fact]
    public async Task What_validators_pass_is_at_T1_under_latest_and_the_record_says_which_gates_decided_and_why_not_more()
    {
        await ledger.ImportAsync(Written.Skill("vetted"));

        var trust = (await ledger.ReadAsync("/api/skills/vetted")).GetProperty("trust");
        trust.Text("tier").ShouldBe("t1");
        trust.Text("decidedBy").ShouldBe("relaxed@1");
        trust.GetProperty("aliases").GetProperty("latest").GetInt32().ShouldBe(1);
        trust.GetProperty("denials").EnumerateArray().Select(d => d.GetString()!).ShouldContain(d => d.StartsWith("T2: grounding could not tell (no run stands behind this version", StringComparison.Ordinal));
        var shown = await RunAsync("skill", "show", "vetted");
        shown.Error.ShouldContain("T2: grounding could not tell");
        shown.Error.ShouldContain("latest -> 1");
    }

    [Fact]
    public async Task A_version_is_approved_named_for_production_and_taken_back_from_the_command_line()
    {
        await ledger.ImportAsync(Written.Skill("promoted"));

        var early = await RunAsync("alias", "move", "promoted", "production", "1", "--reason", "too early");
        early.ExitCode.ShouldBe(ExitCodes.Refused);
        early.Error.ShouldContain("production needs T3, and version 1 of promoted is at T1: T2: grounding could not tell");

        var approved = await RunAsync("approve", "promoted@1", "--reason", "read it", "--json");
        approved.Json.Text("tier").ShouldBe("t3");
        approved.Json.GetProperty("aliases").GetProperty("canary").GetInt32().ShouldBe(1);
        (await RunAsync("approve", "promoted@1", "--reason", "again")).Error.ShouldContain("Nothing changed");
        (await RunAsync("alias", "move", "promoted", "production", "1", "--reason", "it is fine")).ExitCode.ShouldBe(ExitCodes.Done);
        (await RunAsync("alias", "list", "promoted", "--json")).Json.GetProperty("aliases").EnumerateArray().Select(a => a.Text("alias")).ShouldBe(["canary", "latest", "production"]);

        var withdrawn = await RunAsync("approve", "promoted@1", "--withdraw", "--reason", "it skips a check", "--json");
        withdrawn.Json.Text("tier").ShouldBe("t1");
        withdrawn.Json.GetProperty("aliases").EnumerateObject().Select(a => a.Name).ShouldBe(["latest"]);
        var moves = (await RunAsync("alias", "history", "promoted", "production", "--json")).Json.GetProperty("moves").EnumerateArray().ToList();
        moves.Select(m => m.TryGetProperty("to", out var to) ? to.GetInt32() : 0).ShouldBe([1, 0]);
        moves[0].Text("reason").ShouldBe("it is fine");
        moves[1].Text("reason").ShouldBe("version 1 is at T1, and production needs T3");
    }

    [Fact]
    public async Task A_revoked_version_gives_up_its_aliases_to_the_newest_that_may_have_them()
    {
        await ledger.ImportAsync(Written.Skill("leaking", "First."));
        await ledger.ImportAsync(Written.Skill("leaking", "Second."));
        (await ledger.ReadAsync("/api/skills/leaking")).GetProperty("skill").GetProperty("version").GetInt32().ShouldBe(2);

        var revoked = await RunAsync("revoke", "leaking@2", "--reason", "it leaks", "--json");
        revoked.Json.GetProperty("aliases").GetProperty("latest").GetInt32().ShouldBe(1);
        revoked.Json.GetProperty("also").EnumerateArray().Select(e => e.GetString()).ShouldBe(["latest: 2 -> 1"]);
        (await RunAsync("approve", "leaking@2", "--reason", "no")).Error.ShouldContain("revoked");

        await RunAsync("revoke", "leaking@1", "--reason", "it leaks too");
        (await RunAsync("skill", "history", "leaking")).Lines.ShouldContain(l => l.Contains("version 1 revoked", StringComparison.Ordinal));
        (await RunAsync("skill", "versions", "leaking")).Lines[1].ShouldContain("revoked");
        (await ledger.ReadAsync("/api/skills/leaking/history")).GetProperty("events").EnumerateArray().ShouldContain(e => e.Text("type") == "alias_removed");
        (await RunAsync("alias", "list", "leaking")).Error.ShouldContain("skill show leaking");
    }

    [Fact]
    public async Task Other_gates_decide_again_at_the_next_sweep_and_a_sweep_without_a_reason_writes_nothing()
    {
        await using var own = await HandDrivenLedger.StartAsync(postgres);
        (await own.PostAsync("/api/gates/relaxed/activate", new JsonObject())).Status.ShouldBe(200);
        await own.ImportAsync(Written.Skill("judged-again"));
        (await own.InvokeAsync("SealLedger", null)).Status.ShouldBe(200);
        await own.DrainAsync("validation-jobs", "RunValidation");
        (await own.PostAsync("/api/skills/judged-again/approve", new JsonObject { ["version"] = 1, ["reason"] = "read it" })).Json.Text("tier").ShouldBe("t3");
        var review = own.Service<TierReview>();
        (await review.ReviewIfDueAsync(EventContext.DefaultTenant, TestContext.Current.CancellationToken)).ShouldBe(0);
        (await review.ReviewIfDueAsync(EventContext.DefaultTenant, TestContext.Current.CancellationToken)).ShouldBeNull();

        (await own.PostAsync("/api/gates/strict/activate", new JsonObject())).Status.ShouldBe(200);
        (await review.ReviewIfDueAsync(EventContext.DefaultTenant, TestContext.Current.CancellationToken)).ShouldBe(1);

        var trust = (await own.ReadAsync("/api/skills/judged-again")).GetProperty("trust");
        trust.Text("tier").ShouldBe("t1");
        trust.Text("decidedBy").ShouldBe("strict@1");
        trust.GetProperty("aliases").TryGetProperty("canary", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_share_of_the_callers_is_on_record()
    {
        await ledger.ImportAsync(Written.Skill("shared-out"));
        await RunAsync("approve", "shared-out@1", "--reason", "read it");

        (await RunAsync("alias", "move", "shared-out", "canary", "1", "--share", "10", "--reason", "a tenth")).ExitCode.ShouldBe(ExitCodes.Done);
        (await ledger.ReadAsync("/api/skills/shared-out/aliases")).GetProperty("aliases")[0].GetProperty("share").GetInt32().ShouldBe(10);
        (await RunAsync("alias", "move", "shared-out", "canary", "1", "--share", "101", "--reason", "x")).ExitCode.ShouldBe(ExitCodes.Usage);
    }

    [Fact]
    public async Task What_cannot_be_is_refused_with_what_to_do()
    {
        await ledger.ImportAsync(Written.Skill("refused"));

        (await ledger.PostAsync("/api/skills/refused/aliases/latest", new JsonObject { ["version"] = 1 })).ShouldBeProblem(409, "alias-automatic");
        (await ledger.PostAsync("/api/skills/refused/aliases/production", new JsonObject { ["version"] = 9 })).ShouldBeProblem(404, "version-unknown");
        (await ledger.PostAsync("/api/skills/refused/approve", new JsonObject { ["version"] = 9 })).ShouldBeProblem(404, "version-unknown");
        (await RunAsync("approve", "refused", "--reason", "x")).Error.ShouldContain("refused@1");
        (await RunAsync("approve", "refused@1")).ExitCode.ShouldBe(ExitCodes.Usage);
        (await RunAsync("alias", "history", "refused", "production")).ExitCode.ShouldBe(ExitCodes.NotFound);
        (await RunAsync("gates", "activate", "lenient")).Error.ShouldContain("the program comes with relaxed, strict");
    }

    [Fact]
    public async Task Gates_are_published_and_what_is_impossible_is_refused_with_its_line()
    {
        using var folder = new ScratchFolder();
        (await RunAsync("gates", "publish", folder.Write("bad.yaml", "id: mine\nversion: 1\nsources: 0\n"))).Error.ShouldContain("line 3: sources must be from 1 to 1000");
        (await RunAsync("gates", "publish", folder.Write("odd.yaml", "id: mine\nversion: 1\nvotes: 3\n"))).Error.ShouldContain("line 3: there is no key 'votes'");
        (await RunAsync("gates", "publish", folder.Write("mine.yaml", "id: mine\nversion: 1\nsources: 3\n"))).Out.ShouldStartWith("mine@1  published");
        (await RunAsync("gates", "list")).Lines.ShouldContain(l => l.StartsWith("relaxed", StringComparison.Ordinal) && l.Contains("active", StringComparison.Ordinal));
        (await RunAsync("gates", "show", "strict")).Out.ShouldContain("authorMayApprove: false");
        (await RunAsync("policy", "list")).Out.ShouldNotContain("mine");
    }

    [Fact]
    public async Task Strict_gates_do_not_count_an_authors_approval()
    {
        await using var strict = await HandDrivenLedger.StartAsync(postgres);
        await strict.ImportAsync(Written.Skill("own"));
        await strict.SettleAsync();

        var approved = await strict.PostAsync("/api/skills/own/approve", new JsonObject { ["version"] = 1, ["reason"] = "mine" });

        approved.Json.Text("tier").ShouldBe("t1");
        approved.Json.GetProperty("events").EnumerateArray().Select(e => e.GetString()).ShouldBe(["approval_given"]);
        (await strict.ReadAsync("/api/skills/own")).GetProperty("trust").Text("decidedBy").ShouldBe("strict@1");
    }

    [Fact]
    public async Task A_new_host_keeps_a_version_from_being_served_until_a_person_approves_it()
    {
        await using var strict = await HandDrivenLedger.StartAsync(postgres);
        await strict.ImportAsync(Written.Skill("grows", "First."));
        await strict.SettleAsync();
        await strict.ImportAsync(Written.Skill("grows", "Second. See https://docs.example.org/guide."));
        await strict.SettleAsync();

        var shown = await strict.ReadAsync("/api/skills/grows");
        shown.GetProperty("skill").GetProperty("version").GetInt32().ShouldBe(1);
        shown.GetProperty("trust").GetProperty("current").GetProperty("denials").EnumerateArray().Select(d => d.GetString()!).ShouldContain(d => d.StartsWith("T1: brings host docs.example.org", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_revocation_reaches_the_skills_that_took_the_version_up()
    {
        await using var strict = await HandDrivenLedger.StartAsync(postgres);
        await strict.ImportAsync(Written.Skill("bad"), Written.Skill("good"));
        await strict.SettleAsync();
        await MergeAsync(strict, "good", "bad");
        await strict.SettleAsync();
        (await strict.ReadAsync("/api/skills/good")).GetProperty("trust").GetProperty("aliases").GetProperty("latest").GetInt32().ShouldBe(2);

        var revoked = await strict.PostAsync("/api/skills/bad/revoke", new JsonObject { ["version"] = 1, ["reason"] = "poisoned" });
        await strict.SettleAsync();

        revoked.Json.GetProperty("quarantined").EnumerateArray().Select(q => q.GetString()).ShouldBe(["good"]);
        var trust = (await strict.ReadAsync("/api/skills/good")).GetProperty("trust");
        trust.GetProperty("aliases").GetProperty("latest").GetInt32().ShouldBe(1);
        trust.GetProperty("current").GetProperty("denials")[0].GetString().ShouldBe("T1: descends from revoked version 1 of bad; a person has to look and approve it");
    }

    [Fact]
    public async Task What_a_revocation_did_not_get_to_is_quarantined_by_the_review_of_tiers()
    {
        await using var strict = await HandDrivenLedger.StartAsync(postgres);
        await strict.ImportAsync(Written.Skill("bad"), Written.Skill("good"));
        await strict.SettleAsync();
        await MergeAsync(strict, "good", "bad");
        await strict.SettleAsync();
        var context = new EventContext { Actor = new(ActorKind.Admin, "local"), CausationId = "", CorrelationId = "", DecidedBy = "", RecordedAt = default };
        await strict.Service<LedgerWriter>().WriteAsync(context, async read =>
        {
            var bad = await read.FoldAsync(Domain.Ledger.Streams.Of(Domain.Ledger.Streams.Skill, "bad"), Skill.None, Skill.Evolve);
            var decision = SkillDecider.Decide(new SkillCommand.Revoke(1, "poisoned"), bad.State);
            return new(decision, [bad.Append(Domain.Ledger.Streams.Skill, ((Decision.Accepted)decision).Events)]);
        }, TestContext.Current.CancellationToken);
        await strict.SettleAsync();

        await strict.Service<TierReview>().ReviewIfDueAsync(EventContext.DefaultTenant, TestContext.Current.CancellationToken);
        await strict.SettleAsync();

        (await strict.ReadAsync("/api/skills/good")).GetProperty("trust").GetProperty("aliases").GetProperty("latest").GetInt32().ShouldBe(1);
    }

    private static async Task MergeAsync(HandDrivenLedger ledger, string into, string from)
    {
        var package = Package.OfText((Package.SkillFile, Written.Markdown(into, "Both.")));
        var context = new EventContext { Actor = new(ActorKind.Policy, "default"), CausationId = "", CorrelationId = "", DecidedBy = "default@4", RecordedAt = default };
        await ledger.Service<LedgerWriter>().WriteAsync(context, async read =>
        {
            var survivor = await read.FoldAsync(Domain.Ledger.Streams.Of(Domain.Ledger.Streams.Skill, into), Skill.None, Skill.Evolve);
            var absorbed = await read.FoldAsync(Domain.Ledger.Streams.Of(Domain.Ledger.Streams.Skill, from), Skill.None, Skill.Evolve);
            var content = new VersionContent { Description = "Both.", Package = package.Manifest, Composer = new("miner", "1"), Rationale = "alike" };
            var merge = (MergeDecision.Accepted)SkillMerge.Decide(new SkillMerge.Merge(content), survivor.State, [absorbed.State]);
            return new(Decision.Nothing, [survivor.Append(Domain.Ledger.Streams.Skill, merge.PerSkill[0].Events), absorbed.Append(Domain.Ledger.Streams.Skill, merge.PerSkill[1].Events)])
            {
                Contents = [.. package.Files.Select(f => new Infra.Postgres.ContentBlob(f.Content))],
            };
        }, TestContext.Current.CancellationToken);
    }

    private Task<CommandLineRun> RunAsync(params string[] args) => CommandLineRun.OfAsync([.. args, "--url", ledger.Http.BaseAddress!.ToString()]);
}
