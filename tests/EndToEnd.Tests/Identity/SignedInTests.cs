using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Infra.Identity;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Identity;

public sealed class SignedInTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Author = "aaaa", Reviewer = "bbbb", OthersApproval = "a person other than its author has to approve it";

    private TestIssuer issuer = null!;
    private HandDrivenLedger ledger = null!;

    public async ValueTask InitializeAsync()
    {
        issuer = await TestIssuer.StartAsync();
        ledger = await HandDrivenLedger.StartAsync(postgres, settings: RoleTests.SettingsOf(issuer));
    }

    public async ValueTask DisposeAsync()
    {
        await ledger.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Fact]
    public async Task The_record_says_who_did_it_and_ones_own_import_is_for_another_person_to_approve()
    {
        As(issuer.TokenOf(Author, "Admin"));
        await ledger.ImportAsync(Written.Skill("written"));
        await ledger.SettleAsync();
        await ledger.ImportAsync(Written.Skill("written", "See https://docs.example.org/guide."));
        await ledger.SettleAsync();
        (await ApproveAsync(2)).Status.ShouldBe(200);
        (await DenialsAsync()).ShouldContain(OthersApproval);

        As(issuer.TokenOf(Reviewer.ToUpperInvariant(), "Admin"));
        (await ApproveAsync(2)).Status.ShouldBe(200);

        (await DenialsAsync()).ShouldNotContain(OthersApproval);
        var history = (await ledger.ReadAsync("/api/skills/written/history")).GetProperty("events").EnumerateArray().ToList();
        string ByOf(string type, int number) => history.Where(e => e.Text("type") == type).ElementAt(number).Text("actor");
        ByOf("skill_created", 0).ShouldBe($"admin:{TestIssuer.Tenant}/{Author}");
        ByOf("approval_given", 0).ShouldBe($"admin:{TestIssuer.Tenant}/{Author}");
        ByOf("approval_given", 1).ShouldBe($"admin:{TestIssuer.Tenant}/{Reviewer}");
    }

    [Fact]
    public async Task An_application_approves_nothing()
    {
        As(issuer.TokenOf(Author, "Admin"));
        await ledger.ImportAsync(Written.Skill("written"));
        As(issuer.Token("Admin"));
        (await ApproveAsync()).ShouldBeProblem(403, "person-needed");
    }

    [Fact]
    public async Task Policies_releases_and_the_log_name_the_caller_too()
    {
        As(issuer.TokenOf(Author, "Admin"));
        (await ledger.PostAsync("/api/policies/slim/activate", new JsonObject())).Status.ShouldBe(200);
        (await ledger.PostAsync("/api/audit/keys/rotate", new JsonObject { ["reason"] = "yearly" })).Status.ShouldBe(200);
        (await ledger.ColumnAsync("select distinct headers->>'actor' from ledger.mt_events where type in ('policy_activated', 'log_key_introduced') and headers->>'actor' like 'admin:%'"))
            .ShouldBe([$"admin:{TestIssuer.Tenant}/{Author}"]);
    }

    [Fact]
    public async Task What_is_in_quarantine_is_for_those_who_review_it()
    {
        As(issuer.TokenOf(Author, "Admin"));
        await ledger.ImportAsync(Written.Skill("held"));
        const string package = "/api/skills/held/versions/1/package.zip?quarantined=true";
        As(issuer.Token("Reader"));
        (await ledger.GetAsync(package)).ShouldBeProblem(409, "version-quarantined");
        As(issuer.Token("Auditor"));
        (await ledger.GetAsync(package)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task An_agent_may_by_MCP_what_its_token_lets_it_do_by_the_API()
    {
        await using var emits = await HandDrivenLedger.StartAsync(postgres, settings: RoleTests.SettingsOf(issuer, ("Mcp:AllowEmit", "true")));
        async Task<string> CallAsync(string tool, JsonObject arguments, params string[] roles) => (await emits.PostAsync("/mcp",
            new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = "tools/call", ["params"] = new JsonObject { ["name"] = tool, ["arguments"] = arguments } },
            ("Accept", "application/json, text/event-stream"), ("Authorization", $"Bearer {issuer.Token(roles)}"))).Text;

        (await CallAsync("search_skills", new() { ["query"] = "renew" }, "Reader")).ShouldNotContain("\"isError\":true");
        (await CallAsync("emit_trajectory", new() { ["source"] = "urn:agent", ["id"] = "1", ["trajectory"] = new JsonObject() }, "Reader")).ShouldContain("Emitter");
    }

    [Theory]
    [InlineData("0.0.0.0", null)]
    [InlineData("[::]", null)]
    [InlineData("*", null)]
    [InlineData("127.0.0.1", "http://0.0.0.0:0")]
    public async Task Nothing_listens_beyond_its_own_machine_where_nobody_signs_in(string host, string? configured)
    {
        var settings = configured is null ? [] : new Dictionary<string, string?> { ["Kestrel:Endpoints:Open:Url"] = configured };
        var refused = await Should.ThrowAsync<IdentityConfigurationException>(async () =>
        {
            await using var open = await HandDrivenLedger.StartAsync(postgres, settings: settings, url: $"http://{host}:0");
        });
        refused.Message.ShouldContain("can be reached from other machines");
        refused.Message.ShouldContain("Identity__Issuer");
        await using var signedIn = await HandDrivenLedger.StartAsync(postgres, settings: RoleTests.SettingsOf(issuer));
    }

    [Theory]
    [InlineData(null, false, 200, 200)]
    [InlineData("none", false, 401, 401)]
    [InlineData("easyauth", true, 200, 401)]
    public async Task What_the_platform_says_of_who_signed_in_counts_in_its_mode_and_in_the_console_only(string? mode, bool counts, int console, int api)
    {
        await using var other = await HandDrivenLedger.StartAsync(postgres, settings: mode is null ? null : RoleTests.SettingsOf(issuer, ("Identity:Console", mode)));
        async Task<Answer> AskAsync(HttpMethod method, string path, params (string Name, string Value)[] headers) => await other.SendAsync(method, path, method == HttpMethod.Post ? new StringContent("") : null, headers);

        var auditor = Principal("Auditor");
        (await AskAsync(HttpMethod.Get, "/console", auditor)).Status.ShouldBe(console);
        foreach (var path in (string[])["/api/skills", "/api/audit/keys"]) (await AskAsync(HttpMethod.Get, path, auditor)).Status.ShouldBe(api, path);
        (await AskAsync(HttpMethod.Post, "/api/events", Principal("Admin"))).Status.ShouldBe(mode is null ? 415 : 401);
        if (!counts) return;

        (await AskAsync(HttpMethod.Post, "/console/skills/x/change/approve", auditor)).Status.ShouldBe(403);
        // Past the roles, to the second lock on forms.
        (await AskAsync(HttpMethod.Post, "/console/skills/x/change/approve", Principal("Admin"))).Status.ShouldBe(400);
        var reader = await AskAsync(HttpMethod.Get, "/console", Principal("Reader"));
        reader.Status.ShouldBe(403);
        reader.Text.ShouldContain("app role Auditor");
        (string, string)[][] nobody =
        [
            [], [auditor[0]], [auditor[1]], [auditor[0], ("X-MS-CLIENT-PRINCIPAL-IDP", "google")], Principal("Auditor", tenant: "other"), Principal("Auditor", tenant: ""),
            [auditor[0], auditor[0], auditor[1]], [("X-MS-CLIENT-PRINCIPAL", "%"), auditor[1]], [("X-MS-CLIENT-PRINCIPAL", Convert.ToBase64String("[]"u8)), auditor[1]],
        ];
        foreach (var headers in nobody)
        {
            using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = other.Http.BaseAddress };
            using var request = new HttpRequestMessage(HttpMethod.Get, "/console/skills?status=all");
            foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
            using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            ((int)answer.StatusCode, answer.Headers.Location?.ToString()).ShouldBe((302, "/.auth/login/aad?post_login_redirect_uri=%2Fconsole%2Fskills%3Fstatus%3Dall"));
        }
    }

    [Fact]
    public async Task Elsewhere_than_under_the_host_nobody_says_for_the_caller_where_a_form_came_from()
    {
        As(issuer.TokenOf(Author, "Admin"));
        (await ledger.PostAsync("/console/skills/x/change/approve", "", "application/x-www-form-urlencoded",
            ("Origin", "https://evil.test"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.test"))).Status.ShouldBe(403);
    }

    private static (string Name, string Value)[] Principal(string role, string tenant = TestIssuer.Tenant)
    {
        static JsonNode Claim(string type, string value) => new JsonObject { ["typ"] = type, ["val"] = value };
        var principal = new JsonObject
        {
            ["auth_typ"] = "aad",
            ["claims"] = new JsonArray(
                Claim("http://schemas.microsoft.com/identity/claims/tenantid", tenant), Claim("http://schemas.microsoft.com/identity/claims/objectidentifier", Author), Claim("roles", role)),
        };
        return [("X-MS-CLIENT-PRINCIPAL", Convert.ToBase64String(Encoding.UTF8.GetBytes(principal.ToJsonString()))), ("X-MS-CLIENT-PRINCIPAL-IDP", "aad")];
    }

    private void As(string token) => ledger.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

    private Task<Answer> ApproveAsync(int version = 1) => ledger.PostAsync("/api/skills/written/approve", new JsonObject { ["version"] = version, ["reason"] = "read it" });

    private async Task<string> DenialsAsync() => (await ledger.ReadAsync("/api/skills/written")).GetProperty("trust").ToString();
}
