using System.Diagnostics;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests;

/// <summary>deploy/release.sh as azd's postdeploy hook runs it: a process with azd's variables, and what it ends with.</summary>
public sealed class ReleaseScriptTests(SharedLedger shared) : IClassFixture<SharedLedger>
{
    private readonly PumpedLedger ledger = shared.Ledger;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Uri Url => ledger.Http.BaseAddress!;

    [Fact]
    public async Task A_deployment_releases_what_its_stage_says_and_the_next_one_finds_nothing_to_do()
    {
        await ledger.GrowAsync("hooked");
        using var checkout = new Checkout(Manifest("hooked", 1));

        var first = await checkout.RunAsync("alpha", Url, ("DEPLOYMENT_ID", "build-7"));
        first.ExitCode.ShouldBe(ExitCodes.Done, first.Error);
        first.Error.ShouldContain("would stand on alpha: 1 to move.");
        first.Error.ShouldContain("stands on alpha: 1 moved.");
        (await ProductionAsync("hooked")).ShouldBe(1);
        var release = (await ledger.ReadAsync("/api/releases/alpha")).GetProperty("releases")[0];
        release.Text("deployment").ShouldBe("build-7");

        var events = await ledger.EventsAsync();
        var second = await checkout.RunAsync("alpha", Url, ("DEPLOYMENT_ID", "build-8"));
        second.ExitCode.ShouldBe(ExitCodes.Done, second.Error);
        second.Error.ShouldContain("Nothing changed: release ");
        (await ledger.EventsAsync()).ShouldBe(events);
    }

    [Fact]
    public async Task SKILL_RELEASE_goes_back_and_stays_there_until_it_is_unset()
    {
        await ledger.GrowAsync("reverted");
        using var checkout = new Checkout(Manifest("reverted", 1));
        (await checkout.RunAsync("beta", Url)).ExitCode.ShouldBe(ExitCodes.Done);
        var id = (await ledger.ReadAsync("/api/releases/beta")).Text("release");
        checkout.Manifest = Manifest("reverted", 2);
        (await checkout.RunAsync("beta", Url)).ExitCode.ShouldBe(ExitCodes.Done);
        (await ProductionAsync("reverted")).ShouldBe(2);

        var back = await checkout.RunAsync("beta", Url, ("SKILL_RELEASE", id));
        back.ExitCode.ShouldBe(ExitCodes.Done, back.Error);
        (await ProductionAsync("reverted")).ShouldBe(1);
        (await checkout.RunAsync("beta", Url, ("SKILL_RELEASE", id))).Error.ShouldContain("Nothing changed");
        (await ledger.ReadAsync("/api/releases/beta")).GetProperty("releases")[0].Text("reason").ShouldBe("SKILL_RELEASE of beta");

        (await checkout.RunAsync("beta", Url)).ExitCode.ShouldBe(ExitCodes.Done);
        (await ProductionAsync("reverted")).ShouldBe(2);
        var unknown = await checkout.RunAsync("beta", Url, ("SKILL_RELEASE", "0123456789abcdef"));
        unknown.ExitCode.ShouldBe(ExitCodes.NotFound);
        ShouldBeOneClearLine(unknown, "release 0123456789abcdef never stood on this stage");
    }

    [Fact]
    public async Task A_revoked_target_fails_the_deployment_and_names_the_version()
    {
        await ledger.GrowAsync("revoked-one", "sound-one");
        await CommandLineRun.OfAsync("revoke", "revoked-one@2", "--reason", "it leaks", "--url", Url.ToString());
        using var checkout = new Checkout($"release: 1\naliases:\n  sound-one: {{ production: 2 }}\n  revoked-one: {{ production: 2 }}\n");

        var run = await checkout.RunAsync("gamma", Url);

        run.ExitCode.ShouldBe(ExitCodes.Refused);
        ShouldBeOneClearLine(run, "version 2 of revoked-one is revoked, and cannot be production; nothing of the manifest is applied");
        (await ProductionAsync("sound-one")).ShouldBeNull();
        (await ledger.ReadAsync("/api/releases/gamma")).GetProperty("releases").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_version_that_does_not_exist_fails_the_deployment()
    {
        await ledger.GrowAsync("short");
        using var checkout = new Checkout(Manifest("short", 7));

        var run = await checkout.RunAsync("delta", Url);
        run.ExitCode.ShouldBe(ExitCodes.NotFound);
        ShouldBeOneClearLine(run, "skill short has versions 1 to 2, not 7");

        checkout.Manifest = Manifest("nobody-wrote-it", 1);
        ShouldBeOneClearLine(await checkout.RunAsync("delta", Url), "there is no skill 'nobody-wrote-it'");
        checkout.Manifest = "release: 1\naliases:\n  short: { production: soon }\n";
        ShouldBeOneClearLine(await checkout.RunAsync("delta", Url), "line 3: a version is a whole number from 1, not 'soon'");
    }

    [Fact]
    public async Task Of_two_deployments_at_once_one_wins_and_the_other_is_told()
    {
        await ledger.GrowAsync("contested");
        using Checkout one = new(Manifest("contested", 1)), two = new(Manifest("contested", 2));

        var runs = await ledger.AtOnceAsync("skill-contested", () => one.RunAsync("epsilon", Url), () => two.RunAsync("epsilon", Url));

        runs.Select(r => r.ExitCode).Order().ShouldBe([ExitCodes.Done, ExitCodes.Refused]);
        ShouldBeOneClearLine(runs.Single(r => r.ExitCode == ExitCodes.Refused), "was quicker: release ");
        var stage = await ledger.ReadAsync("/api/releases/epsilon");
        stage.GetProperty("releases").GetArrayLength().ShouldBe(1);
        (await ProductionAsync("contested")).ShouldBe(stage.GetProperty("releases")[0].GetProperty("pins")[0].GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task A_server_that_is_down_is_said_in_a_line()
    {
        using var checkout = new Checkout(Manifest("any", 1));

        var run = await checkout.RunAsync("zeta", new Uri("http://127.0.0.1:1"));

        run.ExitCode.ShouldBe(ExitCodes.NoServer);
        ShouldBeOneClearLine(run, "No server answers at http://127.0.0.1:1/");
    }

    [Fact]
    public async Task What_is_missing_is_said_before_anything_is_asked()
    {
        using var checkout = new Checkout(Manifest("any", 1));
        var nowhere = new Uri("http://127.0.0.1:1");

        var nameless = await checkout.RunAsync("", nowhere);
        (nameless.ExitCode, nameless.Error.Contains("AZURE_ENV_NAME is not set", StringComparison.Ordinal)).ShouldBe((ExitCodes.Usage, true));
        var serverless = await checkout.RunAsync("eta", null);
        (serverless.ExitCode, serverless.Error.Contains("no server is named", StringComparison.Ordinal)).ShouldBe((ExitCodes.Usage, true));
        var without = await checkout.RunAsync("eta", nowhere, ("SKILL_MANIFEST", "/nowhere/manifest.yaml"));
        (without.ExitCode, without.Error.Contains("SKILL_MANIFEST", StringComparison.Ordinal)).ShouldBe((ExitCodes.Usage, true));
        checkout.Manifest = null;
        var nothing = await checkout.RunAsync("eta", nowhere);
        (nothing.ExitCode, nothing.Error.Contains("there is no releases/eta.yaml", StringComparison.Ordinal)).ShouldBe((ExitCodes.Done, true));
        (await checkout.RunAsync("eta", new Uri("http://pipeline.example.test"), ("SKILL_RELEASE", "0123456789"), ("PIPELINE_TOKEN", "s3cret-token"))).ShouldSatisfyAllConditions(
            r => r.ExitCode.ShouldBe(ExitCodes.Usage), r => r.Error.ShouldContain("has to begin with https"), r => r.Error.ShouldNotContain("s3cret"));
    }

    private static string Manifest(string skill, int version) => $"release: 1\naliases:\n  {skill}: {{ production: {version} }}\n";

    private static void ShouldBeOneClearLine(CommandLineRun run, string said)
    {
        run.ExitCode.ShouldNotBe(0);
        run.Error.Split('\n').Count(l => l.Contains(said, StringComparison.Ordinal)).ShouldBe(1, run.Error);
        run.Error.ShouldNotContain("   at ");
        run.Error.ShouldNotContain("Exception");
    }

    private async Task<int?> ProductionAsync(string skill) =>
        (await ledger.ReadAsync($"/api/skills/{skill}/aliases")).GetProperty("aliases").EnumerateArray()
            .Where(a => a.Text("alias") == "production").Select(a => (int?)a.GetProperty("version").GetInt32()).SingleOrDefault();

    /// <summary>A checkout with the script, and the manifests of its stages.</summary>
    private sealed class Checkout : IDisposable
    {
        private readonly ScratchFolder _folder = new();

        public Checkout(string manifest)
        {
            _folder.Write("deploy/release.sh", File.ReadAllText(Path.Combine(Repository.Root, "deploy", "release.sh")));
            Program = _folder.Write("program", $"#!/bin/sh\nexec dotnet '{PipelineProcess.Program}' \"$@\"\n");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            Manifest = manifest;
        }

        /// <summary>Of every stage; null: there is none.</summary>
        public string? Manifest { get; set; }

        private string Program { get; }

        /// <param name="stage">Empty: azd's variables are not there.</param>
        public async Task<CommandLineRun> RunAsync(string stage, Uri? url, params (string Name, string Value)[] more)
        {
            var manifest = _folder[$"releases/{stage}.yaml"];
            if (Manifest is { } text) _folder.Write($"releases/{stage}.yaml", text);
            else File.Delete(manifest);
            var start = new ProcessStartInfo("sh", ["deploy/release.sh"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = _folder.Root };
            foreach (var name in new[] { "SKILL_RELEASE", "SKILL_MANIFEST", "PIPELINE_SERVER", "PIPELINE_TOKEN", "PIPELINE_TOKEN_FILE", "PIPELINE_URL", "DEPLOYMENT_ID", "GITHUB_RUN_ID", "BUILD_BUILDID" }) start.Environment.Remove(name);
            start.Environment["AZURE_ENV_NAME"] = stage;
            start.Environment["AZURE_SUBSCRIPTION_ID"] = "00000000-0000-0000-0000-000000000000";
            start.Environment["SERVICE_PIPELINE_URI"] = url?.ToString() ?? "";
            start.Environment["PIPELINE_CLI"] = Program;
            start.Environment["PIPELINE_HOME"] = _folder["home"];
            foreach (var (name, value) in more) start.Environment[name] = value;
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var (output, error) = (process.StandardOutput.ReadToEndAsync(Stop), process.StandardError.ReadToEndAsync(Stop));
            await process.WaitForExitAsync(Stop);
            return new(process.ExitCode, await output, await error);
        }

        public void Dispose() => _folder.Dispose();
    }
}
