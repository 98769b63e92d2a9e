using Pipeline.Functions.Console;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Identity;

namespace Pipeline.Functions.Identity;

/// <summary>Lets a request through to its endpoint when who asks may call it.</summary>
internal static class AccessGate
{
    /// <summary>RFC 6750, section 3.1.</summary>
    public const string Insufficient = "Bearer realm=\"pipeline\", error=\"insufficient_scope\"";

    /// <summary>Behind the routing. Where it stands twice, the first one counts.</summary>
    public static void UseAccessGate(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.Items.ContainsKey(typeof(AccessGate)))
        {
            await next(context);
            return;
        }
        context.Items[typeof(AccessGate)] = true;
        if (await AdmitAsync(context) is not { } caller) return;
        Caller.Enter(caller);
        await next(context);
    });

    // Null: it was refused, and the answer says so.
    private static async Task<Caller?> AdmitAsync(HttpContext context)
    {
        // Where there is no route, the answer is that there is none, or not for this method.
        if (context.GetEndpoint() is not RouteEndpoint endpoint) return Caller.Nobody;
        switch (endpoint.Metadata.GetMetadata<AccessRule>())
        {
            case AccessRule.Anybody:
                return Caller.Nobody;
            case AccessRule.Host:
                return Caller.Local;
            case AccessRule.Signed rule:
                var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
                return await AdmitAsync(context, isRead ? rule.ToRead : rule.ToChange);
            default:
                await RefuseAsync(context, StatusCodes.Status403Forbidden, "no-access-rule", "nothing says who may call this route, so nobody may; that is a mistake in the program");
                return null;
        }
    }

    private static async Task<Caller?> AdmitAsync(HttpContext context, IReadOnlyList<Role> roles)
    {
        var callers = context.RequestServices.GetRequiredService<CallerIdentification>();
        var isSignedInByPlatform = callers.Options is { Console: ConsoleSignIn.EasyAuth } && ConsoleApp.IsConsole(context.Request);
        if (isSignedInByPlatform && callers.ByPlatform(context.Request.Headers) is { } person) return await WithRoleAsync(context, person, roles);
        var authorization = context.Request.Headers.Authorization.ToString();
        if (isSignedInByPlatform && authorization.Length == 0 && HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.Redirect($"/.auth/login/aad?post_login_redirect_uri={Uri.EscapeDataString(context.Request.Path + context.Request.QueryString)}");
            return null;
        }
        switch (await callers.ByTokenAsync(authorization, context.RequestAborted))
        {
            case Identification.Known known:
                return await WithRoleAsync(context, known.Caller, roles);
            case Identification.Unknown unknown:
                if (unknown.Challenge is { } challenge) context.Response.Headers.WWWAuthenticate = challenge;
                await RefuseAsync(context, unknown.Status, unknown.Code, unknown.Why);
                return null;
            default:
                throw new InvalidOperationException("an identification of a kind that is not known");
        }
    }

    private static async Task<Caller?> WithRoleAsync(HttpContext context, Caller caller, IReadOnlyList<Role> roles)
    {
        if (caller.HasAny(roles)) return caller;
        context.Response.Headers.WWWAuthenticate = Insufficient;
        await RefuseAsync(context, StatusCodes.Status403Forbidden, "role-needed", RoleNeeded(roles));
        return null;
    }

    public static string RoleNeeded(IReadOnlyList<Role> roles) => $"this needs the app role {string.Join(" or ", roles)}, which the caller does not have; an admin of the Entra tenant assigns it";

    private static Task RefuseAsync(HttpContext context, int status, string code, string why)
    {
        // The console shows pages, with the status that it finds.
        if (ConsoleApp.IsConsole(context.Request))
        {
            context.RequestServices.GetRequiredService<PageContext>().Missing = new(status, status == StatusCodes.Status401Unauthorized ? "Nobody has signed in" : "This is not for everybody", $"{char.ToUpperInvariant(why[0])}{why[1..]}.");
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        }
        return Problems.Result(status, code, why).ExecuteAsync(context);
    }
}
