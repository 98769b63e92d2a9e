using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.EndToEnd.Tests.Running;

namespace Pipeline.EndToEnd.Tests.Api;

public sealed class IndexTests(SharedLedger shared) : IClassFixture<SharedLedger>
{
    private readonly PumpedLedger ledger = shared.Ledger;

    [Fact]
    public async Task A_check_and_a_rebuild_tell_how_far_they_are_and_what_came_of_it()
    {
        await ledger.ImportAsync(Written.Skill("checked", "Turn the wheel."));

        var check = await LinesAsync("/api/index/check");
        check.ShouldContain(l => l["total"] != null);
        check[^2]["result"]!["isSound"]!.GetValue<bool>().ShouldBeTrue();
        check[^2]["result"]!["documents"]!.GetValue<int>().ShouldBeGreaterThan(0);
        check[^1]["complete"]!.GetValue<bool>().ShouldBeTrue();

        var rebuilt = await LinesAsync("/api/index/rebuild");
        rebuilt[^2]["result"]!["documents"]!.GetValue<int>().ShouldBe(check[^2]["result"]!["documents"]!.GetValue<int>());
        (await FoundAsync("q=wheel")).ShouldContain("checked");
    }

    [Fact]
    public async Task A_search_is_narrowed_and_paged_as_its_parameters_say()
    {
        foreach (var name in new[] { "pager-one", "pager-two", "pager-three" }) await ledger.ImportAsync(Written.Skill(name, "Leaf through the pagination."));

        var all = await FoundAsync("q=pagination&top=10");
        all.Count.ShouldBe(3);
        (await FoundAsync("q=pagination&top=2&skip=1")).ShouldBe(all.Skip(1));
        (await FoundAsync("q=pagination&alias=latest")).ShouldBe(all);
        (await FoundAsync("q=pagination&alias=nobody")).ShouldBeEmpty();
        (await FoundAsync("q=pagination&tier=T4")).ShouldBeEmpty();
        (await FoundAsync("q=pagination&environment=elsewhere")).ShouldBeEmpty();
        (await ledger.GetAsync("/api/search?q=pagination&tier=T9")).ShouldBeProblem(400, "tier");
        (await ledger.GetAsync("/api/search?q=pagination&tier=1")).ShouldBeProblem(400, "tier");
        (await ledger.GetAsync("/api/search?q=pagination&tier=T1,T2")).ShouldBeProblem(400, "tier");
        (await FoundAsync("q=pagination&tier=t1")).ShouldBe(all);
        (await ledger.GetAsync("/api/search?q=pagination&within=NaN")).ShouldBeProblem(400, "within");

        var many = await ledger.PostAsync("/api/search", new JsonObject { ["queries"] = new JsonArray(new JsonObject { ["id"] = "x", ["text"] = "pagination" }), ["skip"] = 1, ["top"] = 1 });
        many.Json.GetProperty("results")[0].GetProperty("ranked").EnumerateArray().Select(h => h.Text("id")).ShouldBe([all[1]]);
    }

    [Fact]
    public async Task Skills_that_a_search_confuses_are_told_the_most_confusable_first()
    {
        foreach (var name in new[] { "lantern", "lantern-copy" })
            await ledger.ImportAsync(Written.Of(null, name, ("SKILL.md", $"---\nname: {name}\ndescription: Use when the lantern of the lighthouse keeper is to be lit.\n---\n\nTrim the wick, then light the lantern.\n")));

        var found = await ledger.ReadAsync("/api/index/confusable?above=0.9&limit=1");
        found.GetProperty("found").GetInt32().ShouldBeGreaterThan(0);
        found.GetProperty("mergeConfusedAbove").GetDouble().ShouldBe(0.95);
        var pair = found.GetProperty("pairs").EnumerateArray().ShouldHaveSingleItem();
        new[] { pair.GetProperty("one").Text("name"), pair.GetProperty("other").Text("name") }.ShouldBe(["lantern", "lantern-copy"], ignoreOrder: true);
        (await ledger.ReadAsync("/api/index/confusable?environment=elsewhere")).GetProperty("found").GetInt32().ShouldBe(0);
        (await ledger.ReadAsync("/api/index/confusable?above=0.9&limit=1")).ToString().ShouldBe(found.ToString());

        await ledger.ImportAsync(Written.Of(null, "lantern-three", ("SKILL.md", "---\nname: lantern-three\ndescription: Use when the lantern of the lighthouse keeper is to be lit.\n---\n\nTrim the wick, then light the lantern.\n")));
        (await ledger.ReadAsync("/api/index/confusable?above=0.9")).GetProperty("found").GetInt32().ShouldBe(found.GetProperty("found").GetInt32() + 2);
    }

    [Fact]
    public async Task A_task_text_that_is_too_long_for_an_address_is_searched_from_the_command_line_all_the_same()
    {
        await ledger.ImportAsync(Written.Skill("siphon", "Fill the siphon."));
        var text = string.Join(' ', Enumerable.Range(0, 3_000).Select(i => $"word{i}").Prepend("siphon"));

        var run = await Cli.CommandLineRun.OfAsync(["search", text, "--json", "--url", ledger.Http.BaseAddress!.ToString()]);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Json.GetProperty("leaf").GetInt64().ShouldBeGreaterThan(0);
        var hit = run.Json.GetProperty("results")[0];
        (hit.Text("id"), hit.Text("description").Length > 0).ShouldBe(("siphon", true));
        (await Cli.CommandLineRun.OfAsync(["search", text, "--url", ledger.Http.BaseAddress!.ToString()])).Out.ShouldContain("siphon");
    }

    private async Task<List<string>> FoundAsync(string query) =>
        [.. (await ledger.ReadAsync($"/api/search?{query}")).GetProperty("results").EnumerateArray().Select(r => r.Text("id"))];

    private async Task<List<JsonNode>> LinesAsync(string path)
    {
        var answer = await ledger.PostAsync(path, new JsonObject());
        answer.Status.ShouldBe(200);
        return [.. answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)];
    }
}
