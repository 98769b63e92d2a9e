using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Local;

/// <summary>Plays the Functions host on a laptop: calls the program's own endpoints with the bodies that the host would send.</summary>
public sealed class LocalHost(IHttpClientFactory clients) : IDisposable
{
    // As the functionTimeout of host.json.
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(30);

    private readonly TaskCompletionSource<Uri> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<FunctionFile> Functions { get; } = FunctionFile.ReadAll(AppContext.BaseDirectory);

    public void Started(Uri url) => _started.TrySetResult(url);

    public void Dispose() => _started.TrySetCanceled();

    /// <summary>The outputs by binding name; null when the call failed, so that the message is to come again.</summary>
    public async Task<JsonObject?> InvokeAsync(FunctionFile function, JsonObject data, JsonObject metadata, CancellationToken ct)
    {
        var url = await _started.Task.WaitAsync(ct);
        using var client = clients.CreateClient(nameof(LocalHost));
        client.Timeout = Timeout;
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, $"/{function.Name}"));
        request.Headers.Add("X-Azure-Functions-InvocationId", Guid.NewGuid().ToString());
        request.Content = new StringContent(new JsonObject { ["Data"] = data, ["Metadata"] = metadata }.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await client.SendAsync(request, ct);
        if (!answer.IsSuccessStatusCode) return null;
        var body = await JsonNode.ParseAsync(await answer.Content.ReadAsStreamAsync(ct), cancellationToken: ct);
        return body?["Outputs"] as JsonObject ?? [];
    }
}

internal static class Shutdown
{
    /// <summary>Stops the server for who can read its home.</summary>
    public static void MapShutdown(this WebApplication app, string token) => app.MapPost("/local/shutdown", (HttpContext context, IHostApplicationLifetime lifetime) =>
    {
        var given = Encoding.UTF8.GetBytes(context.Request.Headers["X-Local-Token"].ToString());
        if (!CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(token)))
            return Problems.Result(StatusCodes.Status403Forbidden, "local-token", "the token is not the one in this server's home");
        lifetime.StopApplication();
        return Results.Accepted();
    }).ExcludeFromDescription().IsForAnybody();
}
