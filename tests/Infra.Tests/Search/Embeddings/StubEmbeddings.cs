using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipeline.Infra.Search.Embeddings;

namespace Pipeline.Infra.Tests.Search.Embeddings;

/// <summary>An embeddings endpoint on a loopback port, with a meaning of its own: a dimension for each group of words that mean the same.</summary>
internal sealed class StubEmbeddings : IAsyncDisposable
{
    private static readonly string[][] s_meanings = [["refund", "money", "reimburse"], ["seat", "chair", "place"], ["book", "novel", "volume"]];

    private readonly WebApplication _app;

    private StubEmbeddings(WebApplication app) => _app = app;

    public ConcurrentQueue<JsonObject> Requests { get; } = [];

    /// <summary>Answers a request in its place where it returns true; the second is its number, from 1.</summary>
    public Func<HttpContext, int, Task<bool>> Mood { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>What is answered; by default a vector for each text.</summary>
    public Func<IReadOnlyList<string>, JsonObject> Answer { get; set; } = texts => Of(texts.Select(Vector));

    public EmbeddingOptions Options { get; set; } = null!;

    public static async Task<StubEmbeddings> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var stub = new StubEmbeddings(builder.Build());
        stub._app.MapPost("/v1/embeddings", stub.AnswerAsync);
        await stub._app.StartAsync();
        stub.Options = new() { Endpoint = new($"{stub._app.Urls.First()}/v1"), Model = "stub", ApiKey = "the-key", Auth = EmbeddingAuth.Key, Dimensions = 3, BatchSize = 4, QueryTimeout = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(20) };
        return stub;
    }

    public EmbeddingEndpoint Endpoint() => new(new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }), Options, TimeProvider.System);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    public static double[] Vector(string text) =>
        [.. s_meanings.Select(words => 0.01 + words.Sum(w => text.Contains(w, StringComparison.OrdinalIgnoreCase) ? 1.0 : 0))];

    public static JsonObject Of(IEnumerable<double[]> vectors) => new()
    {
        ["object"] = "list",
        ["data"] = new JsonArray([.. vectors.Select((v, i) => new JsonObject { ["index"] = i, ["embedding"] = new JsonArray([.. v.Select(n => JsonValue.Create(n))]) })]),
    };

    private async Task AnswerAsync(HttpContext context)
    {
        var body = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        Requests.Enqueue(body);
        if (await Mood(context, Requests.Count)) return;
        if (context.Request.Headers.Authorization != "Bearer the-key")
        {
            context.Response.StatusCode = 401;
            return;
        }
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(Answer([.. body["input"]!.AsArray().Select(t => t!.GetValue<string>())]).ToJsonString());
    }
}
