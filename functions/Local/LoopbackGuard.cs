using System.Net;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Local;

/// <summary>Nobody signs in on a loopback address, so a page of some other site in the same browser must not be able to act: requests are
/// answered only under a loopback name (which defeats DNS rebinding) and from no other origin.</summary>
internal static class LoopbackGuard
{
    public static void UseLoopbackGuard(this WebApplication app) => app.Use(async (context, next) =>
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (IsLoopback(context.Request.Host.Host) && (origin.Length == 0 || IsOwn(origin, context.Request)))
        {
            await next(context);
            return;
        }
        await Problems.Result(StatusCodes.Status403Forbidden, "not-from-here", "this server answers only to its own machine: use http://localhost and no other page's requests")
            .ExecuteAsync(context);
    });

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var from) && IsLoopback(from.Host) && from.Port == (request.Host.Port ?? 80);
}
