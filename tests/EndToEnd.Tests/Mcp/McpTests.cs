using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Mcp;

/// <summary>The library's own client, against the built program over STDIN and STDOUT and against a running server over HTTP.</summary>
public sealed class McpTests(SharedLedger shared, PostgresFixture postgres) : IClassFixture<SharedLedger>
{
    private RunningLedger Ledger => shared.Ledger;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Transport.Stdio)]
    [InlineData(Transport.Http)]
    public async Task An_agent_finds_a_skill_loads_it_and_reads_its_files(Transport transport)
    {
        var digest = await ImportAsync("fold-paper-crane");
        await using var client = await ConnectAsync(transport);

        (await client.ListToolsAsync(cancellationToken: Stop)).Select(t => t.Name).Order(StringComparer.Ordinal).ShouldBe(["list_skills", "load_skill", "search_skills"]);
        var found = (await CallAsync(client, "search_skills", new() { ["query"] = "fold paper crane", ["top"] = 3 })).GetProperty("skills")[0];
        found.Text("name").ShouldBe("fold-paper-crane");
        found.Text("digest").ShouldBe(digest);
        found.Text("tier").ShouldNotBeEmpty();

        var loaded = await client.CallToolAsync("load_skill", new Dictionary<string, object?> { ["name"] = "fold-paper-crane" }, cancellationToken: Stop);
        loaded.Content.OfType<TextContentBlock>().Last().Text.ShouldStartWith("---\nname: fold-paper-crane\n");
        var facts = loaded.StructuredContent!.Value;
        facts.GetProperty("version").GetInt32().ShouldBe(1);
        facts.Text("digest").ShouldBe(digest);
        var uris = facts.GetProperty("files").EnumerateArray().Select(f => f.Text("uri")).ToList();
        uris.ShouldBe(["skill://fold-paper-crane@1/SKILL.md", "skill://fold-paper-crane@1/assets/dot.png", "skill://fold-paper-crane@1/references/more%20folds.md"]);

        var text = (await client.ReadResourceAsync(uris[2], cancellationToken: Stop)).Contents.ShouldHaveSingleItem().ShouldBeOfType<TextResourceContents>();
        text.Text.ShouldBe("valley, mountain");
        text.Meta!["digest"]!.GetValue<string>().ShouldBe(digest);
        (await client.ReadResourceAsync(uris[1], cancellationToken: Stop)).Contents.ShouldHaveSingleItem().ShouldBeOfType<BlobResourceContents>().DecodedData.ToArray().ShouldBe([0x89, 0xFF, 0x00]);

        (await CallAsync(client, "list_skills", [])).GetProperty("skills").EnumerateArray().ShouldContain(s => s.Text("name") == "fold-paper-crane" && s.Text("digest") == digest);
        (await client.ListResourcesAsync(cancellationToken: Stop)).ShouldContain(r => r.Uri == "skill://fold-paper-crane@1/SKILL.md");
        (await client.ListResourceTemplatesAsync(cancellationToken: Stop)).ShouldHaveSingleItem().UriTemplate.ShouldBe("skill://{id}@{version}/{+path}");
    }

    [Fact]
    public async Task A_skill_whose_name_is_the_id_of_another_that_is_retired_is_loaded_by_its_own_id()
    {
        await ImportAsync("wind-yarn");
        (await Ledger.PostAsync("/api/skills/wind-yarn/retire", new JsonObject { ["reason"] = "nobody knits" })).Status.ShouldBe(200);
        await Ledger.ImportAsync(Written.Skill("wind-yarn", "Round the hand.", id: "yarn-2"));
        await Ledger.SettleAsync();
        await using var client = await ConnectAsync(Transport.Http);

        var found = (await CallAsync(client, "search_skills", new() { ["query"] = "wind yarn" })).GetProperty("skills")[0];
        (found.Text("id"), found.Text("name")).ShouldBe(("yarn-2", "wind-yarn"));
        (await CallAsync(client, "list_skills", [])).GetProperty("skills").EnumerateArray().ShouldContain(s => s.Text("id") == "yarn-2");

        var loaded = await client.CallToolAsync("load_skill", new Dictionary<string, object?> { ["name"] = "yarn-2" }, cancellationToken: Stop);
        loaded.Content.OfType<TextContentBlock>().Last().Text.ShouldContain("Round the hand.");
        var uri = loaded.StructuredContent!.Value.GetProperty("files")[0].Text("uri");
        (await client.ReadResourceAsync(uri, cancellationToken: Stop)).Contents.ShouldHaveSingleItem().ShouldBeOfType<TextResourceContents>().Text.ShouldContain("Round the hand.");
        (await client.ListResourcesAsync(cancellationToken: Stop)).ShouldContain(r => r.Uri == uri);
    }

    [Fact]
    public async Task A_hit_that_the_ledger_does_not_have_spoils_no_search()
    {
        await using var stub = await StubLedger.StartAsync();
        await using var client = await McpClient.CreateAsync(
            new StdioClientTransport(new() { Command = "dotnet", Arguments = [PipelineProcess.Program, "mcp", "--url", stub.Url.ToString()] }), cancellationToken: Stop);

        (await CallAsync(client, "search_skills", new() { ["query"] = "what the index still has" })).GetProperty("skills").GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData(Transport.Stdio)]
    [InlineData(Transport.Http)]
    public async Task What_cannot_be_answered_is_an_error_that_says_why_and_the_next_call_works(Transport transport)
    {
        await ImportAsync("tie-a-knot");
        await using var client = await ConnectAsync(transport);

        (await Should.ThrowAsync<McpProtocolException>(async () => await client.CallToolAsync("drop_table", cancellationToken: Stop))).Message.ShouldContain("drop_table");
        (await RefusalAsync(client, "load_skill", new() { ["name"] = "no-such-skill" })).ShouldContain("no skill 'no-such-skill'");
        (await RefusalAsync(client, "load_skill", new() { ["name"] = "tie-a-knot", ["version"] = 7 })).ShouldContain("versions 1 to 1");
        (await RefusalAsync(client, "load_skill", new() { ["name"] = "../../tie-a-knot" })).ShouldContain("no skill");
        (await RefusalAsync(client, "load_skill", [])).ShouldContain("argument");
        (await RefusalAsync(client, "search_skills", new() { ["query"] = new string('x', 2_000_000) })).ShouldContain("20000");
        (await RefusalAsync(client, "search_skills", new() { ["query"] = "knot", ["top"] = "many" })).ShouldContain("argument");
        (await RefusalAsync(client, "search_skills", new() { ["query"] = "knot", ["top"] = 1_000_000 })).ShouldContain("1 to 25");
        (await RefusalAsync(client, "search_skills", new() { ["query"] = " " })).ShouldContain("empty");
        (await RefusalAsync(client, "list_skills", new() { ["cursor"] = "x" })).ShouldContain("cursor");

        foreach (var uri in new[]
        {
            "skill://tie-a-knot@1/../../../etc/passwd", "skill://tie-a-knot@1/%2e%2e/%2e%2e/etc/passwd", "skill://tie-a-knot@1//etc/passwd", "skill://tie-a-knot@1/..%5c..%5cx",
            "skill://tie-a-knot@1/scripts/none.sh", "skill://tie-a-knot@99999999999/SKILL.md", "skill://tie-a-knot@2/SKILL.md", "skill://nothing@1/SKILL.md",
            "skill://tie-a-knot/SKILL.md", "file:///etc/passwd",
        })
            await Should.ThrowAsync<McpProtocolException>(async () => await client.ReadResourceAsync(uri, cancellationToken: Stop), uri);

        (await CallAsync(client, "search_skills", new() { ["query"] = "tie a knot" })).GetProperty("skills")[0].Text("name").ShouldBe("tie-a-knot");
    }

    [Fact]
    public async Task Scripts_below_T3_are_named_and_not_given_unless_the_server_was_started_with_them()
    {
        await Ledger.ImportAsync(Written.Of(null, null, ("SKILL.md", Written.Markdown("plane-board", "Run the script, and see https://docs.example.org/wood.")), ("scripts/plane.sh", "echo plane\n")));
        await Ledger.SettleAsync();
        await using (var client = await ConnectAsync(Transport.Http))
        {
            var loaded = await CallAsync(client, "load_skill", new() { ["name"] = "plane-board" });
            loaded.Text("allows").ShouldBe("instructions");
            loaded.GetProperty("files").EnumerateArray().Select(f => f.Text("uri")).ShouldBe(["skill://plane-board@1/SKILL.md"]);
            loaded.GetProperty("withheld").EnumerateArray().Select(w => w.GetString()).ShouldBe(["host docs.example.org", "script scripts/plane.sh"]);
            (await Should.ThrowAsync<McpProtocolException>(async () => await client.ReadResourceAsync("skill://plane-board@1/scripts/plane.sh", cancellationToken: Stop)))
                .Message.ShouldContain("scripts need T3: this version is at T1");
        }
        await using (var client = await ConnectAsync(Transport.Stdio, "--with-scripts"))
        {
            (await CallAsync(client, "load_skill", new() { ["name"] = "plane-board" })).GetProperty("files").GetArrayLength().ShouldBe(2);
            (await client.ReadResourceAsync("skill://plane-board@1/scripts/plane.sh", cancellationToken: Stop)).Contents.ShouldHaveSingleItem().ShouldBeOfType<TextResourceContents>().Text.ShouldBe("echo plane\n");
        }

        (await Ledger.PostAsync("/api/skills/plane-board/approve", new JsonObject { ["version"] = 1, ["reason"] = "read it" })).Json.Text("tier").ShouldBe("t3");
        await Ledger.SettleAsync();
        await using var trusted = await ConnectAsync(Transport.Http);
        var approved = await CallAsync(trusted, "load_skill", new() { ["name"] = "plane-board" });
        approved.Text("allows").ShouldBe("scripts");
        approved.GetProperty("withheld").EnumerateArray().Select(w => w.GetString()).ShouldBe(["host docs.example.org"]);
        (await trusted.ReadResourceAsync("skill://plane-board@1/scripts/plane.sh", cancellationToken: Stop)).Contents.ShouldHaveSingleItem();
        (await Ledger.ReadAsync("/api/skills/plane-board/versions/1")).GetProperty("withheld").EnumerateArray().Select(w => w.GetString()).ShouldBe(["host docs.example.org"]);
    }

    [Fact]
    public async Task A_revoked_version_is_given_to_no_one()
    {
        await ImportAsync("open-the-safe");
        (await Ledger.PostAsync("/api/skills/open-the-safe/revoke", new JsonObject { ["version"] = 1, ["reason"] = "it leaks" })).Status.ShouldBe(200);
        await Ledger.SettleAsync();
        await using var client = await ConnectAsync(Transport.Http);

        (await RefusalAsync(client, "load_skill", new() { ["name"] = "open-the-safe" })).ShouldContain("revoked");
        (await RefusalAsync(client, "load_skill", new() { ["name"] = "open-the-safe", ["version"] = 1 })).ShouldContain("revoked");
        (await Should.ThrowAsync<McpProtocolException>(async () => await client.ReadResourceAsync("skill://open-the-safe@1/SKILL.md", cancellationToken: Stop))).Message.ShouldContain("revoked");
    }

    [Fact]
    public async Task Runs_are_taken_in_only_where_that_was_allowed_and_count_as_self_reported()
    {
        var run = new Run(1) { Id = "by-mcp", Environment = "mcp-desk" };
        var trajectory = run.Data()["trajectory"]!.DeepClone();
        await using var client = await ConnectAsync(Transport.Stdio, "--allow-emit");

        var sent = await CallAsync(client, "emit_trajectory", new() { ["source"] = run.Source, ["id"] = run.Id, ["trajectory"] = trajectory, ["environment"] = run.Environment, ["success"] = true });
        sent.Text("status").ShouldBe("accepted");
        (await CallAsync(client, "emit_outcome", new() { ["source"] = run.Source, ["id"] = "by-mcp-outcome", ["trajectory"] = run.Id, ["success"] = true })).Text("status").ShouldBe("accepted");
        (await RefusalAsync(client, "emit_trajectory", new() { ["source"] = run.Source, ["id"] = "odd", ["trajectory"] = new JsonObject { ["x"] = 1 } })).ShouldContain("/trajectory/schema_version");
        await Ledger.SettleAsync();

        var recorded = (await Ledger.ReadAsync("/api/trajectories?environment=mcp-desk")).GetProperty("trajectories").EnumerateArray().ShouldHaveSingleItem();
        recorded.GetRawText().ShouldContain("\"self\"");
        recorded.Text("source").ShouldBe($"mcp:{run.Source}");
    }

    [Fact]
    public async Task An_agent_speaks_only_about_runs_that_agents_have_sent_and_not_against_a_verdict()
    {
        var run = new Run(2) { Id = "verified-run", Environment = "mcp-verified" };
        await Ledger.LearnAsync(run);
        await using var client = await ConnectAsync(Transport.Stdio, "--allow-emit");

        (await CallAsync(client, "emit_outcome", new() { ["source"] = run.Source, ["id"] = "claim", ["trajectory"] = run.Id, ["success"] = false })).Text("source").ShouldBe($"mcp:{run.Source}");
        (await Ledger.EmitAsync(run.Verdict(success: false, verifiedBy: "self"))).Status.ShouldBe(202);
        await Ledger.SettleAsync();

        var recorded = (await Ledger.ReadAsync("/api/trajectories?environment=mcp-verified")).GetProperty("trajectories").EnumerateArray().ShouldHaveSingleItem();
        recorded.GetProperty("success").GetBoolean().ShouldBeTrue();
        recorded.Text("verifiedBy").ShouldBe("verifier");
        var told = (await Ledger.PostAsync("/api/events/state", new JsonObject { ["events"] = new JsonArray(new JsonObject { ["source"] = run.Source, ["id"] = $"verdict-on-{run.Id}" }) })).Json.GetProperty("events")[0];
        told.Text("state").ShouldBe("rejected");
        told.Text("message").ShouldContain("was verified by a verifier or a person");
    }

    [Fact]
    public async Task What_is_in_quarantine_is_given_to_no_agent()
    {
        await using var unjudged = await HandDrivenLedger.StartAsync(postgres);
        await unjudged.ImportAsync(Written.Skill("unjudged"));
        while ((await unjudged.GetAsync("/api/skills/unjudged")).Status != 200) await Task.Delay(50, Stop);
        await using var client = await McpClient.CreateAsync(new HttpClientTransport(new() { Endpoint = new Uri(unjudged.Http.BaseAddress!, "/mcp") }), cancellationToken: Stop);

        (await RefusalAsync(client, "load_skill", new() { ["name"] = "unjudged" })).ShouldContain("no version of unjudged is served");
        (await RefusalAsync(client, "load_skill", new() { ["name"] = "unjudged", ["version"] = 1 })).ShouldContain("quarantine");
        (await Should.ThrowAsync<McpProtocolException>(async () => await client.ReadResourceAsync("skill://unjudged@1/SKILL.md", cancellationToken: Stop))).Message.ShouldContain("quarantine");
        (await CallAsync(client, "list_skills", [])).GetProperty("skills").GetArrayLength().ShouldBe(0);
        (await CallAsync(client, "search_skills", new() { ["query"] = "unjudged" })).GetProperty("skills").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Over_HTTP_only_the_operator_can_allow_it()
    {
        await using var open = await HandDrivenLedger.StartAsync(postgres, follows: false, new Dictionary<string, string?> { ["Mcp:AllowEmit"] = "true" });
        await using var client = await McpClient.CreateAsync(new HttpClientTransport(new() { Endpoint = new Uri(open.Http.BaseAddress!, "/mcp") }), cancellationToken: Stop);

        (await client.ListToolsAsync(cancellationToken: Stop)).Select(t => t.Name).ShouldContain("emit_trajectory");
    }

    [Fact]
    public async Task Over_HTTP_a_body_that_is_no_message_another_origin_and_another_method_are_refused()
    {
        (await Ledger.PostAsync("/mcp", "[1, 2", "application/json")).Status.ShouldBe(400);
        (await Ledger.PostAsync("/mcp", new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = "tools/list" }, ("Origin", "https://evil.test"))).ShouldBeProblem(403, "not-from-here");
        (await Ledger.GetAsync("/mcp")).Status.ShouldBe((int)HttpStatusCode.MethodNotAllowed);
        (await Ledger.PostAsync("/mcp", new JsonObject { ["jsonrpc"] = "2.0", ["method"] = "notifications/initialized" })).Status.ShouldBe(202);
    }

    public enum Transport { Stdio, Http }

    private async Task<string> ImportAsync(string name)
    {
        var skill = Written.Of(null, null, ("SKILL.md", Written.Markdown(name, "Do it with care.")), ("references/more folds.md", "valley, mountain"));
        skill["files"]!.AsArray().Add(new JsonObject { ["path"] = "assets/dot.png", ["content"] = Convert.ToBase64String([0x89, 0xFF, 0x00]) });
        await Ledger.ImportAsync(skill);
        await Ledger.SettleAsync();
        return (await Ledger.ReadAsync($"/api/skills/{name}")).GetProperty("skill").Text("digest");
    }

    private async Task<McpClient> ConnectAsync(Transport transport, params string[] options) => await McpClient.CreateAsync(transport == Transport.Http
        ? new HttpClientTransport(new() { Endpoint = new Uri(Ledger.Http.BaseAddress!, "/mcp"), TransportMode = HttpTransportMode.StreamableHttp })
        : new StdioClientTransport(new() { Command = "dotnet", Arguments = [PipelineProcess.Program, "mcp", "--url", Ledger.Http.BaseAddress!.ToString(), .. options] }), cancellationToken: Stop);

    private static async Task<JsonElement> CallAsync(McpClient client, string tool, Dictionary<string, object?> arguments)
    {
        var result = await client.CallToolAsync(tool, arguments, cancellationToken: Stop);
        result.IsError.ShouldNotBe(true, result.Content.OfType<TextContentBlock>().FirstOrDefault()?.Text);
        return result.StructuredContent!.Value;
    }

    private static async Task<string> RefusalAsync(McpClient client, string tool, Dictionary<string, object?> arguments)
    {
        var result = await client.CallToolAsync(tool, arguments, cancellationToken: Stop);
        result.IsError.ShouldBe(true);
        return result.Content.OfType<TextContentBlock>().ShouldHaveSingleItem().Text;
    }
}
