using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Diagnostics;
using Pipeline.Functions.Console.Parts;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Reading;

namespace Pipeline.Functions.Console;

/// <summary>The pages below <c>/console</c>, for auditors and admins: drawn on the server, plain links and forms, no script. A page asks the read
/// services in <c>functions/Reading</c> and those of the API, and nothing beneath them.</summary>
internal static class ConsoleApp
{
    public const string Root = "/console";

    public static IServiceCollection AddConsole(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddScoped<PageContext>();
        FormProtection.Add(services);
        services.Configure<AntiforgeryOptions>(o =>
        {
            o.Cookie.Name = "console-form";
            o.Cookie.SameSite = SameSiteMode.Strict;
            o.Cookie.HttpOnly = true;
            o.Cookie.Path = Root;
            o.SuppressXFrameOptionsHeader = true;
        });
        return services;
    }

    /// <summary>Before the routes: headers, errors as pages, and who may send a form.</summary>
    public static void UseConsole(this WebApplication app) => app.UseWhen(
        context => IsConsole(context.Request),
        console =>
        {
            console.UseConsoleHeaders();
            console.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = context => OfException(context, app.Logger) });
            console.UseStatusCodePages(pages => ShowAsync(pages.HttpContext, ErrorPages.Of(pages.HttpContext.Response.StatusCode)));
            console.UseAccessGate();
            console.UseOwnFormsOnly();
            console.UseAntiforgery();
            console.Use(async (context, next) =>
            {
                if (!context.Request.Path.StartsWithSegments(ConsoleAssets.Folder, StringComparison.OrdinalIgnoreCase))
                {
                    var page = context.RequestServices.GetRequiredService<PageContext>();
                    await page.OpenAsync(context, context.RequestServices.GetRequiredService<LedgerMoments>(), context.RequestAborted);
                }
                await next(context);
            });
        });

    public static void MapConsole(this WebApplication app)
    {
        app.MapConsoleAssets();
        app.MapTimelineFiles();
        app.MapRazorComponents<App>().ExcludeFromDescription().NeedsToReadAndToChange(Role.Auditor, Role.Admin);
    }

    public static bool IsConsole(HttpRequest request) => request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether somebody looks with a browser: those ask for HTML before anything else.</summary>
    public static bool IsBrowser(HttpRequest request) => request.Headers.Accept.ToString().StartsWith("text/html", StringComparison.OrdinalIgnoreCase);

    private static Task OfException(HttpContext context, ILogger logger)
    {
        var feature = context.Features.Get<IExceptionHandlerFeature>();
        var status = LedgerApi.LedgerApi.StatusOf(feature?.Error);
        // Its message may quote what was sent, so the log gets none.
        if (status == StatusCodes.Status500InternalServerError)
            logger.LogError("{Route} failed: {Problem}\n{Trace}", feature?.Endpoint?.DisplayName, feature?.Error.GetType().FullName, feature?.Error.StackTrace);
        return ShowAsync(context, ErrorPages.Of(status));
    }

    // Not as a result of a component, which would add its headers to those of the page that failed.
    private static async Task ShowAsync(HttpContext context, ErrorText error)
    {
        var services = context.RequestServices;
        var page = services.GetRequiredService<PageContext>();
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        var parameters = ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(ErrorDocument.Error)] = page.Missing ?? error });
        var html = await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<ErrorDocument>(parameters)).ToHtmlString());
        context.Response.StatusCode = error.Status;
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync(html, context.RequestAborted);
    }
}
