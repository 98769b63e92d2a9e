using System.IO.Compression;
using System.Security.Cryptography;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Api;

public sealed class SkillReadingTests(SharedLedger shared, PostgresFixture postgres) : IClassFixture<SharedLedger>
{
    private readonly PumpedLedger ledger = shared.Ledger;

    [Fact]
    public async Task Pages_follow_their_cursors_and_have_every_skill_once()
    {
        await ledger.ImportAsync(Enumerable.Range(1, 7).Select(n => Written.Skill($"paged-{n}")));
        var all = (await ledger.ReadAsync("/api/skills?limit=500")).GetProperty("skills").EnumerateArray().Select(s => s.Text("id")).ToList();

        var paged = new List<string>();
        string? cursor = null;
        do
        {
            var page = await ledger.ReadAsync($"/api/skills?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            page.GetProperty("skills").GetArrayLength().ShouldBeLessThanOrEqualTo(2);
            paged.AddRange(page.GetProperty("skills").EnumerateArray().Select(s => s.Text("id")));
            cursor = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);

        paged.ShouldBe(all);
        paged.Count.ShouldBeGreaterThanOrEqualTo(7);
    }

    [Fact]
    public async Task Lists_are_narrowed_by_status()
    {
        await ledger.ImportAsync(Written.Skill("leaving"), Written.Skill("staying"));
        (await ledger.PostAsync("/api/skills/leaving/retire", """{"reason":"old"}""", "application/json")).Status.ShouldBe(200);

        (await IdsAsync("active")).ShouldContain("staying");
        (await IdsAsync("active")).ShouldNotContain("leaving");
        (await IdsAsync("retired")).ShouldContain("leaving");
        (await IdsAsync("all")).ShouldContain("leaving");
        foreach (var query in new[] { "status=gone", "status=7", "status=unborn" }) (await ledger.GetAsync($"/api/skills?{query}")).ShouldBeProblem(400, "status");
        (await ledger.GetAsync("/api/skills?cursor=x")).ShouldBeProblem(400, "cursor");
        (await ledger.GetAsync("/api/skills?limit=x")).ShouldBeProblem(400, "bad-request");
    }

    [Fact]
    public async Task A_skill_is_found_by_its_id_and_by_its_name()
    {
        await ledger.ImportAsync(Written.Skill("named", id: "id-of-it"));

        foreach (var key in new[] { "named", "id-of-it" })
        {
            var found = await ledger.ReadAsync($"/api/skills/{key}");
            found.GetProperty("skill").Text("id").ShouldBe("id-of-it");
            found.GetProperty("skill").GetProperty("streamVersion").GetInt64()
                .ShouldBe(await ledger.ScalarAsync<long>("select version from ledger.mt_streams where id = 'skill-id-of-it'"));
            found.Text("text").ShouldBe(Written.Markdown("named", "Do this, then that."));
            found.GetProperty("files")[0].Text("path").ShouldBe("SKILL.md");
        }
        foreach (var path in new[] { "", "/versions", "/versions/1", "/versions/1/package", "/history", "/decisions", "/replay" })
            (await ledger.GetAsync($"/api/skills/nobody{path}")).ShouldBeProblem(404, "skill-unknown");
    }

    [Fact]
    public async Task Versions_stand_newest_first_each_with_its_own_text_and_package()
    {
        await ledger.ImportAsync(Written.Skill("versioned", "First."));
        await ledger.ImportAsync(Written.Skill("versioned", "Second."));

        var versions = (await ledger.ReadAsync("/api/skills/versioned/versions")).GetProperty("versions").EnumerateArray().ToList();
        versions.Select(v => v.GetProperty("version").GetInt32()).ShouldBe([2, 1]);
        versions.Select(v => v.Text("operation")).ShouldBe(["improve", "create"]);
        (await ledger.ReadAsync("/api/skills/versioned/versions/1")).Text("text").ShouldContain("First.");
        (await ledger.ReadAsync("/api/skills/versioned/versions/2")).Text("text").ShouldContain("Second.");
        (await ledger.GetAsync("/api/skills/versioned/versions/3")).ShouldBeProblem(404, "version-unknown");
        (await ledger.GetAsync("/api/skills/versioned/versions/x")).ShouldBeProblem(404, "no-such-route");
    }

    [Fact]
    public async Task A_package_is_a_zip_with_its_digest_that_need_not_be_fetched_twice()
    {
        await ledger.ImportAsync(Written.Of(null, null, ("SKILL.md", Written.Markdown("packed", "See.")), ("references/more.md", "more")));
        var digest = (await ledger.ReadAsync("/api/skills/packed/versions/1")).GetProperty("version").Text("digest");

        var package = await ledger.GetAsync("/api/skills/packed/versions/1/package.zip");
        package.Status.ShouldBe(200);
        package.ContentType.ShouldBe("application/zip");
        package.Headers["Package-Digest"].ShouldBe(digest);
        package.Headers["ETag"].ShouldBe($"\"{digest}\"");
        package.Headers["Repr-Digest"].ShouldBe($"sha-256=:{Convert.ToBase64String(SHA256.HashData(package.Body))}:");
        using var zip = new ZipArchive(new MemoryStream(package.Body));
        zip.Entries.Select(e => e.FullName).ShouldBe(["SKILL.md", "references/more.md"]);
        zip.Entries.ShouldAllBe(e => e.LastWriteTime.Year == 1980);
        using var reader = new StreamReader(zip.GetEntry("references/more.md")!.Open());
        (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldBe("more");
        (await ledger.GetAsync("/api/skills/packed/versions/1/package")).Body.ShouldBe(package.Body);

        foreach (var seen in new[] { $"\"{digest}\"", $"\"other\", \"{digest}\"", $"W/\"{digest}\"", "*" })
        {
            var again = await ledger.GetAsync("/api/skills/packed/versions/1/package", ("If-None-Match", seen));
            again.Status.ShouldBe(304, seen);
            again.Body.ShouldBeEmpty();
        }
        (await ledger.GetAsync("/api/skills/packed/versions/1/package", ("If-None-Match", "\"other\""))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_package_in_quarantine_is_given_only_to_whoever_says_that_they_want_it()
    {
        await using var unjudged = await HandDrivenLedger.StartAsync(postgres);
        await unjudged.ImportAsync(Written.Skill("unjudged"));
        const string Path = "/api/skills/unjudged/versions/1/package.zip";
        while ((await unjudged.GetAsync("/api/skills/unjudged")).Status != 200) await Task.Delay(50, TestContext.Current.CancellationToken);

        var refused = await unjudged.GetAsync(Path);
        refused.ShouldBeProblem(409, "version-quarantined");
        refused.Headers.Keys.ShouldNotContain("ETag");
        (await unjudged.GetAsync(Path, ("If-None-Match", "*"))).ShouldBeProblem(409, "version-quarantined");
        (await unjudged.GetAsync($"{Path}?quarantined=true")).Status.ShouldBe(200);
        (await unjudged.GetAsync($"{Path}?quarantined=false")).ShouldBeProblem(409, "version-quarantined");
    }

    [Fact]
    public async Task A_list_by_what_no_skill_has_is_no_empty_list()
    {
        (await ledger.GetAsync("/api/skills?alias=productoin")).ShouldBeProblem(404, "alias-unknown");
        (await ledger.GetAsync("/api/skills?environment=no-such-place")).ShouldBeProblem(404, "environment-unknown");
        foreach (var alias in new[] { "latest", "canary", "production" }) (await ledger.GetAsync($"/api/skills?alias={alias}")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_revoked_version_is_gone()
    {
        await ledger.ImportAsync(Written.Skill("revoked", "First."));
        await ledger.ImportAsync(Written.Skill("revoked", "Second."));
        (await ledger.PostAsync("/api/skills/revoked/revoke", """{"version":2,"reason":"leaks"}""", "application/json")).Status.ShouldBe(200);

        var gone = await ledger.GetAsync("/api/skills/revoked/versions/2/package.zip");
        gone.ShouldBeProblem(410, "version-revoked");
        gone.Problem.Text("detail").ShouldContain("leaks");
        (await ledger.GetAsync("/api/skills/revoked/versions/2/package", ("If-None-Match", "*"))).ShouldBeProblem(410, "version-revoked");
        (await ledger.GetAsync("/api/skills/revoked/versions/1/package")).Status.ShouldBe(200);
        (await ledger.ReadAsync("/api/skills/revoked")).GetProperty("skill").GetProperty("version").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task History_says_who_did_what_and_on_whose_decision()
    {
        await ledger.LearnAsync(Run.Many(3).Select(r => r with { Environment = "chronicle", Id = $"chronicle-{r.Number}" }));
        (await ledger.PostAsync("/api/skills/chronicle-renew-loan/retire", """{"reason":"stale"}""", "application/json", ("Idempotency-Key", "chronicle-1"))).Status.ShouldBe(200);

        var events = (await ledger.ReadAsync("/api/skills/chronicle-renew-loan/history")).GetProperty("events").EnumerateArray().Where(e => e.Text("type").StartsWith("skill_", StringComparison.Ordinal)).ToList();

        events.Select(e => e.Text("type")).ShouldBe(["skill_created", "skill_retired"]);
        events.Select(e => e.Text("actor")).ShouldBe(["policy:default", "admin:local"]);
        events[0].Text("decidedBy").ShouldBe("default@4");
        events[1].Text("causation").ShouldBe("chronicle-1");
        events[1].GetProperty("data").Text("reason").ShouldBe("stale");
        events[0].GetProperty("data").GetProperty("content").GetProperty("evidence").GetArrayLength().ShouldBe(3);
        events[1].GetProperty("leaf").GetInt64().ShouldBeGreaterThan(events[0].GetProperty("leaf").GetInt64());
    }

    [Fact]
    public async Task Decisions_say_what_was_looked_at_and_why()
    {
        await ledger.LearnAsync(Run.Many(3).Select(r => r with { Environment = "court", Id = $"court-{r.Number}" }));

        var events = (await ledger.ReadAsync("/api/skills/court-renew-loan/decisions")).GetProperty("events").EnumerateArray().ToList();

        events.ShouldAllBe(e => e.Text("type") == "curation_decided");
        events.Select(e => e.GetProperty("data").Text("operation")).ShouldBe(["keep", "create"]);
        events[0].GetProperty("data").Text("reasonCode").ShouldBe("too-few-successes");
        events[1].GetProperty("data").GetProperty("result").Text("skillId").ShouldBe("court-renew-loan");
        events[1].GetProperty("data").GetProperty("thresholds").GetProperty("minSuccesses").GetInt32().ShouldBe(3);
    }

    private async Task<IReadOnlyList<string>> IdsAsync(string status) =>
        [.. (await ledger.ReadAsync($"/api/skills?status={status}&limit=500")).GetProperty("skills").EnumerateArray().Select(s => s.Text("id"))];
}
