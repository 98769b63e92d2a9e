using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Api;

/// <summary>Releases of skills over HTTP and from the command line: all of a manifest, or nothing.</summary>
public sealed class ReleaseTests(SharedLedger shared, PostgresFixture postgres) : IClassFixture<SharedLedger>
{
    private const string Yaml = "application/yaml";

    private readonly PumpedLedger ledger = shared.Ledger;

    [Fact]
    public async Task A_manifest_is_planned_applied_and_applied_again_and_gone_back_from()
    {
        await ledger.GrowAsync("lend", "renew");
        var first = Manifest(("lend", "{ production: 1, canary: 1 }"), ("renew", "{ production: 1 }"));
        var second = Manifest(("lend", "{ production: 2 }"), ("renew", "{ production: 1 }"));

        var plan = await PostAsync("one/plan", first);
        plan.GetProperty("changed").GetBoolean().ShouldBeTrue();
        Lines(plan).ShouldBe(["lend canary 2>1 move", "lend production >1 move", "renew production >1 move"]);
        (await ledger.ReadAsync("/api/releases/one")).GetProperty("releases").GetArrayLength().ShouldBe(0, "a plan changes nothing");

        var applied = await PostAsync("one/apply?commit=9f2c1e7&deployment=azd-1", first);
        applied.GetProperty("events").EnumerateArray().Select(e => e.GetString()).ShouldBe(["release_applied", "alias_moved", "alias_moved", "alias_moved"]);
        (await AliasesAsync("lend")).ShouldBe(["canary 1 one", "latest 2 ", "production 1 one"]);

        var events = await ledger.EventsAsync();
        var again = await PostAsync("one/apply?commit=0000000&deployment=azd-2", first);
        again.GetProperty("changed").GetBoolean().ShouldBeFalse();
        (await ledger.EventsAsync()).ShouldBe(events, "twice is once");

        var next = await PostAsync("one/apply?deployment=azd-3", second);
        Lines(next).ShouldBe(["lend production 1>2 move", "renew production 1>1 stands", "lend canary 1> unpin"]);
        next.GetProperty("before").Text("deployment").ShouldBe("azd-1");
        (await AliasesAsync("lend")).ShouldBe(["canary 1 ", "latest 2 ", "production 2 one"]);

        var back = (await ledger.PostAsync("/api/releases/one/rollback", new JsonObject { ["to"] = applied.Text("release")[7..19], ["reason"] = "2 is slow", ["deployment"] = "azd-4" })).Json;
        back.GetProperty("events")[0].GetString().ShouldBe("release_rolled_back");
        (await AliasesAsync("lend")).ShouldBe(["canary 1 one", "latest 2 ", "production 1 one"]);

        var history = await ledger.ReadAsync("/api/releases/one");
        history.Text("release").ShouldBe(applied.Text("release"));
        history.GetProperty("releases").EnumerateArray().Select(r => $"{r.Text("what")} {r.Text("deployment")} {r.Text("by")} {r.Text("reason")}")
            .ShouldBe(["rolledBack azd-4 admin:local 2 is slow", "applied azd-3 admin:local ", "applied azd-1 admin:local "]);
        history.GetProperty("releases")[2].Text("commit").ShouldBe("9f2c1e7");
        var move = (await ledger.ReadAsync("/api/skills/lend/aliases/production/history")).GetProperty("moves").EnumerateArray().Last();
        move.Text("reason").ShouldBe($"release {applied.Text("release")[7..19]} of one");
        move.Text("pinnedBy").ShouldBe("one");
    }

    [Fact]
    public async Task A_pinned_alias_stays_where_newer_versions_come_and_leaves_a_revoked_one()
    {
        await ledger.GrowAsync("stay");
        (await PostAsync("two/apply", Manifest(("stay", "{ canary: 1, latest: 1, production: 2 }")))).GetProperty("changed").GetBoolean().ShouldBeTrue();

        await ledger.ImportAsync(Written.Skill("stay", "Third."));
        await RunAsync("approve", "stay@3", "--reason", "read it");
        (await AliasesAsync("stay")).ShouldBe(["canary 1 two", "latest 1 two", "production 2 two"]);

        await RunAsync("revoke", "stay@2", "--reason", "it leaks");
        // What was made from it is in quarantine with it.
        (await AliasesAsync("stay")).ShouldBe(["canary 1 two", "latest 1 two", "production 1 "]);
        var drift = (await ledger.ReadAsync("/api/releases/two")).GetProperty("drift").EnumerateArray().ShouldHaveSingleItem();
        drift.Text("why").ShouldBe("version 2 of stay is revoked, and cannot be production");
        drift.GetProperty("last").Text("reason").ShouldBe("version 2 was revoked");
        (await SendAsync("two/apply", Manifest(("stay", "{ canary: 1, latest: 1, production: 2 }")))).ShouldBeProblem(409, "version-revoked");
    }

    [Fact]
    public async Task Nothing_of_a_manifest_is_applied_where_one_version_cannot_be_named()
    {
        await ledger.GrowAsync("sound");
        await ledger.ImportAsync(Written.Skill("raw"));
        await ledger.GrowAsync("tainted");
        await RunAsync("revoke", "tainted@2", "--reason", "it leaks");
        var events = await ledger.EventsAsync();

        foreach (var (bad, status, code) in new[] { (("raw", "{ production: 1 }"), 409, "tier-too-low"), (("tainted", "{ production: 2 }"), 409, "version-revoked"), (("sound", "{ production: 9 }"), 404, "version-unknown"), (("nothing", "{ production: 1 }"), 404, "skill-unknown") })
        {
            var manifest = bad.Item1 == "sound" ? Manifest(bad) : Manifest(("sound", "{ production: 2 }"), bad);
            (await SendAsync("three/apply", manifest)).ShouldBeProblem(status, code);
            (await PostAsync("three/plan", manifest)).GetProperty("refused").Text("code").ShouldBe(code);
        }

        (await ledger.EventsAsync()).ShouldBe(events);
        (await AliasesAsync("sound")).ShouldNotContain(a => a.StartsWith("production", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Going_back_is_refused_where_a_version_was_revoked_meanwhile_and_names_it()
    {
        await ledger.GrowAsync("back");
        var first = (await PostAsync("four/apply", Manifest(("back", "{ production: 1 }")))).Text("release");
        await PostAsync("four/apply", Manifest(("back", "{ production: 2 }")));
        await RunAsync("revoke", "back@1", "--reason", "it leaks");

        var refused = await ledger.PostAsync("/api/releases/four/rollback", new JsonObject { ["to"] = first });
        refused.ShouldBeProblem(409, "version-revoked");
        refused.Problem.Text("detail").ShouldContain("version 1 of back is revoked");
        (await ledger.PostAsync("/api/releases/four/rollback", new JsonObject { ["to"] = "0123456789" })).ShouldBeProblem(404, "release-unknown");
        (await ledger.PostAsync("/api/releases/empty/rollback", new JsonObject { ["to"] = first })).ShouldBeProblem(404, "nothing-released");
        (await SendAsync("four/plan?to=0123456789", "")).ShouldBeProblem(404, "release-unknown");
    }

    [Fact]
    public async Task As_of_a_leaf_everything_is_served_as_it_was_then()
    {
        await using var own = await PumpedLedger.StartAsync(postgres);
        await own.GrowAsync("then", "sleeps");
        await own.PostAsync("/api/skills/then/aliases/production", new JsonObject { ["version"] = 1, ["reason"] = "it is fine" });
        var leaf = (await own.ReadAsync("/api/skills")).GetProperty("leaf").GetInt64() - 1;
        await own.PostAsync("/api/skills/then/aliases/production", new JsonObject { ["version"] = 2, ["reason"] = "better" });
        await own.ImportAsync(Written.Skill("then", "Third."));
        await own.PostAsync("/api/skills/sleeps/retire", new JsonObject { ["reason"] = "not needed" });
        (await AliasesAsync("then", own)).ShouldContain("latest 3 ");

        var manifest = $"release: 1\nas-of: {leaf.ToString(CultureInfo.InvariantCulture)}\n";
        var applied = await PostAsync("five/apply", manifest, own);
        (await AliasesAsync("then", own)).ShouldBe(["canary 2 five", "latest 2 five", "production 1 five"]);
        applied.GetProperty("leftOut").EnumerateArray().ShouldHaveSingleItem().Text("why").ShouldBe("retired since");
        (await PostAsync("five/apply", manifest, own)).GetProperty("changed").GetBoolean().ShouldBeFalse();
        (await own.ReadAsync("/api/releases/five")).GetProperty("releases")[0].GetProperty("asOf").GetInt64().ShouldBe(leaf);
        (await SendAsync("five/apply", "release: 1\nas-of: 99999\n", own)).Problem.Text("detail").ShouldContain("the last is");
    }

    [Fact]
    public async Task Of_two_admins_at_once_one_wins_and_the_other_is_told()
    {
        await ledger.GrowAsync("raced");
        var (one, two) = (Manifest(("raced", "{ production: 1 }")), Manifest(("raced", "{ production: 2 }")));

        var answers = await ledger.AtOnceAsync("skill-raced", () => SendAsync("six/apply", one), () => SendAsync("six/apply", two));

        answers.Select(a => a.Status).Order().ShouldBe([200, 409]);
        var loser = answers.Single(a => a.Status == 409);
        loser.Code.ShouldBe("release-moved");
        loser.Problem.Text("detail").ShouldContain("admin:local was quicker: release ");
        var stands = await ledger.ReadAsync("/api/releases/six");
        stands.GetProperty("releases").GetArrayLength().ShouldBe(1);
        stands.Text("release").ShouldBe(answers.Single(a => a.Status == 200).Json.Text("release"));
        stands.GetProperty("drift").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Of_two_admins_with_the_same_manifest_the_other_finds_nothing_to_do()
    {
        await ledger.GrowAsync("agreed");
        var manifest = Manifest(("agreed", "{ production: 1 }"));

        var answers = await ledger.AtOnceAsync("skill-agreed", () => SendAsync("seven/apply", manifest), () => SendAsync("seven/apply", manifest));

        answers.Select(a => a.Status).ShouldBe([200, 200]);
        answers.Select(a => a.Json.GetProperty("changed").GetBoolean()).Order().ShouldBe([false, true]);
        (await ledger.ReadAsync("/api/releases/seven")).GetProperty("releases").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task What_curation_writes_meanwhile_is_decided_on_again()
    {
        await ledger.GrowAsync("busy");

        var answers = await ledger.AtOnceAsync("skill-busy",
            () => SendAsync("eight/apply", Manifest(("busy", "{ production: 1 }"))),
            () => ledger.PostAsync("/api/skills/busy/aliases/pilot", new JsonObject { ["version"] = 2, ["reason"] = "try" }));

        answers.Select(a => a.Status).ShouldBe([200, 200]);
        (await AliasesAsync("busy")).ShouldBe(["canary 2 ", "latest 2 ", "pilot 2 ", "production 1 eight"]);
    }

    [Fact]
    public async Task A_retry_with_its_key_is_answered_as_before_whatever_came_since()
    {
        await ledger.GrowAsync("once");
        (string, string)[] key = [("Idempotency-Key", "k-once")];
        var first = await ledger.PostAsync("/api/releases/nine/apply", Manifest(("once", "{ production: 1 }")), Yaml, key);
        await PostAsync("nine/apply", Manifest(("once", "{ production: 2 }")));

        (await ledger.PostAsync("/api/releases/nine/apply", Manifest(("once", "{ production: 1 }")), Yaml, key)).Json.Text("release").ShouldBe(first.Json.Text("release"));
        (await AliasesAsync("once")).ShouldContain("production 2 nine");
        (await ledger.PostAsync("/api/releases/nine/apply", Manifest(), Yaml, key)).ShouldBeProblem(409, "idempotency-key");
        (await ledger.PostAsync("/api/releases/nine/apply", Manifest(), Yaml, ("If-Match", "\"1\""))).ShouldBeProblem(412, "release-moved");
        (await ledger.PostAsync("/api/releases/nine/apply", Manifest(), Yaml, ("If-Match", "\"2\""))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task What_cannot_be_read_is_refused_with_its_line()
    {
        await ledger.GrowAsync("named");
        var unusable = await SendAsync("ten/apply", "release: 1\naliases:\n  named: { production: two }\n");
        unusable.ShouldBeProblem(400, "release-unusable");
        unusable.Problem.Text("detail").ShouldBe("line 3: a version is a whole number from 1, not 'two'");
        (await SendAsync("-odd/apply", Manifest())).ShouldBeProblem(400, "stage");
        var id = (await ledger.ReadAsync("/api/skills/named")).GetProperty("skill").Text("id");
        if (id != "named") (await SendAsync("ten/apply", Manifest(("named", "{ production: 1 }"), (id, "{ production: 1 }")))).Problem.Text("detail").ShouldContain("are the same skill");
    }

    [Fact]
    public async Task A_deployment_that_knows_its_stage_takes_releases_of_no_other()
    {
        await using var own = await HandDrivenLedger.StartAsync(postgres, settings: new Dictionary<string, string?> { ["Pipeline:Stage"] = "production" });

        var refused = await own.PostAsync("/api/releases/test/apply", Manifest(), Yaml);
        refused.ShouldBeProblem(409, "stage-differs");
        (await own.PostAsync("/api/releases/production/apply", Manifest(), Yaml)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task The_console_says_what_holds_an_alias_and_what_was_released()
    {
        await ledger.GrowAsync("seen");
        var id = (await PostAsync("eleven/apply?commit=9f2c1e7&deployment=azd-11", Manifest(("seen", "{ production: 1 }")))).Text("release");
        await ledger.PostAsync("/api/releases/eleven/rollback", new JsonObject { ["to"] = id });
        await PostAsync("eleven/apply", Manifest());

        (await ledger.GetAsync("/console/skills/seen")).Text.ShouldNotContain("held there by the release of");
        await ledger.PostAsync("/api/releases/eleven/rollback", new JsonObject { ["to"] = id, ["reason"] = "<b>too early</b>" });
        (await ledger.GetAsync("/console/skills/seen")).Text.ShouldContain("held there by the release of");
        var timeline = (await ledger.GetAsync("/console/timeline?operation=release&text=eleven")).Text;
        timeline.ShouldContain($"release {id[7..19]} applied: 1 alias pinned, commit 9f2c1e7, deployment azd-11");
        timeline.ShouldContain($"back to release {id[7..19]} from ");
        timeline.ShouldContain("&lt;b&gt;too early&lt;/b&gt;");
    }

    [Fact]
    public async Task The_command_line_says_what_a_release_came_to()
    {
        await ledger.GrowAsync("told");
        using var folder = new ScratchFolder();
        var file = folder.Write("next.yaml", Manifest(("told", "{ production: 1, canary: 2 }")));

        var plan = await RunAsync("release", "plan", "--stage", "cli", "--file", file);
        plan.ExitCode.ShouldBe(ExitCodes.Done);
        plan.Lines[0].ShouldStartWith("skill  alias");
        plan.Lines[2].ShouldMatch("^told +production +1 +move");
        plan.Error.ShouldContain("would stand on cli: 1 to move, 1 to be held where it is.");
        var applied = await RunAsync("release", "apply", "--stage", "cli", "--file", file, "--commit", "9f2c1e7", "--json");
        applied.ExitCode.ShouldBe(ExitCodes.Done, applied.Error);
        var id = applied.Json.Text("release");
        (await RunAsync("release", "apply", "--stage", "cli", "--file", file)).Error.ShouldContain("Nothing changed: release ");
        (await RunAsync("release", "plan", "--stage", "cli", "--file", file)).Error.ShouldContain("Nothing would change");

        await RunAsync("alias", "move", "told", "production", "2", "--reason", "could not wait");
        (await RunAsync("alias", "list", "told")).Lines.ShouldContain(l => l.StartsWith("canary", StringComparison.Ordinal) && l.Contains(" cli ", StringComparison.Ordinal));
        var moves = (await RunAsync("alias", "history", "told", "production")).Lines;
        moves[0].ShouldMatch("share +held by +at");
        moves[^2].ShouldMatch("% +cli +[0-9]");
        moves[^1].ShouldNotMatch(" cli ");
        var drifted = await RunAsync("release", "history", "--stage", "cli");
        drifted.Lines[1].ShouldMatch($"^{id[7..19]} +applied");
        drifted.Error.ShouldMatch("drift +told production stands at 2, and not held at 1, since admin:local moved it at .*: could not wait");
        (await RunAsync("release", "apply", "--stage", "cli", "--file", file)).Error.ShouldContain("1 moved, 1 as it was");

        await RunAsync("release", "apply", "--stage", "cli", "--file", folder.Write("other.yaml", Manifest(("told", "{ production: 2 }"))));
        (await RunAsync("release", "plan", "--stage", "cli", "--to", id[7..15])).Error.ShouldContain("1 to move, 1 to be held where it is.");
        (await RunAsync("release", "rollback", id[7..15], "--stage", "cli", "--reason", "worse")).Error.ShouldContain("stands on cli");
        (await RunAsync("skill", "history", "told")).Out.ShouldContain("held by the release of cli");
        (await RunAsync("release", "history", "--stage", "nowhere")).Error.ShouldContain("Nothing was ever released on nowhere.");
        (await RunAsync("release", "rollback", "0123456789", "--stage", "cli")).ExitCode.ShouldBe(ExitCodes.NotFound);
        (await RunAsync("release", "apply", "--stage", "cli")).Error.ShouldContain("releases/cli.yaml. --file names another.");
    }

    private static string Manifest(params (string Skill, string Aliases)[] skills) =>
        skills.Length == 0 ? "release: 1\naliases: {}\n" : $"release: 1\naliases:\n{string.Concat(skills.Select(s => $"  {s.Skill}: {s.Aliases}\n"))}";

    private Task<Answer> SendAsync(string path, string manifest, PumpedLedger? other = null) => (other ?? ledger).PostAsync($"/api/releases/{path}", manifest, Yaml);

    private async Task<JsonElement> PostAsync(string path, string manifest, PumpedLedger? other = null)
    {
        var answer = await SendAsync(path, manifest, other);
        answer.Status.ShouldBe(200, answer.Text);
        return answer.Json;
    }

    private static IEnumerable<string> Lines(JsonElement release) => release.GetProperty("aliases").EnumerateArray()
        .Select(a => $"{a.Text("name")} {a.Text("alias")} {Number(a, "at")}>{Number(a, "version")} {a.Text("change")}");

    private static string Number(JsonElement element, string property) => element.TryGetProperty(property, out var number) ? number.GetInt32().ToString(CultureInfo.InvariantCulture) : "";

    private async Task<IEnumerable<string>> AliasesAsync(string skill, PumpedLedger? other = null) =>
        (await (other ?? ledger).ReadAsync($"/api/skills/{skill}/aliases")).GetProperty("aliases").EnumerateArray()
            .Select(a => $"{a.Text("alias")} {a.GetProperty("version").GetInt32()} {(a.TryGetProperty("pinnedBy", out var stage) ? stage.GetString() : "")}");

    private Task<CommandLineRun> RunAsync(params string[] args) => CommandLineRun.OfAsync([.. args, "--url", ledger.Http.BaseAddress!.ToString()]);
}
