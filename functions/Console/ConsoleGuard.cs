using Microsoft.Net.Http.Headers;

namespace Pipeline.Functions.Console;

/// <summary>What a page may do in a browser, and who may send it a form.</summary>
internal static class ConsoleGuard
{
    // No script at all, and nothing from elsewhere: text that slipped through every escape would still be text.
    private const string Policy =
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    /// <summary>Sets the headers of every answer, those of errors too.</summary>
    public static void UseConsoleHeaders(this IApplicationBuilder console) => console.Use((context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            // Not "no-referrer": a browser would then send forms with the origin "null".
            headers["Referrer-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
            if (headers.CacheControl.Count == 0) headers.CacheControl = "no-store";
            return Task.CompletedTask;
        });
        return next(context);
    });

    /// <summary>Refuses what another site's page sends. The antiforgery token is the second lock on the same door.</summary>
    public static void UseOwnFormsOnly(this IApplicationBuilder console) => console.Use((context, next) =>
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || IsOwn(context.Request)) return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    });

    // A browser names the origin of every form that it sends by POST, and any modern one says whether it is the same site's.
    private static bool IsOwn(HttpRequest request)
    {
        var origin = request.Headers[HeaderNames.Origin].ToString();
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        return (origin.Length == 0 || origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
            && (site.Length == 0 || site == "same-origin");
    }
}
