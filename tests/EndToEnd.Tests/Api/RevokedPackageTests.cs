using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Api;

/// <summary>A package that was revoked anywhere is revoked everywhere, and comes back under no id.</summary>
public sealed class RevokedPackageTests(PostgresFixture postgres) : IAsyncLifetime
{
    private HandDrivenLedger ledger = null!;

    public async ValueTask InitializeAsync() => ledger = await HandDrivenLedger.StartAsync(postgres);

    public async ValueTask DisposeAsync() => await ledger.DisposeAsync();

    [Fact]
    public async Task Revoked_bytes_do_not_come_back_by_an_import_under_another_id_nor_under_their_own()
    {
        await ledger.ImportAsync(Same("first"));
        await RevokeAsync("first", "it sends data away");

        foreach (var id in new[] { "second", "first" })
        {
            var refused = (await ledger.ImportAsync(Same(id))).Single();
            (refused.Text("status"), refused.Text("code")).ShouldBe(("refused", "digest-revoked"));
            refused.Text("message").ShouldMatch(@"^exactly this package was revoked as first@1 on \d{4}-\d\d-\d\d \d\d:\d\d UTC: it sends data away; ");
        }
        (await ledger.GetAsync("/api/skills/second")).Status.ShouldBe(404);
        (await ledger.ImportAsync(Written.Of("second", "second", ("SKILL.md", Text + "\nChanged.")))).Single().Text("status").ShouldBe("created");
    }

    [Fact]
    public async Task Nor_does_anybody_else_make_a_version_of_them()
    {
        await ledger.ImportAsync(Same("first"));
        await RevokeAsync("first", "");

        (await CreateAsync("curated")).ShouldBeOfType<WriteOutcome.Refused>().ShouldBe(new WriteOutcome.Refused("digest-revoked", "exactly this package was revoked as version 1 of first"));
    }

    [Fact]
    public async Task A_revocation_takes_the_same_package_from_every_skill_that_has_it()
    {
        await ledger.ImportAsync(Same("first"));
        await ledger.ImportAsync(Same("second"));
        await ledger.SettleAsync();

        var revoked = await RevokeAsync("first", "it sends data away");

        revoked.Json.GetProperty("revoked").EnumerateArray().Select(r => r.GetString()).ShouldBe(["second"]);
        revoked.Json.TryGetProperty("quarantined", out _).ShouldBeFalse();
        await ledger.SettleAsync();
        var twin = (await ledger.ReadAsync("/api/skills/second/history")).GetProperty("events").EnumerateArray().Single(e => e.Text("type") == "version_revoked");
        twin.GetProperty("data").Text("reason").ShouldBe("the same package as first@1, which was revoked: it sends data away");
        (await ledger.GetAsync("/api/skills/second/versions/1/package.zip")).ShouldBeProblem(410, "version-revoked");
        (await ledger.PostAsync("/api/skills/first/revoke", new JsonObject { ["version"] = 1, ["reason"] = "again" })).Json.GetProperty("events").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Whichever_comes_first_a_revocation_and_an_import_of_the_same_package_see_each_other()
    {
        for (var round = 0; round < 12; round++)
        {
            var text = $"{Text}\nRound {round}.";
            await ledger.ImportAsync(Written.Of($"old-{round}", $"old-{round}", ("SKILL.md", text)));
            var importing = ledger.ImportAsync(Written.Of($"new-{round}", $"new-{round}", ("SKILL.md", text)));
            if (round % 2 == 1) await Task.Delay(round, TestContext.Current.CancellationToken);
            (await RevokeAsync($"old-{round}", "harm")).Status.ShouldBe(200);

            var imported = (await importing).Single();
            if (imported.Text("status") == "refused") imported.Text("code").ShouldBe("digest-revoked");
            else (await ledger.ColumnAsync($"select type from ledger.mt_events where stream_id = 'skill-new-{round}'")).ShouldContain("version_revoked");
        }
    }

    private const string Text = "---\nname: any\ndescription: Water the plants of the office every other day. Use it in summer.\n---\n\n# Water plants\n\n1. Fill the can.\n";

    private static JsonObject Same(string id) => Written.Of(id, id, ("SKILL.md", Text));

    private Task<Answer> RevokeAsync(string skill, string reason) => ledger.PostAsync($"/api/skills/{skill}/revoke", new JsonObject { ["version"] = 1, ["reason"] = reason });

    private Task<WriteOutcome> CreateAsync(string id)
    {
        var package = Package.OfText((Package.SkillFile, Text));
        var content = new VersionContent { Description = "Water.", Package = package.Manifest, Composer = new("miner", "1"), Rationale = "" };
        var context = new EventContext { Actor = new(ActorKind.Policy, "default"), CausationId = "", CorrelationId = "", DecidedBy = "default@4", RecordedAt = default };
        return ledger.Service<LedgerWriter>().WriteAsync(context, async read =>
        {
            var skill = await read.FoldAsync(Domain.Ledger.Streams.Of(Domain.Ledger.Streams.Skill, id), Skill.None, Skill.Evolve);
            var decision = SkillDecider.Decide(new SkillCommand.Create(id, id, SkillOrigin.Learned, "", "", SkillKind.Functional, content), skill.State);
            return new(decision, [skill.Append(Domain.Ledger.Streams.Skill, ((Decision.Accepted)decision).Events)]) { Contents = [.. package.Files.Select(f => new ContentBlob(f.Content))], Claims = [new(id, id)] };
        }, TestContext.Current.CancellationToken);
    }
}
