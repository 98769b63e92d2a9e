using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pipeline.EndToEnd.Tests.Webhooks;

/// <summary>A platform that is told of skills: it checks signatures by itself, and behaves as each test likes.</summary>
internal sealed class StubReceiver : IAsyncDisposable
{
    public const string Secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private readonly WebApplication app;

    private StubReceiver(WebApplication app) => this.app = app;

    public Uri Url => new(app.Urls.First());

    /// <summary>What came to <c>/hook</c>, in order.</summary>
    public ConcurrentQueue<Delivered> Deliveries { get; } = [];

    /// <summary>How many came anywhere else.</summary>
    public int Strays { get; private set; }

    /// <summary>What <c>/hook</c> answers.</summary>
    public Func<HttpContext, Task> Answers { get; set; } = Ok;

    public static Task Ok(HttpContext context)
    {
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    public static Func<HttpContext, Task> Status(int status) => context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    public static Task Hang(HttpContext context) => Task.Delay(Timeout.Infinite, context.RequestAborted);

    /// <summary>Says yes and goes on talking.</summary>
    public static async Task TalkForEver(HttpContext context)
    {
        while (!context.RequestAborted.IsCancellationRequested) await context.Response.WriteAsync(new string('x', 65536), context.RequestAborted);
    }

    public static async Task<StubReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var stub = new StubReceiver(builder.Build());
        stub.app.MapPost("/hook", async (HttpContext context) =>
        {
            stub.Deliveries.Enqueue(await Delivered.ReadAsync(context.Request));
            await stub.Answers(context);
        });
        stub.app.MapFallback(() => stub.Strays++);
        await stub.app.StartAsync();
        return stub;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}

internal sealed record Delivered(string Id, string Timestamp, string Signature, string ContentType, string Body)
{
    public JsonElement Event => JsonElement.Parse(Body);
    public string Type => Event.GetProperty("type").GetString()!;

    public bool IsSigned
    {
        get
        {
            var mac = HMACSHA256.HashData(Convert.FromBase64String(StubReceiver.Secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{Id}.{Timestamp}.{Body}"));
            return Signature == $"v1,{Convert.ToBase64String(mac)}";
        }
    }

    public static async Task<Delivered> ReadAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync();
        return new(request.Headers["webhook-id"].ToString(), request.Headers["webhook-timestamp"].ToString(), request.Headers["webhook-signature"].ToString(), request.ContentType ?? "", body);
    }
}
