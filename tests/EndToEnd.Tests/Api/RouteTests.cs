using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Api;

public sealed partial class RouteTests(PostgresFixture postgres) : IAsyncLifetime
{
    private HandDrivenLedger ledger = null!;

    public async ValueTask InitializeAsync() => ledger = await HandDrivenLedger.StartAsync(postgres);

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task The_OpenAPI_document_has_exactly_the_routes_that_are_mapped()
    {
        var document = await ledger.ReadAsync("/api/openapi.json");
        var described = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}")).Order(StringComparer.Ordinal).ToList();

        // Functions, the local shutdown, the greeting and the document itself are not for users of the API.
        var mapped = ledger.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not { ExcludeFromDescription: true } && e.RoutePattern.RawText != "/api/openapi.json")
            .SelectMany(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {Plain(e.RoutePattern.RawText!)}")).Order(StringComparer.Ordinal).ToList();

        mapped.Count.ShouldBeGreaterThan(20);
        described.ShouldBe(mapped);
    }

    [Fact]
    public async Task The_guide_names_exactly_the_routes_of_the_document()
    {
        var document = await ledger.ReadAsync("/api/openapi.json");
        var described = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {Parameter().Replace(path.Name, "{}")}")).ToHashSet();

        var guide = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "http-api.md"), TestContext.Current.CancellationToken);
        var named = guide.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).SelectMany(RoutesOf).ToHashSet();

        named.ShouldBe(described, ignoreOrder: true);
    }

    [Theory]
    [InlineData("GET", "/api/nothing", 404, "no-such-route")]
    [InlineData("GET", "/api/nothing.json", 404, "no-such-route")]
    [InlineData("GET", "/api", 404, "no-such-route")]
    [InlineData("GET", "/nothing", 404, "no-such-route")]
    [InlineData("POST", "/api/skills/x/y/z", 404, "no-such-route")]
    [InlineData("DELETE", "/api/skills", 405, "method")]
    [InlineData("GET", "/api/events", 405, "method")]
    [InlineData("GET", "/api/dead-letters/x", 404, "no-such-route")]
    [InlineData("GET", "/api/dead-letters/99", 404, "dead-letter-unknown")]
    [InlineData("POST", "/api/dead-letters/99/retry", 404, "dead-letter-unknown")]
    [InlineData("POST", "/api/dead-letters/99/discard", 404, "dead-letter-unknown")]
    [InlineData("GET", "/api/dead-letters?state=odd", 400, "state")]
    [InlineData("GET", "/api/dead-letters?state=5", 400, "state")]
    [InlineData("GET", "/api/dead-letters?after=x", 400, "bad-request")]
    public async Task What_is_not_there_is_a_problem(string method, string path, int status, string code) =>
        (await ledger.SendAsync(new(method), path)).ShouldBeProblem(status, code);

    [Fact]
    public async Task Events_are_asked_for_by_source_and_id_and_not_too_many()
    {
        foreach (var body in new[] { "{}", "{\"events\":null}", "{\"events\":[null]}", "{\"events\":[{\"id\":\"a\"}]}" })
            (await ledger.PostAsync("/api/events/state", body, "application/json")).ShouldBeProblem(400, "bad-request");
        var many = new JsonArray([.. Enumerable.Range(0, 1001).Select(n => (JsonNode)new JsonObject { ["source"] = "s", ["id"] = $"{n}" })]);
        (await ledger.PostAsync("/api/events/state", new JsonObject { ["events"] = many })).ShouldBeProblem(400, "too-many");
        (await ledger.PostAsync("/api/events/state", """{"events":[{"source":"s\u0000","id":"i"}]}""", "application/json")).ShouldBeProblem(400, "json-nul");
    }

    [Fact]
    public async Task Health_and_readiness_are_told()
    {
        (await ledger.GetAsync("/healthz")).Text.ShouldBe("ok\n");
        (await ledger.GetAsync("/readyz")).Text.ShouldBe("ready\n");
    }

    private static string Plain(string route) => Constraint().Replace(route, "{$1}").TrimEnd('/') is { Length: > 0 } plain ? plain : "/";

    private static IEnumerable<string> RoutesOf(string row)
    {
        var quoted = Quoted().Matches(row.Split('|')[1]).Select(m => m.Groups[1].Value).ToList();
        string? first = null;
        foreach (var route in quoted)
        {
            // A bare word is the last part of the route before it, exchanged.
            var whole = route.Contains(' ', StringComparison.Ordinal) ? route : $"{first![..first!.LastIndexOf('/')]}/{route}";
            first = whole;
            yield return Parameter().Replace(whole, "{}");
        }
    }

    [GeneratedRegex(@"\{([^}:]+):[^}]+\}")]
    private static partial Regex Constraint();

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
