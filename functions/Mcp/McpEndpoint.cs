using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.LedgerApi;

namespace Pipeline.Functions.Mcp;

/// <summary>The protocol's streamable HTTP transport without sessions: each POST stands alone, so any instance can answer it.</summary>
internal sealed class McpEndpoint(IConfiguration configuration, ILoggerFactory logging) : IDisposable
{
    public const string Route = "/mcp";

    private readonly SocketsHttpHandler connections = new() { UseProxy = false };

    // An operator's choices for the server as a whole; whoever posts cannot make them.
    private readonly McpServing serving = new(
        WithScripts: configuration.GetValue("Mcp:WithScripts", defaultValue: false), AllowEmit: configuration.GetValue("Mcp:AllowEmit", defaultValue: false));

    public async Task<IResult> HandleAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await MessageAsync(context, ct) is not { } message) return Unreadable();
        if (!CallerKey.TryRead(context.Request.Headers[CallerKey.Header], out var caller)) return CallerKey.Refused;
        var alias = context.Request.Query["alias"].ToString();
        using var client = Self(context);
        client.SayCaller(caller);
        // Who may not ask for it by the API may not have it by this.
        client.ShowToken(context.Request.Headers.Authorization.ToString());
        await using var transport = new StreamableHttpServerTransport(logging) { Stateless = true };
        await using var server = McpServer.Create(transport, SkillMcpServer.Options(client, alias.Length > 0 ? serving with { Alias = alias } : serving), logging);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = server.RunAsync(done.Token);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache,no-store";
        var answered = await transport.HandlePostRequestAsync(message, context.Response.Body, ct);
        await done.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (answered) return Results.Empty;
        context.Response.ContentType = null;
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }

    public void Dispose() => connections.Dispose();

    // The API of this very process, at the address that the request came in by.
    private LedgerClient Self(HttpContext context)
    {
        var address = context.Connection.LocalIpAddress is { } local && local.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && !local.IsIPv4MappedToIPv6 ? $"[{local}]" : "127.0.0.1";
        return LedgerClient.Over(connections, new Uri($"http://{address}:{context.Connection.LocalPort}/"));
    }

    private static async Task<JsonRpcMessage?> MessageAsync(HttpContext context, CancellationToken ct)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<JsonRpcMessage>(context.Request.Body, McpJsonUtilities.DefaultOptions, ct);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IResult Unreadable() => Results.Json(
        new { jsonrpc = "2.0", id = (string?)null, error = new { code = (int)McpErrorCode.ParseError, message = "the body is not one JSON-RPC message" } },
        statusCode: StatusCodes.Status400BadRequest);
}

internal static class McpRoute
{
    /// <summary>Not of the API's document: the protocol describes itself.</summary>
    public static void MapMcp(this WebApplication app) =>
        app.MapPost(McpEndpoint.Route, (HttpContext context, McpEndpoint endpoint) => endpoint.HandleAsync(context)).ExcludeFromDescription().Needs(Identity.Role.Reader);
}
