using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Pipeline.Infra.Tests.Deployment;

/// <summary>What azd runs after it deployed: against a server of the tests' own, with a command line of the tests' own.</summary>
public sealed class PostdeployHookTests : IAsyncDisposable
{
    private const string NotesItsCall = "printf '%s server=%s token=%s\\n' \"$*\" \"${PIPELINE_SERVER:-}\" \"${PIPELINE_TOKEN:-}\" >>\"$NOTES\"";
    private readonly HookRun hooks = new();
    private WebApplication? server;

    public async ValueTask DisposeAsync()
    {
        if (server is not null) await server.DisposeAsync();
        hooks.Dispose();
    }

    [Fact]
    public async Task It_migrates_waits_until_ready_and_applies_the_release()
    {
        var url = await StartAsync(readyAfterMigration: true);

        var (exit, output) = await hooks.RunAsync("hooks/postdeploy.sh");

        exit.ShouldBe(0, output);
        output.ShouldContain($"{url} is ready.");
        Notes().ShouldBe([$"migrate apply server={url} token=", "release"]);
    }

    [Fact]
    public async Task Done_again_it_does_the_same()
    {
        await StartAsync(readyAfterMigration: true);

        (await hooks.RunAsync("hooks/postdeploy.sh")).Exit.ShouldBe(0);
        (await hooks.RunAsync("hooks/postdeploy.sh")).Exit.ShouldBe(0);
    }

    [Fact]
    public async Task A_server_that_is_down_is_told_with_what_to_do()
    {
        hooks.Environment["PIPELINE_URL"] = "http://127.0.0.1:1";
        hooks.Environment["PIPELINE_WAIT"] = "1";

        var (exit, output) = await hooks.RunAsync("hooks/postdeploy.sh");

        exit.ShouldBe(1);
        output.ShouldContain("http://127.0.0.1:1/healthz does not answer after 1 s");
        output.ShouldContain("azd deploy pipeline --from-package");
    }

    [Fact]
    public async Task A_server_that_never_gets_ready_is_told_with_its_status()
    {
        var url = await StartAsync(readyAfterMigration: false);
        hooks.Environment["PIPELINE_WAIT"] = "1";

        var (exit, output) = await hooks.RunAsync("hooks/postdeploy.sh");

        exit.ShouldBe(1);
        output.ShouldContain($"{url}/readyz answers 503 after 1 s");
        Notes().ShouldNotContain("release");
    }

    [Fact]
    public async Task A_migration_that_is_refused_stops_it_before_the_skills()
    {
        await StartAsync(readyAfterMigration: true);
        hooks.HavingScript("cli", "echo 'the database has schema 2, this program knows 1' >&2; exit 3");

        var (exit, output) = await hooks.RunAsync("hooks/postdeploy.sh");

        exit.ShouldBe(1);
        output.ShouldContain("the database has schema 2");
        output.ShouldContain("The database was not migrated");
        Notes().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_release_that_is_refused_fails_it_and_says_that_the_program_runs()
    {
        await StartAsync(readyAfterMigration: true);
        hooks.HavingScript("deploy/release.sh", "echo 'version 3 is revoked' >&2; exit 4");

        var (exit, output) = await hooks.RunAsync("hooks/postdeploy.sh");

        exit.ShouldBe(1);
        output.ShouldContain("version 3 is revoked");
        output.ShouldContain("The program is deployed and ready; the skills' release was not applied");
    }

    [Theory]
    [InlineData("", "PIPELINE_URL is not set")]
    [InlineData("http://pipeline.example.org", "it must begin with https://")]
    [InlineData("http://localhost.example.org", "it must begin with https://")]
    [InlineData("http://127.0.0.1.example.org", "it must begin with https://")]
    public async Task A_token_is_sent_nowhere_else(string url, string said)
    {
        hooks.Environment["PIPELINE_URL"] = url;
        hooks.Environment["PIPELINE_TOKEN"] = "very-secret";
        hooks.Environment["PIPELINE_WAIT"] = "0";

        var (exit, output) = await hooks.RunAsync("hooks/postdeploy.sh");

        exit.ShouldBe(1);
        output.ShouldContain(said);
        output.ShouldNotContain("very-secret");
    }

    [Fact]
    public async Task On_azure_the_token_is_azd_s_and_goes_by_the_environment()
    {
        var (exit, output) = await OnAzure().With("azd", "printf '{\\n  \"token\": \"ey.J0.x\",\\n  \"expiresOn\": \"2030-01-01T00:00:00Z\"\\n}\\n'").RunAsync("hooks/postdeploy.sh");

        exit.ShouldBe(0, output);
        hooks.Calls("azd").ShouldBe(["auth token --scope api://app/.default --output json"]);
        Notes().ShouldContain("migrate apply server=https://pipeline.example.org token=ey.J0.x");
        output.ShouldNotContain("ey.J0.x");
    }

    [Fact]
    public async Task Without_azd_the_token_is_az_s()
    {
        var (exit, output) = await OnAzure().With("az", "echo ey.K1.y").RunAsync("hooks/postdeploy.sh");

        exit.ShouldBe(0, output);
        Notes().ShouldContain("migrate apply server=https://pipeline.example.org token=ey.K1.y");
    }

    [Fact]
    public async Task Whoever_gets_no_token_is_told_whose_role_is_missing()
    {
        var (exit, output) = await OnAzure().With("azd", "echo 'not logged in' >&2; exit 1").RunAsync("hooks/postdeploy.sh");

        exit.ShouldBe(1);
        output.ShouldContain("No token for api://app");
        output.ShouldContain("app role Admin");
    }

    /// <summary>A server elsewhere, for which curl stands in.</summary>
    private HookRun OnAzure()
    {
        WithCommandLine();
        hooks.Environment["PIPELINE_URL"] = "https://pipeline.example.org/";
        hooks.Environment["PIPELINE_AUDIENCE"] = "api://app";
        return hooks.With("curl", "printf 200");
    }

    private void WithCommandLine()
    {
        hooks.Environment["NOTES"] = hooks.PathTo("notes");
        hooks.Environment["PIPELINE_CLI"] = hooks.PathTo("cli");
        hooks.HavingScript("cli", NotesItsCall).HavingScript("deploy/release.sh", "echo release >>\"$NOTES\"");
    }

    private string[] Notes() => File.Exists(hooks.PathTo("notes")) ? File.ReadAllLines(hooks.PathTo("notes")) : [];

    private async Task<string> StartAsync(bool readyAfterMigration)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        server = builder.Build();
        server.MapGet("/healthz", () => Results.Ok());
        server.MapGet("/readyz", () => readyAfterMigration && Notes().Length > 0 ? Results.Ok() : Results.StatusCode(503));
        await server.StartAsync(TestContext.Current.CancellationToken);
        WithCommandLine();
        return hooks.Environment["PIPELINE_URL"] = server.Urls.Single();
    }
}
