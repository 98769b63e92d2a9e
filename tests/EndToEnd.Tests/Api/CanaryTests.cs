using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;

namespace Pipeline.EndToEnd.Tests.Api;

/// <summary>Who gets which version of a skill whose canary is for a tenth of the callers, whichever way they ask.</summary>
public sealed class CanaryTests(SharedLedger shared) : IClassFixture<SharedLedger>
{
    private const string Header = "Pipeline-Caller";

    private readonly PumpedLedger ledger = shared.Ledger;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Over_HTTP_the_same_caller_gets_the_same_version_from_every_route_and_is_told_which_alias_served_it()
    {
        await ShareAsync("bind-book");
        foreach (var (caller, version, by) in new[] { (CallerOf("bind-book", within: true), 2, "canary"), (CallerOf("bind-book", within: false), 1, "production"), ("", 1, "production") })
        {
            var listed = (await GetAsync("/api/skills?alias=canary", caller)).Json;
            listed.Text("alias").ShouldBe("canary");
            var item = listed.GetProperty("skills").EnumerateArray().Single(s => s.Text("name") == "bind-book");
            (item.GetProperty("version").GetInt32(), item.Text("servedBy"), item.Text("allows")).ShouldBe((version, by, "scripts"));

            var shown = (await GetAsync("/api/skills/bind-book?alias=canary", caller)).Json;
            shown.GetProperty("skill").GetProperty("version").GetInt32().ShouldBe(version);
            shown.GetProperty("skill").Text("servedBy").ShouldBe(by);
            shown.Text("text").ShouldContain(version == 2 ? "thread" : "glue");

            var found = (await GetAsync("/api/search?q=bind+book&alias=canary", caller)).Json.GetProperty("results").EnumerateArray().Single(r => r.Text("id") == "bind-book");
            (found.GetProperty("version").GetInt32(), found.Text("servedBy")).ShouldBe((version, by));
            var many = await ledger.PostAsync("/api/search", JsonNode.Parse("""{"alias":"canary","queries":[{"id":"q","text":"bind book"}]}""")!, caller.Length > 0 ? [(Header, caller)] : []);
            many.Json.GetProperty("results")[0].GetProperty("ranked").EnumerateArray().Single(r => r.Text("id") == "bind-book").GetProperty("version").GetInt32().ShouldBe(version);

            var zip = await GetAsync("/api/skills/bind-book/package.zip?alias=canary", caller);
            (zip.Headers["Skill-Version"], zip.Headers["Skill-Served-By"], zip.Headers["Skill-Allows"], zip.Headers["Vary"]).ShouldBe(($"{version}", by, "scripts", Header));
            zip.Headers["Package-Digest"].ShouldBe(shown.GetProperty("skill").Text("digest"));
            zip.Body.ShouldBe((await ledger.GetAsync($"/api/skills/bind-book/versions/{version}/package.zip")).Body);
        }
        (await GetAsync("/api/skills/bind-book/package.zip", CallerOf("bind-book", within: false))).Headers["Skill-Version"].ShouldBe("2");
    }

    [Fact]
    public async Task Who_is_outside_and_has_nothing_to_fall_back_to_gets_nothing_and_is_told_why()
    {
        await ledger.ImportAsync(Written.Skill("lone-lamp"));
        await ApproveAsync("lone-lamp", 1);
        await MoveAsync("lone-lamp", "canary", 1, 10);
        var outside = CallerOf("lone-lamp", within: false);

        (await GetAsync("/api/skills/lone-lamp?alias=canary", outside)).ShouldBeProblem(404, "not-served");
        (await GetAsync("/api/skills/lone-lamp/package.zip?alias=canary", outside)).Problem.Text("detail").ShouldContain("share of the callers");
        (await GetAsync("/api/skills?alias=canary", outside)).Json.GetProperty("skills").EnumerateArray().ShouldNotContain(s => s.Text("name") == "lone-lamp");
        (await GetAsync("/api/search?q=lone+lamp&alias=canary", outside)).Json.GetProperty("results").EnumerateArray().ShouldNotContain(s => s.Text("name") == "lone-lamp");
        (await GetAsync("/api/skills/lone-lamp?alias=canary", CallerOf("lone-lamp", within: true))).Status.ShouldBe(200);
        (await GetAsync("/api/skills/lone-lamp?alias=pilot", outside)).Problem.Text("detail").ShouldContain("it has canary, latest");
        (await GetAsync("/api/skills/no-such/package.zip", outside)).ShouldBeProblem(404, "skill-unknown");
        foreach (var route in new[] { "/api/skills", "/api/skills/lone-lamp", "/api/skills/lone-lamp/package.zip", "/api/search?q=x" })
            (await GetAsync(route, new('x', 201))).ShouldBeProblem(400, "caller");
    }

    [Fact]
    public async Task The_command_line_asks_as_whoever_it_is_told_and_a_directory_stays_with_its_caller()
    {
        await ShareAsync("mend-sock");
        var (inside, outside) = (CallerOf("mend-sock", within: true), CallerOf("mend-sock", within: false));
        using var folder = new ScratchFolder();

        (await RunAsync("skill", "show", "mend-sock", "--alias", "canary", "--caller", inside)).Error.ShouldContain("2, served by canary");
        (await RunAsync("skill", "show", "mend-sock", "--alias", "canary", "--caller", outside)).Error.ShouldContain("1, served by production");
        (await RunAsync("skill", "list", "--alias", "canary", "--caller", outside, "--json")).Json.GetProperty("skills").EnumerateArray().Single(s => s.Text("name") == "mend-sock").GetProperty("version").GetInt32().ShouldBe(1);
        (await RunAsync("search", "mend sock", "--alias", "canary", "--caller", inside, "--json")).Json.GetProperty("results").EnumerateArray().Single(s => s.Text("name") == "mend-sock").GetProperty("version").GetInt32().ShouldBe(2);
        (await RunAsync("skill", "show", "mend-sock@1", "--alias", "canary")).ExitCode.ShouldBe(ExitCodes.Usage);
        (await RunAsync("skill", "list", "--alias", "canary", "--caller", "two words")).ExitCode.ShouldBe(ExitCodes.Usage);

        await RunAsync("skill", "export", folder["out"], "mend-sock", "--alias", "canary", "--caller", outside);
        (await File.ReadAllTextAsync(folder["out/mend-sock/SKILL.md"], Stop)).ShouldContain("glue");
        await RunAsync("skill", "sync", folder["own"], "--alias", "canary", "--caller", inside);
        (await File.ReadAllTextAsync(folder["own/mend-sock/SKILL.md"], Stop)).ShouldContain("thread");
        await RunAsync("skill", "sync", folder["own"], "--alias", "canary");
        (await File.ReadAllTextAsync(folder["own/mend-sock/SKILL.md"], Stop)).ShouldContain("thread");
        foreach (var name in new[] { "out", "own" })
            (await RunAsync("skill", "verify", folder[name], "--json")).Json.GetProperty("skills").EnumerateArray().Single(s => s.Text("name") == "mend-sock").Text("mark").ShouldBe("ok");
        (await File.ReadAllTextAsync(folder["out/skills.lock.json"], Stop)).ShouldContain("\"servedBy\": \"production\"");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_agent_is_served_by_the_alias_that_its_server_of_the_protocol_was_given(bool overHttp)
    {
        var name = overHttp ? "tune-harp" : "tune-lute";
        await ShareAsync(name);
        await ledger.ImportAsync(Written.Skill($"{name}-untried"));
        foreach (var (alias, caller, version, by) in new[]
        {
            ("production", CallerOf(name, within: true), 1, "production"), ("canary", CallerOf(name, within: true), 2, "canary"), ("canary", CallerOf(name, within: false), 1, "production"), ("latest", CallerOf(name, within: false), 2, "latest"),
        })
        {
            await using var client = await ConnectAsync(overHttp, alias, caller);

            var found = (await CallAsync(client, "search_skills", new() { ["query"] = name.Replace('-', ' ') })).GetProperty("skills").EnumerateArray().Single(s => s.Text("name") == name);
            (found.GetProperty("version").GetInt32(), found.Text("servedBy")).ShouldBe((version, by));
            var loaded = await CallAsync(client, "load_skill", new() { ["name"] = name });
            (loaded.GetProperty("version").GetInt32(), loaded.Text("alias"), loaded.Text("servedBy")).ShouldBe((version, alias, by));
            (await CallAsync(client, "list_skills", [])).GetProperty("skills").EnumerateArray().Single(s => s.Text("name") == name).GetProperty("version").GetInt32().ShouldBe(version);
            (await client.ListResourcesAsync(cancellationToken: Stop)).Select(r => r.Uri).ShouldContain($"skill://{name}@{version}/SKILL.md");
            if (alias == "latest") continue;

            // No way around the alias by a name or a number.
            (await client.CallToolAsync("load_skill", new Dictionary<string, object?> { ["name"] = $"{name}-untried" }, cancellationToken: Stop)).IsError.ShouldBe(true);
            (await client.CallToolAsync("load_skill", new Dictionary<string, object?> { ["name"] = $"{name}-untried", ["version"] = 1 }, cancellationToken: Stop)).Content.OfType<ModelContextProtocol.Protocol.TextContentBlock>()
                .Single().Text.ShouldContain($"needs {AliasRules.Needs(alias)}");
            await Should.ThrowAsync<ModelContextProtocol.McpProtocolException>(async () => await client.ReadResourceAsync($"skill://{name}-untried@1/SKILL.md", cancellationToken: Stop));
        }
    }

    // Version 1 under production, version 2 under canary for a tenth, both at T3.
    private async Task ShareAsync(string name)
    {
        await ledger.ImportAsync(Written.Skill(name, "Use glue."));
        await ApproveAsync(name, 1);
        await MoveAsync(name, "production", 1, null);
        await ledger.ImportAsync(Written.Skill(name, "Use thread."));
        await ApproveAsync(name, 2);
        await MoveAsync(name, "canary", 2, 10);
    }

    private async Task ApproveAsync(string name, int version) =>
        (await ledger.PostAsync($"/api/skills/{name}/approve", new JsonObject { ["version"] = version, ["reason"] = "read it" })).Json.Text("tier").ShouldBe("t3");

    private async Task MoveAsync(string name, string alias, int version, int? share)
    {
        (await ledger.PostAsync($"/api/skills/{name}/aliases/{alias}", new JsonObject { ["version"] = version, ["reason"] = "tried", ["share"] = share })).Status.ShouldBe(200);
        await ledger.SettleAsync();
    }

    private static string CallerOf(string skill, bool within) => Enumerable.Range(0, 1000).Select(i => $"caller-{i}").First(c => CanaryShare.Serves(10, c, skill) == within);

    private Task<Answer> GetAsync(string path, string caller) => ledger.GetAsync(path, caller.Length > 0 ? [(Header, caller)] : []);

    private Task<CommandLineRun> RunAsync(params string[] args) => CommandLineRun.OfAsync([.. args, "--url", ledger.Http.BaseAddress!.ToString()]);

    private async Task<McpClient> ConnectAsync(bool overHttp, string alias, string caller) => await McpClient.CreateAsync(overHttp
        ? new HttpClientTransport(new() { Endpoint = new Uri(ledger.Http.BaseAddress!, $"/mcp?alias={alias}"), TransportMode = HttpTransportMode.StreamableHttp, AdditionalHeaders = new Dictionary<string, string> { [Header] = caller } })
        : new StdioClientTransport(new() { Command = "dotnet", Arguments = [PipelineProcess.Program, "mcp", "--url", ledger.Http.BaseAddress!.ToString(), "--alias", alias, "--caller", caller] }), cancellationToken: Stop);

    private static async Task<System.Text.Json.JsonElement> CallAsync(McpClient client, string tool, Dictionary<string, object?> arguments)
    {
        var result = await client.CallToolAsync(tool, arguments, cancellationToken: Stop);
        result.IsError.ShouldNotBe(true, result.Content.OfType<ModelContextProtocol.Protocol.TextContentBlock>().FirstOrDefault()?.Text);
        return result.StructuredContent!.Value;
    }
}
