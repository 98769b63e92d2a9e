namespace Pipeline.Infra.Tests.Deployment;

/// <summary>What azd runs before and after it makes the resources.</summary>
public sealed class ProvisionHookTests : IDisposable
{
    private readonly HookRun hooks = new HookRun().With("dotnet", "echo 10.0.100").With("az");

    public void Dispose() => hooks.Dispose();

    [Fact]
    public async Task With_all_there_it_is_ready()
    {
        var (exit, output) = await hooks.RunAsync("hooks/preprovision.sh");

        exit.ShouldBe(0, output);
        output.ShouldContain("Ready to provision staging");
    }

    [Theory]
    [InlineData("ENTRA_CLIENT_ID", "", "ENTRA_CLIENT_ID is not set: nothing is deployed that would answer without a token")]
    [InlineData("ENTRA_CLIENT_ID", "my-app", "ENTRA_CLIENT_ID is not set")]
    [InlineData("AZURE_ENV_NAME", "", "AZURE_ENV_NAME is ''")]
    [InlineData("AZURE_ENV_NAME", "a b; rm -rf /", "AZURE_ENV_NAME is 'a b; rm -rf /'")]
    [InlineData("PIPELINE_CONSOLE", "yes", "easyauth or none")]
    [InlineData("PIPELINE_VNET", "yes", "PIPELINE_VNET is 'yes': true or false")]
    [InlineData("PIPELINE_SEARCH", "$(touch hit)", "PIPELINE_SEARCH is '$(touch hit)': true or false")]
    [InlineData("PIPELINE_POSTGRES_ZONE_REDUNDANT", "true", "needs PIPELINE_POSTGRES_TIER")]
    [InlineData("PIPELINE_DATABASE_ADMIN_ID", "11111111-2222-3333-4444-555555555555", "PIPELINE_DATABASE_ADMIN_NAME is not")]
    public async Task What_would_fail_later_is_told_before(string variable, string value, string said)
    {
        hooks.Environment[variable] = value;

        var (exit, output) = await hooks.RunAsync("hooks/preprovision.sh");

        exit.ShouldBe(1);
        output.ShouldContain(said);
        File.Exists(hooks.PathTo("hit")).ShouldBeFalse();
    }

    [Fact]
    public async Task An_old_sdk_is_named_with_its_version()
    {
        hooks.With("dotnet", "echo 8.0.404");

        var (exit, output) = await hooks.RunAsync("hooks/preprovision.sh");

        exit.ShouldBe(1);
        output.ShouldContain("dotnet --version says '8.0.404'");
    }

    [Fact]
    public async Task Without_a_console_nobody_is_let_in_and_no_az_is_needed()
    {
        using var bare = new HookRun().With("dotnet", "echo 10.0.100");
        bare.Environment["PIPELINE_CONSOLE"] = "none";

        (await bare.RunAsync("hooks/preprovision.sh")).Exit.ShouldBe(0);
        (await bare.RunAsync("hooks/postprovision.sh")).ShouldBe((0, "No console, so nobody signs in.\n"));
    }
}
