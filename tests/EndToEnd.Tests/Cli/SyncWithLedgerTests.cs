using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Cli;

/// <summary>The commands that keep a directory, against the ledger itself.</summary>
public sealed class SyncWithLedgerTests(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly ScratchFolder folder = new();
    private HandDrivenLedger ledger = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => ledger = await HandDrivenLedger.StartAsync(postgres);

    public async ValueTask DisposeAsync()
    {
        folder.Dispose();
        await ledger.DisposeAsync();
    }

    [Fact]
    public async Task A_directory_follows_the_ledger_through_a_revocation_a_quarantine_and_a_mistyped_alias()
    {
        await ledger.ImportAsync(Written.Skill("bake-bread"), Written.Skill("brew-tea"), Written.Skill("cut-hair"));
        var foreign = Written.Of("given-id", "dry-hay", ("SKILL.md", Written.Markdown("Dry the hay!", "Turn it.")));
        (await ledger.PostAsync("/api/skills/import", new JsonObject { ["trust"] = true, ["skills"] = new JsonArray(foreign) })).Status.ShouldBe(200);
        await ledger.SettleAsync();

        var synced = await RunAsync("sync", "skills", "--json");
        synced.ExitCode.ShouldBe(0, synced.Error);
        Names(synced, "added").ShouldBe(["bake-bread", "brew-tea", "cut-hair", "dry-hay"], ignoreOrder: true);
        synced.Json.GetProperty("callsItself").Text("dry-hay").ShouldBe("Dry the hay!");
        folder.Write("elsewhere/skills.lock.json", File.ReadAllBytes(folder["skills/skills.lock.json"]));
        (await MarksAsync()).ShouldBe(["ok bake-bread", "ok brew-tea", "ok cut-hair", "ok dry-hay"]);

        (await ledger.PostAsync("/api/skills/brew-tea/revoke", new JsonObject { ["version"] = 1, ["reason"] = "it scalds" })).Status.ShouldBe(200);
        await FallToQuarantineAsync("cut-hair");
        await ledger.SettleAsync();

        (await MarksAsync()).ShouldBe(["ok bake-bread", "revoked brew-tea", "quarantined cut-hair", "ok dry-hay"]);
        var frozen = await RunAsync("sync", "elsewhere", "--frozen");
        frozen.ExitCode.ShouldBe(1);
        frozen.Error.ShouldContain("brew-tea is revoked");
        frozen.Error.ShouldContain("cut-hair is in quarantine");
        Directory.EnumerateDirectories(folder["elsewhere"]).ShouldBeEmpty();

        var mistyped = await RunAsync("sync", "skills", "--alias", "productoin");
        mistyped.ExitCode.ShouldNotBe(0);
        mistyped.Error.ShouldContain("no skill has an alias 'productoin'");
        (await RunAsync("sync", "skills", "--environment", "no-such-place")).ExitCode.ShouldNotBe(0);
        Directory.Exists(folder["skills/bake-bread"]).ShouldBeTrue();

        Names(await RunAsync("sync", "skills", "--json"), "removed").ShouldBe(["brew-tea", "cut-hair"]);
        (await MarksAsync()).ShouldBe(["ok bake-bread", "ok dry-hay"]);
        File.Copy(folder["skills/skills.lock.json"], folder["elsewhere/skills.lock.json"], overwrite: true);
        (await RunAsync("sync", "elsewhere", "--frozen")).ExitCode.ShouldBe(0);
        File.ReadAllText(folder["elsewhere/dry-hay/SKILL.md"]).ShouldBe(Written.Markdown("Dry the hay!", "Turn it."));
    }

    // As a verdict under a newer ruleset has it.
    private async Task FallToQuarantineAsync(string skill)
    {
        var stream = Streams.Of(Streams.Skill, skill);
        var events = await ledger.Store.ReadStreamAsync(EventContext.DefaultTenant, stream, ct: Stop);
        var state = Skill.Fold(events.Select(e => e.Event));
        var decided = SkillDecider.Decide(new SkillCommand.DecideTier(1, Tier.Q, "strict@1", ["security: judged anew"], []), state).ShouldBeOfType<Decision.Accepted>();
        var outcome = await ledger.Store.AppendAsync(new()
        {
            Context = new() { Actor = new(ActorKind.Admin, "test"), CausationId = "test", CorrelationId = "test", DecidedBy = "test", RecordedAt = DateTimeOffset.UnixEpoch },
            Streams = [new(stream, Streams.Skill, events[^1].Version, decided.Events)],
        }, Stop);
        outcome.ShouldBeOfType<AppendOutcome.Appended>();
    }

    private Task<CommandLineRun> RunAsync(string command, string directory, params string[] options) =>
        CommandLineRun.OfAsync(["skill", command, folder[directory], .. options, "--url", ledger.Http.BaseAddress!.ToString()]);

    private async Task<List<string>> MarksAsync() =>
        [.. (await RunAsync("verify", "skills", "--json")).Json.GetProperty("skills").EnumerateArray().Select(s => $"{s.Text("mark")} {s.Text("name")}")];

    private static List<string> Names(CommandLineRun run, string what) => [.. run.Json.GetProperty(what).EnumerateArray().Select(n => n.GetString()!)];
}
