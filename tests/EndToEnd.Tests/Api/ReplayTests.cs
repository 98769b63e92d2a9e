using System.Globalization;
using System.Text.Json;
using Pipeline.EndToEnd.Tests.Running;

namespace Pipeline.EndToEnd.Tests.Api;

public sealed class ReplayTests(SharedLedger shared) : IClassFixture<SharedLedger>
{
    private readonly PumpedLedger ledger = shared.Ledger;

    [Fact]
    public async Task Every_version_of_every_skill_is_rebuilt_to_its_recorded_digest()
    {
        await ledger.LearnAsync(Run.Many(9).Select(r => r with { Environment = "replayed", Id = $"replayed-{r.Number}", ChecksHolds = r.Number > 3 }));
        await ledger.ImportAsync(Written.Skill("replayed-import"));

        foreach (var (name, count) in new[] { ("replayed-renew-loan", 2), ("replayed-import", 1) })
        {
            var versions = (await ledger.ReadAsync($"/api/skills/{name}/versions")).GetProperty("versions").EnumerateArray().ToList();
            versions.Count.ShouldBeGreaterThanOrEqualTo(count);
            foreach (var version in versions)
            {
                var number = version.GetProperty("version").GetInt32();
                var replay = await ledger.ReadAsync($"/api/skills/{name}/replay?version={number}");
                replay.GetProperty("matches").GetBoolean().ShouldBeTrue();
                replay.Text("replayedDigest").ShouldBe(version.Text("digest"));
                var text = Convert.FromBase64String(replay.GetProperty("files")[0].Text("content"));
                System.Text.Encoding.UTF8.GetString(text).ShouldBe((await ledger.ReadAsync($"/api/skills/{name}/versions/{number}")).Text("text"));
            }
        }
    }

    [Fact]
    public async Task A_replay_as_of_a_leaf_or_of_the_last_checkpoint_at_a_time_shows_what_stood_then()
    {
        await ledger.ImportAsync(Written.Skill("timed", "First."));
        var first = (await ledger.ReadAsync("/api/skills/timed/versions")).GetProperty("versions")[0];
        var signedFirst = await SignedAsync(first);
        await Task.Delay(20, TestContext.Current.CancellationToken);
        await ledger.ImportAsync(Written.Skill("timed", "Second."));
        var second = (await ledger.ReadAsync("/api/skills/timed/versions")).GetProperty("versions")[0];

        var leaf = first.GetProperty("leaf").GetInt64();
        (await VersionAsOfAsync(leaf.ToString(CultureInfo.InvariantCulture))).ShouldBe(1);
        (await VersionAsOfAsync(second.GetProperty("leaf").GetInt64().ToString(CultureInfo.InvariantCulture))).ShouldBe(2);
        var signedSecond = await SignedAsync(second);
        (await VersionAsOfAsync(signedFirst.Text("signedAt"))).ShouldBe(1);
        (await VersionAsOfAsync(signedSecond.Text("signedAt"))).ShouldBe(2);
        // What was recorded and not signed yet did not stand for anybody outside.
        (await VersionAsOfAsync(second.Text("createdAt"))).ShouldBe(1);
        (await ledger.GetAsync($"/api/skills/timed/replay?asOf={Uri.EscapeDataString(first.Text("createdAt"))}")).ShouldBeProblem(404, "skill-unknown");
        var told = await ledger.ReadAsync($"/api/skills/timed/replay?asOf={Uri.EscapeDataString(signedFirst.Text("signedAt"))}");
        told.GetProperty("leaf").GetInt64().ShouldBe(signedFirst.GetProperty("size").GetInt64());
        told.Text("checkpointSignedAt").ShouldBe(signedFirst.Text("signedAt"));

        (await ledger.GetAsync($"/api/skills/timed/replay?asOf={leaf - 1}")).ShouldBeProblem(404, "skill-unknown");
        (await ledger.GetAsync("/api/skills/timed/replay?asOf=2001-01-01T00:00:00Z")).ShouldBeProblem(404, "skill-unknown");
        (await ledger.GetAsync($"/api/skills/timed/replay?version=2&asOf={leaf}")).ShouldBeProblem(404, "version-unknown");
        (await ledger.GetAsync("/api/skills/timed/replay?version=3")).ShouldBeProblem(404, "version-unknown");
        (await ledger.GetAsync("/api/skills/timed/replay?asOf=yesterday")).ShouldBeProblem(400, "as-of");
    }

    [Fact]
    public async Task Content_that_was_altered_is_found_out_and_not_served()
    {
        await ledger.ImportAsync(Written.Skill("altered", "As it was written."), Written.Skill("sound", "Tune the theorbo."));
        var sha256 = (await ledger.ReadAsync("/api/skills/altered")).GetProperty("files")[0].Text("sha256").Split(':')[^1];
        (await ledger.ExecuteAsync($"update ledger.contents set body = convert_to('something else', 'UTF8'), size = 14, compression = 0 where sha256 = decode('{sha256}', 'hex')")).ShouldBe(1);

        var replay = await ledger.ReadAsync("/api/skills/altered/replay");
        replay.GetProperty("matches").GetBoolean().ShouldBeFalse();
        replay.Text("problem").ShouldContain("corrupted");
        (await ledger.GetAsync("/api/skills/altered")).ShouldBeProblem(500, "content-corrupted");
        (await ledger.GetAsync("/api/skills/altered/versions/1/package")).ShouldBeProblem(500, "content-corrupted");
        (await ledger.ReadAsync("/api/search?q=theorbo")).GetProperty("results").EnumerateArray().Single().Text("id").ShouldBe("sound");
        (await ledger.ReadAsync("/api/search?q=else")).GetProperty("results").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Content_that_is_missing_is_found_out_and_no_smaller_package_is_served()
    {
        await ledger.ImportAsync(Written.Of(null, null, ("SKILL.md", Written.Markdown("missing", "See.")), ("references/lost.md", "this will be lost")));
        var lost = (await ledger.ReadAsync("/api/skills/missing")).GetProperty("files").EnumerateArray().Single(f => f.Text("path") != "SKILL.md").Text("sha256").Split(':')[^1];
        (await ledger.ExecuteAsync($"delete from ledger.contents where sha256 = decode('{lost}', 'hex')")).ShouldBe(1);

        var replay = await ledger.ReadAsync("/api/skills/missing/replay");
        replay.GetProperty("matches").GetBoolean().ShouldBeFalse();
        replay.Text("problem").ShouldContain("missing");
        (await ledger.GetAsync("/api/skills/missing/versions/1/package")).ShouldBeProblem(500, "content-corrupted");
    }

    [Fact]
    public async Task An_event_that_was_altered_shows_in_the_replay()
    {
        await ledger.ImportAsync(Written.Skill("rewritten", "True."), Written.Skill("template", "False."));
        await ledger.ExecuteAsync("""
            update ledger.mt_events set data = jsonb_set(data, '{content,package,files}', (select data #> '{content,package,files}' from ledger.mt_events where stream_id = 'skill-template' and type = 'skill_created'))
            where stream_id = 'skill-rewritten' and type = 'skill_created'
            """);

        (await ledger.ReadAsync("/api/skills/rewritten/replay")).GetProperty("matches").GetBoolean().ShouldBeFalse();
    }

    // Asking for a proof has what it is about signed.
    private async Task<JsonElement> SignedAsync(JsonElement version)
    {
        (await ledger.GetAsync($"/api/audit/proof?leaf={version.GetProperty("leaf").GetInt64()}")).Status.ShouldBe(200);
        return (await ledger.ReadAsync("/api/audit/checkpoint")).GetProperty("checkpoint");
    }

    private async Task<int> VersionAsOfAsync(string asOf) =>
        (await ledger.ReadAsync($"/api/skills/timed/replay?asOf={Uri.EscapeDataString(asOf)}")).GetProperty("version").GetInt32();
}
