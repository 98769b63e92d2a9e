using System.Diagnostics;
using System.Text;
using Npgsql;
using Pipeline.Functions.Local;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Running;

/// <summary>The built program, run as its users run it.</summary>
internal sealed class PipelineProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private readonly Task<string> _output;
    private readonly string _home;

    /// <param name="connectionString">Null: the embedded PostgreSQL, its binaries shared with the tests.</param>
    private PipelineProcess(string home, string? connectionString, string[] args, IReadOnlyDictionary<string, string?>? settings = null)
    {
        _home = home;
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var arg in (string[])[Program, .. args]) start.ArgumentList.Add(arg);
        start.Environment["PIPELINE_HOME"] = home;
        start.Environment["PIPELINE_POSTGRES"] = PostgresFixture.InstallDirectory;
        start.Environment["ConnectionStrings__Ledger"] = connectionString ?? "";
        foreach (var (name, value) in settings ?? new Dictionary<string, string?>()) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_error) _error.AppendLine(line.Data);
        };
        _process.BeginErrorReadLine();
        _output = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // Built beside the tests, in the same configuration.
    /// <summary>The program, for others that start it.</summary>
    public static string Program { get; } = Path.Combine(
        Repository.Root, "functions", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "pipeline.dll");

    public int Id => _process.Id;

    /// <summary>What it said on STDERR so far.</summary>
    public string Error
    {
        get
        {
            lock (_error) return _error.ToString();
        }
    }

    public static PipelineProcess Start(string home, string? connectionString, params string[] args) => new(home, connectionString, args);

    /// <param name="settings">Configuration by its names, <c>Section:Name</c>.</param>
    public static PipelineProcess Start(string home, string? connectionString, IReadOnlyDictionary<string, string?> settings, params string[] args) => new(home, connectionString, args, settings);

    public static async Task<(int ExitCode, string Out)> RunAsync(string home, string? connectionString, params string[] args)
    {
        using var process = new PipelineProcess(home, connectionString, args);
        return (await process.EndAsync(), await process._output);
    }

    /// <summary>The server's address, once it answers.</summary>
    public async Task<Uri> UrlAsync()
    {
        while (true)
        {
            _process.HasExited.ShouldBeFalse(Error);
            if (await RunningServer.FindAsync(new PipelineHome(_home), Stop) is { } found && found.ProcessId == Id) return found.Url;
            await Task.Delay(50, Stop);
        }
    }

    /// <summary>SIGKILL: it gets no chance to do anything.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(Stop);
    }

    /// <summary>SIGTERM, as a service manager sends it.</summary>
    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{Id}"]);
        return await EndAsync();
    }

    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync(Stop);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}

/// <summary>A ledger that another process serves.</summary>
internal sealed class ServedLedger(string connectionString, Uri url) : RunningLedger(connectionString, url);
