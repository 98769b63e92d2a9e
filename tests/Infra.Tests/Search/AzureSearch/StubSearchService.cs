using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Azure.Core.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pipeline.Infra.Tests.Search.AzureSearch;

/// <summary>The documented REST calls of Azure AI Search that the adapter uses (api-version 2023-11-01), on a loopback port and in memory, with the
/// service's moods on demand: too busy as a whole, too busy for single documents, gone.</summary>
internal sealed partial class StubSearchService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, StubIndex> _indexes = new(StringComparer.Ordinal);

    private StubSearchService(WebApplication app) => _app = app;

    /// <summary>The client takes no other than https; <see cref="Transport"/> brings it here all the same.</summary>
    public Uri Endpoint { get; } = new("https://stub.search.windows.net");

    public IReadOnlyDictionary<string, StubIndex> Indexes => _indexes;

    /// <summary>Method, path and body of every request, in order.</summary>
    public ConcurrentQueue<(string Method, string Path, JsonNode? Body)> Requests { get; } = [];

    /// <summary>Answers a request instead of the service where it returns true.</summary>
    public Func<HttpContext, bool> Mood { get; set; } = _ => false;

    /// <summary>The status for a document that is sent, by its key and by how often this index was sent anything; null: it is taken.</summary>
    public Func<string, int, int?> PerDocument { get; set; } = (_, _) => null;

    /// <summary>So many searches of an index do not see yet what it has just taken.</summary>
    public int Lag { get; set; }

    public int Batches { get; private set; }

    public HttpPipelineTransport Transport => new HttpClientTransport(new HttpClient(new ToLoopback(new(_app.Urls.First()))));

    public static async Task<StubSearchService> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(k => k.Limits.MaxRequestBodySize = 16_000_000);
        var stub = new StubSearchService(builder.Build());
        stub._app.Run(stub.AnswerAsync);
        await stub._app.StartAsync();
        return stub;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Somebody deletes the only index.</summary>
    public string Lose()
    {
        var name = _indexes.Keys.Single();
        _indexes.TryRemove(name, out _);
        return name;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        JsonNode? body = null;
        if (context.Request.ContentLength > 0) body = await JsonNode.ParseAsync(context.Request.Body);
        Requests.Enqueue((context.Request.Method, context.Request.Path.Value!, body));
        if (Mood(context)) return;
        try
        {
            if (context.Request.Query["api-version"] != "2023-11-01") throw new StubRefusal(400, "api-version");
            if (context.Request.Headers["api-key"] != "the-key" && context.Request.Headers.Authorization != "Bearer the-token") throw new StubRefusal(403, "who are you");
            var path = Path().Match(context.Request.Path.Value!);
            if (!path.Success) throw new StubRefusal(404, "no such path");
            await RouteAsync(context, path.Groups["index"].Value, path.Groups["rest"].Value, body);
        }
        catch (StubRefusal refusal)
        {
            await WriteAsync(context, refusal.Status, new JsonObject { ["error"] = new JsonObject { ["code"] = "", ["message"] = refusal.Message } });
        }
    }

    private async Task RouteAsync(HttpContext context, string name, string rest, JsonNode? body)
    {
        switch (context.Request.Method, rest)
        {
            case ("PUT", ""):
                if (body!["name"]!.GetValue<string>() != name) throw new StubRefusal(400, "the name is not the path's");
                var isNew = !_indexes.ContainsKey(name);
                _indexes.AddOrUpdate(name, _ => new(body.AsObject()), (_, old) => old.Redefined(body.AsObject()));
                await WriteAsync(context, isNew ? 201 : 200, body);
                break;
            case ("GET", ""):
                await WriteAsync(context, 200, Find(name).Definition.DeepClone());
                break;
            case ("DELETE", ""):
                context.Response.StatusCode = _indexes.TryRemove(name, out _) ? 204 : 404;
                break;
            case ("POST", "/docs/search.index"):
                Batches++;
                var (status, results) = Find(name).Take(body!["value"]!.AsArray(), key => PerDocument(key, Batches), Lag);
                await WriteAsync(context, status, new JsonObject { ["value"] = results });
                break;
            case ("POST", "/docs/search.post.search"):
                await WriteAsync(context, 200, Find(name).Search(body!.AsObject()));
                break;
            default:
                throw new StubRefusal(404, "no such call");
        }
    }

    private StubIndex Find(string name) => _indexes.TryGetValue(name, out var index) ? index : throw new StubRefusal(404, "no such index");

    private static Task WriteAsync(HttpContext context, int status, JsonNode body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; odata.metadata=minimal";
        return context.Response.WriteAsync(body.ToJsonString());
    }

    [GeneratedRegex(@"^/indexes\('(?<index>[a-z0-9-]+)'\)(?<rest>/.*)?$", RegexOptions.NonBacktracking)]
    private static partial Regex Path();

    private sealed class ToLoopback(Uri server) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new UriBuilder(request.RequestUri!) { Scheme = server.Scheme, Host = server.Host, Port = server.Port }.Uri;
            return base.SendAsync(request, cancellationToken);
        }
    }
}

internal sealed class StubRefusal(int status, string message) : Exception(message)
{
    public int Status { get; } = status;
}

internal static class Moods
{
    /// <summary>So many requests are answered with a status, and a pause that is asked for.</summary>
    public static Func<HttpContext, bool> Busy(int times, HttpStatusCode status, string? retryAfter = null)
    {
        var left = times;
        return context =>
        {
            if (Interlocked.Decrement(ref left) < 0) return false;
            context.Response.StatusCode = (int)status;
            if (retryAfter is not null) context.Response.Headers.RetryAfter = retryAfter;
            return true;
        };
    }
}
