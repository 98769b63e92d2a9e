using Npgsql;
using Pipeline.Functions.Console;
using Pipeline.Functions.LedgerApi;
using Pipeline.Functions.Mcp;
using Pipeline.Functions.Telemetry;
using Pipeline.Infra.Blobs;
using Pipeline.Infra.Composers;
using Pipeline.Infra.Identity;
using Pipeline.Infra.Log;
using Pipeline.Infra.Payloads;
using Pipeline.Infra.Platform;
using Pipeline.Infra.Search;

namespace Pipeline.Functions.Hosting;

/// <summary>The web program: functions under the host's protocol and the API, the same on a laptop, under the host and in tests.</summary>
public static class PipelineApp
{
    /// <exception cref="ComposerConfigurationException">The composer's settings cannot be used.</exception>
    /// <exception cref="IdentityConfigurationException">Those of identity cannot, or there are none and others than this machine could reach it.</exception>
    /// <exception cref="SearchConfigurationException">Those of search cannot.</exception>
    /// <exception cref="StorageConfigurationException">Those of payloads, checkpoint and keys cannot.</exception>
    /// <exception cref="TelemetryConfigurationException">Those of logs, traces and metrics cannot.</exception>
    /// <param name="home">Where the log's keys and its published checkpoint are.</param>
    /// <param name="isBehindHost">Requests come by the Functions host, from whoever reaches that.</param>
    /// <param name="more">What only one way of running needs, such as the local pump.</param>
    public static WebApplication Build(
        string[] urls, NpgsqlDataSource database, IKeyProvider keys, string home, Action<WebApplicationBuilder>? more = null, bool isBehindHost = false)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(urls);
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = 2 * IngestEvents.RequestBody.LargestBytes;
        });
        builder.Services.AddPipeline(database, keys, home);
        builder.Services.AddLedgerApi();
        builder.Services.AddConsole();
        builder.Services.AddIdentity();
        builder.Services.AddSingleton<McpEndpoint>();
        ConfigureLogging(builder);
        more?.Invoke(builder);
        builder.AddTelemetry();

        var app = builder.Build();
        var callers = app.Services.GetRequiredService<CallerIdentification>();
        if (isBehindHost) callers.Require();
        else callers.RequireIfReachable(urls, app.Configuration);
        // Better now than with the first draft.
        _ = app.Services.GetRequiredService<ComposerOptions>();
        _ = app.Services.GetRequiredService<SearchSettings>();
        _ = app.Services.GetRequiredService<PlatformOptions>();
        _ = app.Services.GetRequiredService<PayloadSettings>();
        _ = app.Services.GetRequiredService<LogSettings>();
        var functions = FunctionFile.ReadAll(AppContext.BaseDirectory);
        // The host asks for "/" until anything answers, and now and then later.
        app.MapGet("/", (HttpContext http) => ConsoleApp.IsBrowser(http.Request)
            ? Results.Redirect(ConsoleApp.Root)
            : Results.Text($"pipeline {ProgramVersion.Number}\n")).ExcludeFromDescription().IsForAnybody();
        app.UseTelemetry();
        app.UseProblems();
        if (isBehindHost) app.UseForwardedAddress();
        app.UseConsole();
        app.UseAccessGate();
        app.MapFunctions(functions);
        app.MapLedgerApi();
        app.MapConsole();
        app.MapMcp();
        return app;
    }

    // Data goes to STDOUT, talk to STDERR.
    private static void ConfigureLogging(WebApplicationBuilder builder)
    {
        var logging = builder.Logging;
        logging.ClearProviders();
        logging.AddLines(builder.Configuration);
        logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        // It logs messages of exceptions, which may quote what was sent; UseProblems logs without them.
        // It warns that keys of forms are stored in plain: it does not see that what stores them encrypts them.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error);
        logging.AddFilter("Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware", LogLevel.None);
    }
}
