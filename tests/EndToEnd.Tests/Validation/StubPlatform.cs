using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Pipeline.EndToEnd.Tests.Running;

namespace Pipeline.EndToEnd.Tests.Validation;

/// <summary>A platform as docs/platform-validation.md describes it.</summary>
internal sealed class StubPlatform : IAsyncDisposable
{
    public const string Secret = "a secret of enough bytes for this";

    private readonly WebApplication _app;

    private StubPlatform(WebApplication app) => _app = app;

    public ConcurrentQueue<(string Id, JsonElement Data)> Questions { get; } = [];

    /// <summary>What it answers to a question; null: 202.</summary>
    public Func<HttpContext, Task>? Behaviour { get; set; }

    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Platform:Url"] = $"{_app.Urls.First()}/hook",
        ["Platform:Secret"] = Secret,
        ["Platform:AllowPrivate"] = "true",
    };

    public static async Task<StubPlatform> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var platform = new StubPlatform(builder.Build());
        platform._app.MapPost("/hook", platform.TakeAsync);
        await platform._app.StartAsync(TestContext.Current.CancellationToken);
        return platform;
    }

    public static JsonObject Answer(JsonElement question, string id, Func<int, (bool With, bool Without)> runs, int pairs = 40, string? token = null) => Event(id, new()
    {
        ["job"] = question.Text("job"),
        ["token"] = token ?? question.Text("token"),
        ["packageDigest"] = question.Text("packageDigest"),
        ["pairs"] = new JsonArray([.. Enumerable.Range(0, pairs).Select(i => (JsonNode)new JsonObject
        {
            ["task"] = $"task-{i % 10}",
            ["model"] = $"model-{i % 2}",
            ["with"] = new JsonObject { ["success"] = runs(i).With, ["tokens"] = 900 },
            ["without"] = new JsonObject { ["success"] = runs(i).Without, ["tokens"] = 1000 },
        })]),
    });

    public static JsonObject Blocked(JsonElement question, string id, string why) => Event(id, new()
    {
        ["job"] = question.Text("job"),
        ["token"] = question.Text("token"),
        ["packageDigest"] = question.Text("packageDigest"),
        ["blocked"] = why,
    });

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        if (Behaviour is { } behaviour)
        {
            await behaviour(context);
            return;
        }
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var (id, stamp) = (context.Request.Headers["webhook-id"].ToString(), context.Request.Headers["webhook-timestamp"].ToString());
        byte[] signed = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{stamp}.")), .. body.ToArray()];
        var isSigned = context.Request.Headers["webhook-signature"] == $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), signed))}";
        context.Response.StatusCode = isSigned ? StatusCodes.Status202Accepted : StatusCodes.Status401Unauthorized;
        if (isSigned) Questions.Enqueue((id, JsonElement.Parse(body.ToArray()).GetProperty("data")));
    }

    private static JsonObject Event(string id, JsonObject data) => new()
    {
        ["specversion"] = "1.0",
        ["type"] = "com.skillpipeline.validation-result.v1",
        ["source"] = "https://platform.example",
        ["id"] = id,
        ["data"] = data,
    };
}
