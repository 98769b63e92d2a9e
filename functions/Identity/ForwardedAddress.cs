namespace Pipeline.Functions.Identity;

/// <summary>Under the Functions host a request comes from the host itself; under which address it was sent, the platform's headers say. Elsewhere nobody
/// stands in front of the program, so that they would be the caller's own.</summary>
internal static class ForwardedAddress
{
    public static void UseForwardedAddress(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var request = context.Request;
        // Several: each on the way added its own behind; the first is where the caller came in.
        if (First(request.Headers["X-Forwarded-Proto"]) is var scheme and ("https" or "http")) request.Scheme = scheme;
        if (First(request.Headers["X-Forwarded-Host"]) is { Length: > 0 } host && Uri.CheckHostName(new HostString(host).Host) != UriHostNameType.Unknown) request.Host = new(host);
        return next(context);
    });

    private static string First(string? header) => (header ?? "").Split(',')[0].Trim();
}
