using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Routing;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Telemetry;

/// <summary>A span around every HTTP request: its method, route and status. Never its path, query or body, which say whose and what.</summary>
internal static class RequestSpans
{
    private static readonly string[] s_methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];

    public static void UseRequestSpans(this WebApplication app) => app.Use(async (context, next) =>
    {
        if (!Traces.AreOn || IsAsked(context.Request))
        {
            await next(context);
            return;
        }
        var method = s_methods.FirstOrDefault(m => HttpMethods.Equals(m, context.Request.Method)) ?? "_OTHER";
        using var span = Traces.Continue(method, ActivityKind.Server, context.Request.Headers[Traces.Name]);
        try
        {
            await next(context);
        }
        finally
        {
            var status = context.Response.StatusCode;
            // Where something went wrong, the request has lost its endpoint by now.
            var endpoint = context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
            if (span is not null && (endpoint as RouteEndpoint)?.RoutePattern.RawText is { } route)
            {
                span.DisplayName = $"{method} {route}";
                span.SetTag("http.route", route);
            }
            span?.SetTag("http.request.method", method).SetTag("http.response.status_code", status);
            if (status >= StatusCodes.Status500InternalServerError) span?.SetStatus(ActivityStatusCode.Error);
        }
    });

    // The host's calls have spans of their own, in the trace of what they bring; that it and monitors look whether the program lives tells nothing.
    private static bool IsAsked(HttpRequest request) =>
        request.Path.Value is "/" or "/healthz" || (request.Path.Value is { Length: > 1 } path && FunctionTable.All.ContainsKey(path[1..]));
}
