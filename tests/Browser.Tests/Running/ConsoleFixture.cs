using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Pipeline.Browser.Tests.Running;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Infra.Local;
using Pipeline.Tests;

[assembly: AssemblyFixture(typeof(ConsoleFixture))]

namespace Pipeline.Browser.Tests.Running;

/// <summary>The real program, started once on the samples and on skills that mean no good, and the system's Chromium to look at it with.</summary>
public sealed class ConsoleFixture : IAsyncLifetime
{
    public const string ChromiumVariable = "PIPELINE_TEST_CHROMIUM";

    private static readonly string? s_chromium = FindChromium();

    private readonly string home = PostgresFixture.NewHome();
    private readonly string data = PostgresFixture.NewHome();
    private readonly Lazy<Task<ServedLedger>> ledger;
    private readonly Lazy<Task<IBrowser>> browser;
    private EmbeddedPostgres? postgres;
    private PipelineProcess? program;
    private IPlaywright? playwright;

    public ConsoleFixture() => (ledger, browser) = (new(StartAsync), new(LaunchAsync));

    public ValueTask InitializeAsync() => default;

    /// <summary>The program's API, once it has learned from the samples.</summary>
    internal Task<ServedLedger> LedgerAsync() => ledger.Value;

    /// <summary>A page of the console in a fresh browser profile. Skips the test where there is no browser.</summary>
    internal async Task<Tab> OpenAsync(string path, Looks? looks = null)
    {
        Assert.SkipWhen(s_chromium is null, $"there is no Chromium here: install the package chromium, or name the program in {ChromiumVariable}");
        var served = await LedgerAsync();
        return await Tab.OpenAsync(await browser.Value, served.Http.BaseAddress!, path, looks ?? Looks.Usual);
    }

    public async ValueTask DisposeAsync()
    {
        // What could not start failed its tests already; what it had started is still to be stopped.
        if (browser is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) await (await browser.Value).DisposeAsync();
        playwright?.Dispose();
        if (ledger is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) await (await ledger.Value).DisposeAsync();
        if (program is not null)
        {
            await program.TerminateAsync();
            program.Dispose();
        }
        if (postgres is null) return;
        await postgres.DisposeAsync();
        await PostgresFixture.RemoveAsync(data);
        Directory.Delete(home, recursive: true);
    }

    private async Task<ServedLedger> StartAsync()
    {
        postgres = await PostgresFixture.StartAsync(data);
        program = PipelineProcess.Start(home, postgres.ConnectionString, "up", "--port", "0");
        var served = new ServedLedger(postgres.ConnectionString, await program.UrlAsync());
        while (!program.Error.Contains("Serving at", StringComparison.Ordinal)) await Task.Delay(50, TestContext.Current.CancellationToken);
        await Content.WriteAsync(served);
        return served;
    }

    private async Task<IBrowser> LaunchAsync()
    {
        playwright = await Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(new() { ExecutablePath = s_chromium });
    }

    private static string? FindChromium()
    {
        if (Environment.GetEnvironmentVariable(ChromiumVariable) is { Length: > 0 } chosen) return chosen;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return (from name in (string[])["chromium", "chromium-browser", "google-chrome"]
                from folder in folders
                select Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}
