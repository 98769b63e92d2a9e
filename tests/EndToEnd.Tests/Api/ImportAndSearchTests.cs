using System.Text.Json.Nodes;
using Pipeline.EndToEnd.Tests.Running;

namespace Pipeline.EndToEnd.Tests.Api;

public sealed class ImportAndSearchTests(SharedLedger shared) : IClassFixture<SharedLedger>
{
    private readonly PumpedLedger ledger = shared.Ledger;

    [Fact]
    public async Task An_import_creates_improves_or_changes_nothing()
    {
        var created = (await ledger.ImportAsync(Written.Skill("imported", "One."))).Single();
        (created.Text("status"), created.GetProperty("version").GetInt32()).ShouldBe(("created", 1));

        (await ledger.ImportAsync(Written.Skill("imported", "One."))).Single().Text("status").ShouldBe("unchanged");

        var improved = (await ledger.ImportAsync(Written.Skill("imported", "Two."))).Single();
        (improved.Text("status"), improved.GetProperty("version").GetInt32()).ShouldBe(("improved", 2));
    }

    [Fact]
    public async Task The_given_id_stays_the_skills_id_and_its_bytes_stay_as_they_are()
    {
        const string Odd = "no frontmatter, \r\n\ttabs and é 💥";
        (await ledger.ImportAsync(Written.Of("bench:42 odd", "odd-one", ("SKILL.md", Odd)))).Single().Text("id").ShouldBe("bench:42 odd");

        var found = await ledger.ReadAsync("/api/skills/odd-one");
        found.GetProperty("skill").Text("id").ShouldBe("bench:42 odd");
        found.Text("text").ShouldBe(Odd);
    }

    [Theory]
    [InlineData("team/deploy")]
    [InlineData("team\\deploy")]
    [InlineData("team%2fdeploy")]
    [InlineData(".")]
    [InlineData("..")]
    public async Task An_id_that_no_address_can_tell_is_refused_with_one_that_can(string id)
    {
        var refused = (await ledger.ImportAsync(Written.Skill("addressed", id: id))).Single();

        (refused.Text("status"), refused.Text("code")).ShouldBe(("refused", "skill-id"));
        refused.Text("message").ShouldMatch("give it as '[a-z0-9-]+'");
    }

    [Fact]
    public async Task A_name_that_a_living_skill_has_gets_a_few_digits()
    {
        await ledger.ImportAsync(Written.Skill("popular", id: "popular-a"));
        var second = (await ledger.ImportAsync(Written.Skill("popular", "Other.", id: "popular-b"))).Single();

        second.Text("status").ShouldBe("created");
        second.Text("name").ShouldMatch("^popular-[0-9a-f]{6}$");
        (await ledger.ReadAsync("/api/skills/popular")).GetProperty("skill").Text("id").ShouldBe("popular-a");
        (await ledger.ReadAsync($"/api/skills/{second.Text("name")}")).GetProperty("skill").Text("id").ShouldBe("popular-b");
    }

    [Fact]
    public async Task A_learned_skill_whose_name_was_imported_before_gets_another()
    {
        await ledger.ImportAsync(Written.Skill("crossed-renew-loan"));
        await ledger.LearnAsync(Run.Many(3).Select(r => r with { Environment = "crossed", Id = $"crossed-{r.Number}" }));

        var names = (await ledger.ReadAsync("/api/skills?family=crossed.renew-loan")).GetProperty("skills").EnumerateArray().Select(s => s.Text("name")).ToList();
        names.Single().ShouldMatch("^crossed-renew-loan-[0-9a-f]{6}$");
    }

    [Fact]
    public async Task What_is_no_package_is_refused_and_the_others_go_on()
    {
        var markdown = Written.Markdown("x", "y");
        var badContent = Written.Skill("bad-content");
        badContent["files"]![0]!["content"] = "not base64!";
        var link = Written.Skill("link");
        link["files"]![0]!["mode"] = "120000";
        var results = await ledger.ImportAsync(
            Written.Of("up", null, ("SKILL.md", markdown), ("../up.md", "")),
            Written.Of("absolute", null, ("SKILL.md", markdown), ("/etc/passwd", "")),
            Written.Of("inside", null, ("SKILL.md", markdown), ("a/../../b", "")),
            Written.Of("windows", null, ("SKILL.md", markdown), ("a\\b", "")),
            Written.Of("drive", null, ("SKILL.md", markdown), ("C:x", "")),
            Written.Of("twice", null, ("SKILL.md", markdown), ("readme.md", ""), ("README.md", "")),
            Written.Of("case", null, ("SKILL.md", markdown), ("skill.md", "")),
            Written.Of("folder-is-file", null, ("SKILL.md", markdown), ("a", ""), ("a/b", "")),
            Written.Of("headless", null, ("README.md", markdown)),
            Written.Of("empty", null),
            badContent,
            link,
            Written.Of("bad\u0007id", null, ("SKILL.md", markdown)),
            Written.Of("", null, ("SKILL.md", markdown)),
            Written.Skill("good-one"));

        results.Take(results.Count - 1).ShouldAllBe(r => r.Text("status") == "refused" && r.Text("message").Length > 0);
        results.Take(12).ShouldAllBe(r => r.Text("code") == "package");
        results[12].Text("code").ShouldBe("skill-id");
        results[^1].Text("status").ShouldBe("created");
    }

    [Fact]
    public async Task A_text_that_no_database_stores_breaks_no_import()
    {
        var results = await ledger.ImportAsync(
            Written.Of("nul-yaml", null, ("SKILL.md", "---\nname: \"a\\0b\"\ndescription: \"c\\0d\"\n---\ntext")),
Written.Of("bell-raw", null, ("SKILL.md", "de\u0007scription without frontmatter")),
            Written.Of("half-yaml", null, ("SKILL.md", "---\nname: x\ndescription: \"\\uD800\"\n---\ntext")),
            Written.Of("half-cut", null, ("SKILL.md", $"{new string('x', 1023)}💥")),
            Written.Of("deep-yaml", "deep", ("SKILL.md", $"---\na: {new string('[', 100_000)}{new string(']', 100_000)}\nname: deep\n---\nIts description.")),
            Written.Of("bad-yaml", null, ("SKILL.md", "---\nname: [unclosed\n---\nIts description.")));

        results.ShouldAllBe(r => r.Text("status") == "created");
        results[4].Text("name").ShouldBe("deep");
        (await ledger.ReadAsync("/api/skills/deep")).GetProperty("skill").Text("description").ShouldBe("Its description.");
        (await ledger.PostAsync("/api/skills/bell-raw/retire", """{"reason":"a\u0000b"}""", "application/json")).ShouldBeProblem(400, "json-nul");
        (await ledger.PostAsync("/api/skills/bell-raw/retire", """{"reason":"\ud800"}""", "application/json")).ShouldBeProblem(400, "bad-request");
        (await ledger.GetAsync("/api/search?q=%00")).Status.ShouldBe(200);
        (await ledger.GetAsync("/api/skills?environment=%00")).ShouldBeProblem(400, "json-nul");
    }

    [Fact]
    public async Task A_body_without_what_an_import_needs_is_refused_whole()
    {
        foreach (var body in new[] { "{}", "{\"skills\":null}", "{\"skills\":[null]}", "{\"skills\":[{\"id\":\"a\"}]}", "{\"skills\":[{\"files\":[{\"path\":\"SKILL.md\"}]}]}", "{\"skills\":[{\"files\":[null]}]}" })
            (await ledger.PostAsync("/api/skills/import", body, "application/json")).ShouldBeProblem(400, "bad-request");

        (await ledger.PostAsync("/api/skills/import", new JsonObject { ["skills"] = new JsonArray([.. Enumerable.Range(0, 201).Select(n => (JsonNode)Written.Skill($"n-{n}"))]) }))
            .ShouldBeProblem(400, "too-many");
    }

    [Fact]
    public async Task Search_finds_what_was_learned_and_imported_by_its_whole_text_and_not_what_is_retired()
    {
        await ledger.LearnAsync(Run.Many(3).Select(r => r with { Environment = "sought", Id = $"sought-{r.Number}", Effect = "extend_deadline" }));
        await ledger.ImportAsync(Written.Skill("glazing", "Cut the pane of borosilicate glass."), Written.Skill("plumbing", "Seal the thread with hemp."));

        (await NamesAsync("extend the deadline"))[0].ShouldBe("sought-extend-deadline");
        (await NamesAsync("borosilicate")).ShouldBe(["glazing"]);

        (await ledger.PostAsync("/api/skills/glazing/retire", """{"reason":"x"}""", "application/json")).Status.ShouldBe(200);
        (await NamesAsync("borosilicate")).ShouldBeEmpty();
        (await ledger.PostAsync("/api/skills/glazing/reinstate", """{"reason":"x"}""", "application/json")).Status.ShouldBe(200);
        (await NamesAsync("borosilicate")).ShouldBe(["glazing"]);

        await ledger.ImportAsync(Written.Skill("glazing", "Cut the pane of quartz."));
        (await NamesAsync("borosilicate")).ShouldBeEmpty();
        (await NamesAsync("quartz")).ShouldBe(["glazing"]);
        (await NamesAsync("")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Many_texts_are_searched_in_one_request_each_with_its_own_answer()
    {
        await ledger.ImportAsync(Written.Skill("baking", "Knead the sourdough."), Written.Skill("brewing", "Boil the wort."));
        var answer = await ledger.PostAsync("/api/search", """{"top":1,"queries":[{"id":"a","text":"wort"},{"id":"b","text":"sourdough"},{"id":"c","text":"zzzz"}]}""", "application/json");

        var results = answer.Json.GetProperty("results").EnumerateArray().ToList();
        results.Select(r => r.Text("id")).ShouldBe(["a", "b", "c"]);
        results[0].GetProperty("ranked").EnumerateArray().Single().Text("name").ShouldBe("brewing");
        results[1].GetProperty("ranked").EnumerateArray().Single().Text("name").ShouldBe("baking");
        results[2].GetProperty("ranked").GetArrayLength().ShouldBe(0);

        foreach (var body in new[] { "{}", "{\"queries\":null}", "{\"queries\":[null]}", "{\"queries\":[{\"id\":\"a\"}]}" })
            (await ledger.PostAsync("/api/search", body, "application/json")).ShouldBeProblem(400, "bad-request");
        var tooMany = string.Join(',', Enumerable.Range(0, 201).Select(n => $$"""{"id":"{{n}}","text":"x"}"""));
        (await ledger.PostAsync("/api/search", $$"""{"queries":[{{tooMany}}]}""", "application/json")).ShouldBeProblem(400, "too-many");
        (await ledger.GetAsync("/api/search")).ShouldBeProblem(400, "bad-request");
    }

    private async Task<IReadOnlyList<string>> NamesAsync(string query) =>
        [.. (await ledger.ReadAsync($"/api/search?q={Uri.EscapeDataString(query)}")).GetProperty("results").EnumerateArray().Select(r => r.Text("name"))];
}
