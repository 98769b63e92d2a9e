using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipeline.Infra.Keys;

namespace Pipeline.Infra.Tests.Keys;

/// <summary>The documented REST calls of Key Vault's secrets that the adapter uses (api-version 7.4), on a loopback port and in memory, the challenge and soft
/// deletion included.</summary>
internal sealed class StubKeyVault : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Version>> _secrets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _deleted = new(StringComparer.Ordinal);

    private StubKeyVault(WebApplication app) => _app = app;

    /// <summary>The client takes no other than https; its requests are brought here all the same.</summary>
    public Uri Address { get; } = new("https://stub.vault.azure.net");

    /// <summary>Method, path and query of every request that said who it is from.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Answers a request instead of the service where it returns true.</summary>
    public Func<HttpContext, bool> Mood { get; set; } = _ => false;

    public static async Task<StubKeyVault> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var stub = new StubKeyVault(builder.Build());
        stub._app.Run(stub.AnswerAsync);
        await stub._app.StartAsync();
        return stub;
    }

    /// <summary>As a program that starts finds it.</summary>
    public KeyVaultSecrets Open() => new(Address, () => new TheToken(), new HttpClientTransport(new HttpClient(new ToLoopback(new(_app.Urls.First())))));

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_lock) return [.. _secrets.Keys.Order(StringComparer.Ordinal)];
        }
    }

    public IReadOnlyList<string> ValuesOf(string name)
    {
        lock (_lock) return [.. _secrets[name].Select(v => v.Value)];
    }

    public void Add(string name, string value)
    {
        lock (_lock) (_secrets.TryGetValue(name, out var versions) ? versions : _secrets[name] = []).Add(new(Guid.NewGuid().ToString("N"), value));
    }

    public void Disable(string name, int index)
    {
        lock (_lock) _secrets[name][index] = _secrets[name][index] with { IsEnabled = false };
    }

    public void Delete(string name)
    {
        lock (_lock) _deleted.Add(name);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization != "Bearer the-token")
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = """Bearer authorization="https://login.microsoftonline.com/the-tenant", resource="https://vault.azure.net" """.Trim();
            return;
        }
        Requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
        if (Mood(context)) return;
        var body = context.Request.ContentLength > 0 ? await JsonNode.ParseAsync(context.Request.Body) : null;
        var (status, answer) = Answer(context.Request.Method, context.Request.Path.Value!.Trim('/').Split('/'), body);
        if (context.Request.Query["api-version"] != "7.4") (status, answer) = (400, Error("BadParameter"));
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.WriteAsync(answer.ToJsonString());
    }

    private (int Status, JsonNode Answer) Answer(string method, string[] path, JsonNode? body)
    {
        lock (_lock)
        {
            var name = path[1];
            if (method == "PUT" && _deleted.Contains(name)) return (409, Error("Conflict"));
            if (method == "PUT")
            {
                if (!_secrets.TryGetValue(name, out var known)) _secrets[name] = known = [];
                known.Add(new(Guid.NewGuid().ToString("N"), body!["value"]!.GetValue<string>()));
                return (200, Shown(name, known[^1], withValue: true));
            }
            if (_deleted.Contains(name) || !_secrets.TryGetValue(name, out var versions)) return (404, Error("SecretNotFound"));
            if (path is [_, _, "versions"]) return (200, new JsonObject { ["value"] = new JsonArray([.. versions.Select(v => Shown(name, v, withValue: false))]), ["nextLink"] = null });
            var version = path.Length == 3 ? versions.Find(v => v.Id == path[2]) : versions[^1];
            return version switch
            {
                null => (404, Error("SecretNotFound")),
                { IsEnabled: false } => (403, Error("Forbidden")),
                _ => (200, Shown(name, version, withValue: true)),
            };
        }
    }

    // Within one second all have one time, as the service gives it.
    private JsonObject Shown(string name, Version version, bool withValue)
    {
        var shown = new JsonObject
        {
            ["id"] = $"{Address}secrets/{name}/{version.Id}",
            ["attributes"] = new JsonObject { ["enabled"] = version.IsEnabled, ["created"] = 1_700_000_000, ["updated"] = 1_700_000_000, ["recoveryLevel"] = "Recoverable+Purgeable" },
        };
        if (withValue) shown["value"] = version.Value;
        return shown;
    }

    private static JsonObject Error(string code) => new() { ["error"] = new JsonObject { ["code"] = code, ["message"] = code } };

    private sealed record Version(string Id, string Value, bool IsEnabled = true);

    private sealed class TheToken : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new("the-token", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            requestContext.Scopes.ShouldBe(["https://vault.azure.net/.default"]);
            return ValueTask.FromResult(GetToken(requestContext, cancellationToken));
        }
    }

    private sealed class ToLoopback(Uri server) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new UriBuilder(request.RequestUri!) { Scheme = server.Scheme, Host = server.Host, Port = server.Port }.Uri;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
