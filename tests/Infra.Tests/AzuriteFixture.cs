using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Pipeline.Infra.Blobs;
using Pipeline.Tests;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace Pipeline.Tests;

/// <summary>A real Azurite (Azure Storage's emulator) for the tests of one assembly, in memory: started when the first test asks for a container.</summary>
public sealed partial class AzuriteFixture : IAsyncLifetime
{
    private const string Account = "pipelinetests";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly Lazy<Task<(Process Process, Uri Url)>> _server;
    private int _containers;

    public AzuriteFixture() => _server = new(StartAsync);

    /// <summary>Fetched once per checkout, and shared by its test assemblies; PIPELINE_TEST_AZURITE_INSTALL puts it elsewhere.</summary>
    private static string InstallDirectory =>
        Environment.GetEnvironmentVariable("PIPELINE_TEST_AZURITE_INSTALL") is { Length: > 0 } chosen
            ? chosen
            : Path.Combine(Path.GetDirectoryName(PostgresFixture.InstallDirectory)!, "azurite");

    /// <summary>A container that nobody has written to. Skips the test where there is no node.</summary>
    public async Task<BlobContainerOptions> ContainerAsync()
    {
        Assert.SkipUnless(await RunsAsync("node"), "there is no node on the PATH, which Azurite runs in");
        var (_, url) = await _server.Value;
        return new(new Uri($"{url}{Account}/container-{Interlocked.Increment(ref _containers)}")) { DevelopmentKey = _key };
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (!_server.IsValueCreated) return;
        var (process, _) = await _server.Value;
        process.Kill();
        process.Dispose();
    }

    private async Task<(Process, Uri)> StartAsync()
    {
        await EnsureInstalledAsync();
        var start = new ProcessStartInfo("node", ["start.js", "--blobPort", "0", "--inMemoryPersistence", "--disableTelemetry"])
        {
            WorkingDirectory = InstallDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment = { ["AZURITE_ACCOUNTS"] = $"{Account}:{_key}" },
        };
        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var patience = new CancellationTokenSource(Patience);
        while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            if (Listening().Match(line) is not { Success: true } match) continue;
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
            return (process, new(match.Groups["url"].Value));
        }
        throw new InvalidOperationException($"Azurite did not start: {await errors}");
    }

    private static async Task EnsureInstalledAsync()
    {
        var carried = Path.Combine(AppContext.BaseDirectory, "Azurite");
        var version = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(carried, "package-lock.json"))));
        var mark = Path.Combine(InstallDirectory, "installed");
        Directory.CreateDirectory(InstallDirectory);
        for (var waited = TimeSpan.Zero; ; waited += TimeSpan.FromSeconds(1))
        {
            try
            {
                // Whoever has it open keeps others from opening it: assemblies are tested side by side.
                await using var alone = new FileStream(Path.Combine(InstallDirectory, "install.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                foreach (var file in Directory.GetFiles(carried)) File.Copy(file, Path.Combine(InstallDirectory, Path.GetFileName(file)), overwrite: true);
                if (File.Exists(mark) && await File.ReadAllTextAsync(mark) == version) return;
                await InstallAsync();
                await File.WriteAllTextAsync(mark, version);
                return;
            }
            catch (IOException) when (waited < TimeSpan.FromMinutes(10))
            {
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }

    private static async Task InstallAsync()
    {
        var npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
        var start = new ProcessStartInfo(npm, ["ci", "--ignore-scripts", "--no-fund", "--no-audit"]) { WorkingDirectory = InstallDirectory, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var written = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"npm could not install Azurite: {string.Concat(await written)}");
    }

    private static async Task<bool> RunsAsync(string program)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, ["--version"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
            await process.WaitForExitAsync();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    [GeneratedRegex("successfully listens on (?<url>http://127[.]0[.]0[.]1:[0-9]+)", RegexOptions.NonBacktracking)]
    private static partial Regex Listening();
}
