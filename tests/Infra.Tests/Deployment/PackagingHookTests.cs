using System.Diagnostics;
using System.IO.Compression;

namespace Pipeline.Infra.Tests.Deployment;

/// <summary>What azd runs before it packages and before it deploys.</summary>
public sealed class PackagingHookTests : IDisposable
{
    /// <summary>Publishes what the functions need into the folder after <c>--output</c>.</summary>
    private const string Publishes =
        """
        case $1 in
          msbuild) echo 0.1.0; exit 0 ;;
        esac
        while [ "$1" != --output ]; do shift; done
        mkdir -p "$2/IngestEvents" "$2/SealLedger"
        echo program >"$2/pipeline"; echo {} >"$2/host.json"; echo {} >"$2/IngestEvents/function.json"; echo {} >"$2/SealLedger/function.json"
        """;

    private readonly HookRun hooks = new HookRun().Having("functions/IngestEvents/function.json", "{}").Having("functions/SealLedger/function.json", "{}");

    public void Dispose() => hooks.Dispose();

    [Fact]
    public async Task A_package_has_the_program_the_host_s_file_and_a_folder_for_each_function()
    {
        var (exit, output) = await hooks.With("dotnet", Publishes).RunAsync("hooks/prepackage.sh");

        exit.ShouldBe(0, output);
        hooks.Calls("dotnet").ShouldContain(call => call.Contains("--runtime linux-x64 --self-contained true", StringComparison.Ordinal));
        File.Exists(hooks.PathTo("dist", "pipeline", "SealLedger", "function.json")).ShouldBeTrue();
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(hooks.PathTo("dist", "pipeline", "pipeline")).HasFlag(UnixFileMode.OtherExecute).ShouldBeTrue();
        Version().ShouldStartWith("0.1.0-");
    }

    [Theory]
    [InlineData("SealLedger/function.json", "SealLedger/function.json is not in the published folder")]
    [InlineData("host.json", "host.json is not in the published folder")]
    [InlineData("pipeline", "made no program")]
    public async Task A_package_that_the_host_could_not_run_is_refused_and_the_last_one_stays(string missing, string said)
    {
        hooks.Having("dist/pipeline/VERSION", "the last one");

        var (exit, output) = await hooks.With("dotnet", $"{Publishes}\nrm \"$2/{missing}\"").RunAsync("hooks/prepackage.sh");

        exit.ShouldBe(1);
        output.ShouldContain(said);
        Version().ShouldBe("the last one");
    }

    [Fact]
    public async Task A_program_that_does_not_build_leaves_the_last_package()
    {
        hooks.Having("dist/pipeline/VERSION", "the last one");

        var (exit, output) = await hooks.With("dotnet", "[ \"$1\" = msbuild ] && echo 0.1.0 && exit 0; echo 'error CS1002' >&2; exit 1").RunAsync("hooks/prepackage.sh");

        exit.ShouldBe(1);
        output.ShouldContain("error CS1002");
        output.ShouldContain("dist/pipeline is as it was");
        Version().ShouldBe("the last one");
    }

    [Fact]
    public async Task A_version_names_the_commit_and_what_was_changed_since()
    {
        hooks.With("dotnet", Publishes).Having(".gitignore", "dist/\n.programs/\n.machine/\n*.calls\n");
        await GitAsync("init", "--quiet");
        await GitAsync("add", ".");
        await GitAsync("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "first");
        await hooks.RunAsync("hooks/prepackage.sh");
        var clean = Version();
        hooks.Having("functions/SealLedger/function.json", "{ }");
        await hooks.RunAsync("hooks/prepackage.sh");
        var changed = Version();
        hooks.Having("functions/new.cs", "//");
        await hooks.RunAsync("hooks/prepackage.sh");

        clean.Length.ShouldBe("0.1.0-".Length + 12);
        changed.ShouldStartWith($"{clean}-changed-");
        Version().ShouldStartWith($"{clean}-changed-");
        Version().ShouldNotBe(changed);
    }

    [Fact]
    public async Task What_is_deployed_is_kept_by_version_with_its_executable_bit_once()
    {
        hooks.Having("dist/pipeline/VERSION", "0.1.0-abc\n").HavingScript("dist/pipeline/pipeline", "echo hello");
        hooks.With("dotnet", $"exec '{RealDotnet()}' \"$@\"");

        var (exit, output) = await hooks.RunAsync("hooks/predeploy.sh");
        var (again, said) = await hooks.RunAsync("hooks/predeploy.sh");

        exit.ShouldBe(0, output);
        output.ShouldContain("azd deploy pipeline --from-package dist/pipeline-0.1.0-abc.zip");
        await using (var archive = await ZipFile.OpenReadAsync(hooks.PathTo("dist", "pipeline-0.1.0-abc.zip"), TestContext.Current.CancellationToken))
            ((archive.GetEntry("pipeline")!.ExternalAttributes >> 16) & 0b001_000_000).ShouldNotBe(0);
        again.ShouldBe(0);
        said.ShouldContain("kept already");
        hooks.Calls("dotnet").Count.ShouldBe(1);
    }

    [Fact]
    public async Task Where_it_cannot_be_kept_nothing_is_deployed()
    {
        hooks.Having("dist/pipeline/VERSION", "0.1.0-abc\n").With("dotnet", "echo 'no space left' >&2; exit 1");

        var (exit, output) = await hooks.RunAsync("hooks/predeploy.sh");

        exit.ShouldBe(1);
        output.ShouldContain("no space left");
        output.ShouldContain("nothing is deployed");
        Directory.GetFiles(hooks.PathTo("dist"), "*.zip").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_kept_package_is_deployed_from_a_checkout_that_packaged_nothing() =>
        (await hooks.RunAsync("hooks/predeploy.sh")).Exit.ShouldBe(0);

    private static string RealDotnet() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "dotnet")).First(File.Exists);

    private string Version() => File.ReadAllText(hooks.PathTo("dist", "pipeline", "VERSION")).Trim();

    private async Task GitAsync(params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = hooks.PathTo() })!;
        await git.WaitForExitAsync(TestContext.Current.CancellationToken);
        git.ExitCode.ShouldBe(0);
    }
}
