using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Pipeline.EndToEnd.Tests.Hosted;

/// <summary>The HTTP side of the function app: routes from the function.json files, as the world sees them.</summary>
internal sealed class HostedRoutes : IAsyncDisposable
{
    private static readonly string[] s_notOfTheAnswer = ["Transfer-Encoding", "Connection", "Keep-Alive"];

    private readonly WebApplication _app;

    private HostedRoutes(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    public static async Task<HostedRoutes> StartAsync(FunctionsHost host)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        foreach (var function in host.Functions.Where(f => f.Of("type") == "httpTrigger"))
        {
            var route = string.Join('/', new[] { host.File.RoutePrefix, function.Of("route") ?? function.Name }.Where(part => part.Length > 0));
            // No key is sent by any caller of ours: what asked for one could not be called.
            function.Of("authLevel").ShouldBe("anonymous", function.Name);
            RequestDelegate handle = function.IsHttpInAndOut && (host.File.ProxiesHttp || host.File.ForwardsHttp) ? context => PassOnAsync(host, context) : context => CallAsync(host, function, context);
            if (function.Trigger["methods"] is JsonArray methods) app.MapMethods(route, methods.Select(m => m!.GetValue<string>().ToUpperInvariant()), handle);
            else app.Map(route, handle);
        }
        await app.StartAsync();
        return new(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task PassOnAsync(FunctionsHost host, HttpContext context)
    {
        using var request = new HttpRequestMessage(new(context.Request.Method), new Uri(context.Request.GetEncodedUrl()));
        var hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;
        // Forwarding in the older way leaves out a body whose length was not said before; proxying streams it.
        if (hasBody && (host.File.ProxiesHttp || context.Request.ContentLength > 0)) request.Content = new StreamContent(context.Request.Body);
        foreach (var (name, value) in context.Request.Headers)
            if (!request.Headers.TryAddWithoutValidation(name, value.AsEnumerable())) request.Content?.Headers.TryAddWithoutValidation(name, value.AsEnumerable());
        // As the platform's front end adds them.
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "203.0.113.7:50123");
        request.Headers.TryAddWithoutValidation("X-ARR-LOG-ID", Guid.NewGuid().ToString());
        try
        {
            using var answer = await host.ForwardAsync(request);
            context.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(h => !s_notOfTheAnswer.Contains(h.Key, StringComparer.OrdinalIgnoreCase)))
                context.Response.Headers[name] = values.ToArray();
            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (HttpRequestException)
        {
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
        }
    }

    private static async Task CallAsync(FunctionsHost host, HostedFunction function, HttpContext context)
    {
        if (await host.InvokeAsync(function, await HostPayload.OfRequestAsync(function, context.Request)) is not { } outputs)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }
        var name = function.Outputs.Where(o => HostedFunction.Text(o, "type") == "http").Select(o => HostedFunction.Text(o, "name")).Single()!;
        var answer = outputs[name]?.AsObject().ToDictionary(p => p.Key, p => p.Value, StringComparer.OrdinalIgnoreCase) ?? [];
        context.Response.StatusCode = int.Parse(answer.GetValueOrDefault("statusCode")?.ToString() ?? answer.GetValueOrDefault("status")?.ToString() ?? "200", CultureInfo.InvariantCulture);
        foreach (var (header, value) in answer.GetValueOrDefault("headers")?.AsObject() ?? []) context.Response.Headers[header] = value!.ToString();
        if (answer.GetValueOrDefault("body") is { } body) await context.Response.WriteAsync(body is JsonValue text && text.TryGetValue<string>(out var plain) ? plain : body.ToJsonString());
    }
}
