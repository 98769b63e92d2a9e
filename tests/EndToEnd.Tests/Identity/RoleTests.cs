using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Identity;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Identity;

public sealed partial class RoleTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Begin = "<!-- roles -->\n", End = "<!-- /roles -->";

    private TestIssuer issuer = null!;
    private HandDrivenLedger ledger = null!;

    public async ValueTask InitializeAsync()
    {
        issuer = await TestIssuer.StartAsync();
        ledger = await HandDrivenLedger.StartAsync(postgres, settings: SettingsOf(issuer));
    }

    public async ValueTask DisposeAsync()
    {
        await ledger.DisposeAsync();
        await issuer.DisposeAsync();
    }

    internal static Dictionary<string, string?> SettingsOf(TestIssuer issuer, params (string Name, string Value)[] more) =>
        issuer.Settings.Select(s => (Name: s.Key.Replace("__", ":", StringComparison.Ordinal), s.Value)).Concat(more).ToDictionary(s => s.Name, s => (string?)s.Value);

    /// <summary>Calls every route with a token of each role and without one. What is let through may be answered by anything else, such as that there is no such skill.</summary>
    [Fact]
    public async Task Every_route_is_refused_to_everybody_but_the_roles_that_the_table_in_docs_names()
    {
        var page = new StringBuilder($"| route | no token | no role | {string.Join(" | ", Enum.GetNames<Role>())} |\n|---|---|---|{string.Concat(Enum.GetNames<Role>().Select(_ => "---|"))}\n");
        string?[] tokens = [null, issuer.Token(), .. Enum.GetNames<Role>().Select(role => issuer.Token(role))];
        var routes = Routes().ToList();
        routes.Count.ShouldBeGreaterThan(60);
        foreach (var (method, route, type) in routes)
        {
            var answers = new List<string>();
            foreach (var token in tokens)
            {
                var answer = await SendAsync(method, Parameter().Replace(route, "1").Replace("*", "", StringComparison.Ordinal), token, type);
                var isRefused = answer.Headers.TryGetValue("WWW-Authenticate", out var challenge) && challenge.StartsWith("Bearer realm=\"pipeline\"", StringComparison.Ordinal);
                answer.Status.ShouldNotBe(500, $"{method} {route}: {answer.Text}");
                if (answer.Status is 401 or 403) (isRefused || route.StartsWith("/console", StringComparison.Ordinal)).ShouldBeTrue($"{method} {route}: {answer.Text}");
                answers.Add(isRefused ? $"{answer.Status}" : "yes");
                if (isRefused && !route.StartsWith("/console", StringComparison.Ordinal)) answer.ShouldBeProblem(answer.Status, answer.Status == 401 ? "token-needed" : "role-needed");
            }
            page.Append($"| `{method} {route}` | {string.Join(" | ", answers)} |\n");
        }
        Documented(page.ToString());
    }

    [Fact]
    public void Every_endpoint_says_who_may_call_it() =>
        Endpoints().Where(e => e.Metadata.GetMetadata<AccessRule>() is null).Select(e => e.RoutePattern.RawText).ShouldBeEmpty();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_endpoint_that_does_not_say_who_may_call_it_is_refused_to_everybody(bool withIdentity)
    {
        await using var other = await HandDrivenLedger.StartAsync(postgres, settings: withIdentity ? SettingsOf(issuer) : null, more: services => services.AddUndeclaredRoute());
        other.Http.DefaultRequestHeaders.Authorization = new("Bearer", issuer.TokenOf(TestIssuer.Person, "Admin"));
        (await other.GetAsync("/undeclared")).ShouldBeProblem(403, "no-access-rule");
        (await other.GetAsync("/api/status")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task What_is_wrong_with_a_token_is_said_in_words_and_in_the_challenge()
    {
        var late = await SendAsync("GET", "/api/skills", issuer.Token(p => p["exp"] = 1));
        late.ShouldBeProblem(401, "token-refused");
        late.Problem.GetProperty("detail").GetString().ShouldBe("the token is not taken: it has expired");
        late.Headers["WWW-Authenticate"].ShouldBe("Bearer realm=\"pipeline\", error=\"invalid_token\", error_description=\"the token is not taken: it has expired\"");
        (await SendAsync("GET", "/api/skills", null)).Headers["WWW-Authenticate"].ShouldBe("Bearer realm=\"pipeline\"");
        (await ledger.GetAsync("/api/skills", ("Authorization", "Basic YTpi"))).ShouldBeProblem(401, "token-refused");
        // Roles that are not known here, and numbers that a parser would take for one.
        (await SendAsync("GET", "/api/skills", issuer.Token("reader", "3", "Owner"))).ShouldBeProblem(403, "role-needed");
        (await SendAsync("GET", "/api/nothing", null)).ShouldBeProblem(404, "no-such-route");
        (await SendAsync("DELETE", "/api/skills", null)).ShouldBeProblem(405, "method");
        issuer.Instead = _ => Results.StatusCode(500);
        await using var fresh = await HandDrivenLedger.StartAsync(postgres, settings: SettingsOf(issuer));
        (await fresh.GetAsync("/api/skills", ("Authorization", $"Bearer {issuer.Token("Admin")}"))).ShouldBeProblem(503, "identity-away");
    }

    [Fact]
    public async Task The_host_calls_functions_without_a_token_and_shows_the_callers()
    {
        (await InvokeAsync(null)).ShouldBe((401, "Bearer realm=\"pipeline\""));
        (await InvokeAsync(issuer.Token("Reader"))).ShouldBe((403, "Bearer realm=\"pipeline\", error=\"insufficient_scope\""));
        (await InvokeAsync(issuer.Token("Emitter"))).ShouldBe((415, null));
        (await ledger.PostAsync("/SweepLifecycle", "{\"Data\":{},\"Metadata\":{}}", "application/json")).Status.ShouldBe(200);

        async Task<(int, string?)> InvokeAsync(string? token)
        {
            var headers = token is null ? "{}" : $"{{\"Authorization\":[\"Bearer {token}\"],\"Content-Type\":[\"application/json\"]}}";
            var answer = await ledger.PostAsync("/IngestEvents", $"{{\"Data\":{{\"req\":{{\"Method\":\"POST\",\"Headers\":{headers},\"Body\":\"{{}}\"}}}},\"Metadata\":{{}}}}", "application/json");
            answer.Status.ShouldBe(200, answer.Text);
            var res = answer.Json.GetProperty("Outputs").GetProperty("res");
            return (res.GetProperty("statusCode").GetInt32(), res.GetProperty("headers").TryGetProperty("WWW-Authenticate", out var challenge) ? challenge.GetString() : null);
        }
    }

    private IEnumerable<RouteEndpoint> Endpoints() => ledger.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    private IEnumerable<(string Method, string Route, string Type)> Routes() =>
        from endpoint in Endpoints()
        where endpoint.Metadata.GetMetadata<AccessRule>() is not AccessRule.Host
        let route = Constraint().Replace(endpoint.RoutePattern.RawText!, "{$1}")
        let plain = "/" + route.Trim('/')
        // The name of a file there has the digest of its content in it.
        where !plain.StartsWith("/console/assets/", StringComparison.Ordinal)
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
        orderby plain, method
        // Sent as another type, a body is refused before anybody asks who sends it.
        select (method, plain, endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes[0] ?? "application/json");

    private async Task<Answer> SendAsync(string method, string path, string? token, string type = "application/json")
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (method == "POST") request.Content = new StringContent("", Encoding.UTF8, type);
        using var answer = await ledger.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return await Answer.ReadAsync(answer, TestContext.Current.CancellationToken);
    }

    private static void Documented(string page)
    {
        var file = Path.Combine(Repository.Root, "docs", "security.md");
        var text = File.ReadAllText(file);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable("PIPELINE_WRITE_DOCS") == "1") File.WriteAllText(file, text[..from] + page + text[to..]);
        else text[from..to].ShouldBe(page, "PIPELINE_WRITE_DOCS=1 writes it anew");
    }

    [GeneratedRegex(@"\{([^}:]+):[^}]+\}")]
    private static partial Regex Constraint();

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
