using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pipeline.EndToEnd.Tests.Composing;

/// <summary>A chat completions endpoint on a loopback port that does as it is told, misbehaviour included.</summary>
internal sealed class StubModel : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _calls;

    private StubModel(WebApplication app) => _app = app;

    /// <summary>Base address for the configuration.</summary>
    public string Url => $"{_app.Urls.First()}/v1";

    public int Calls => _calls;

    /// <summary>Bodies of the requests, in order.</summary>
    public ConcurrentQueue<JsonObject> Requests { get; } = [];

    public ConcurrentQueue<IReadOnlyDictionary<string, string>> Headers { get; } = [];

    /// <summary>How the n-th request (from 1) is answered.</summary>
    public Func<HttpContext, StubTurn, Task> Behaviour { get; set; } = (context, turn) => context.Response.WriteAsync(Completion(Reworded(turn.Draft)));

    public static async Task<StubModel> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var stub = new StubModel(builder.Build());
        stub._app.MapPost("/v1/chat/completions", stub.AnswerAsync);
        stub._app.MapPost("/openai/deployments/{deployment}/chat/completions", stub.AnswerAsync);
        await stub._app.StartAsync();
        return stub;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>The settings that make the program ask this model.</summary>
    public Dictionary<string, string?> Settings(params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string?> { ["Composer:Endpoint"] = Url, ["Composer:Model"] = "stub-1", ["Composer:Timeout"] = "20" };
        foreach (var (name, value) in more) settings[$"Composer:{name}"] = value;
        return settings;
    }

    /// <summary>A response as the API gives it.</summary>
    public static string Completion(string content, string finish = "stop", string? refusal = null) => new JsonObject
    {
        ["id"] = "chatcmpl-1",
        ["object"] = "chat.completion",
        ["model"] = "stub-1-2026-02",
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["finish_reason"] = finish, ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = content, ["refusal"] = refusal } }),
        ["usage"] = new JsonObject { ["prompt_tokens"] = 1200, ["completion_tokens"] = 300, ["total_tokens"] = 1500 },
    }.ToJsonString();

    public static string Patches(params (string Section, string Text)[] patches) => Patches(null, patches);

    public static string Patches(string? description, params (string Section, string Text)[] patches) => new JsonObject
    {
        ["description"] = description,
        ["patches"] = new JsonArray([.. patches.Select(p => (JsonNode)new JsonObject { ["section"] = p.Section, ["text"] = p.Text })]),
        ["rationale"] = "Clearer.",
    }.ToJsonString();

    public const string Opening = "Work through this in order, and stop where a step does not succeed.";

    /// <summary>The draft's steps with a sentence before them.</summary>
    public static string Reworded(IReadOnlyDictionary<string, string> draft) => Patches(("Steps", $"{Opening}\n\n{draft["Steps"]}"));

    private async Task AnswerAsync(HttpContext context)
    {
        var number = Interlocked.Increment(ref _calls);
        var body = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        Requests.Enqueue(body);
        Headers.Enqueue(context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        context.Response.ContentType = "application/json";
        await Behaviour(context, new(number, body));
    }
}

/// <param name="Number">Which request it is, from 1.</param>
internal sealed record StubTurn(int Number, JsonObject Request)
{
    /// <summary>The user's turn.</summary>
    public string Material => Request["messages"]![1]!["content"]!.GetValue<string>();

    public JsonElement Data => JsonElement.Parse(Material.Split('\n')[1]);

    /// <summary>Sections of the draft by their headings.</summary>
    public IReadOnlyDictionary<string, string> Draft => Data.GetProperty("draft").GetProperty("sections").EnumerateArray()
        .ToDictionary(s => s.GetProperty("section").GetString()!, s => s.GetProperty("text").GetString()!);
}
