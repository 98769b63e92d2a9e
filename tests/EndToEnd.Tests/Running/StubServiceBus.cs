using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pipeline.EndToEnd.Tests.Running;

/// <summary>Service Bus's documented "Send Message" call, for the one queue that emitters may write to.</summary>
internal sealed class StubServiceBus : IAsyncDisposable
{
    public const string Token = "the-token";

    /// <summary>Of a message with its headers, in the service's standard tier.</summary>
    private const int LargestMessage = 256 * 1024;

    private readonly WebApplication _app;

    private StubServiceBus(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public ConcurrentQueue<(string MessageId, byte[] Body)> Messages { get; } = [];

    public static async Task<StubServiceBus> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var stub = new StubServiceBus(builder.Build());
        stub._app.Run(async context => context.Response.StatusCode = await stub.TakeAsync(context.Request));
        await stub._app.StartAsync();
        return stub;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<int> TakeAsync(HttpRequest request)
    {
        if (request.Headers.Authorization != $"Bearer {Token}") return 401;
        if (request.Method != "POST" || request.Path != "/trajectories/messages") return 404;
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        if (body.Length > LargestMessage) return 413;
        // Who reads the queue is told the content type.
        if (request.ContentType != "application/cloudevents+json") return 400;
        var properties = JsonNode.Parse(request.Headers["BrokerProperties"].ToString())!;
        Messages.Enqueue((properties["MessageId"]!.GetValue<string>(), body.ToArray()));
        return 201;
    }
}
