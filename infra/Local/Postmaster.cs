using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Pipeline.Infra.Local;

/// <summary>The server's first process, as its <c>postmaster.pid</c> tells of it.</summary>
/// <param name="ProcessId">Its process id.</param>
/// <param name="Port">Where it listens, on 127.0.0.1.</param>
/// <param name="Status"><c>starting</c>, <c>ready</c> or <c>stopping</c>.</param>
internal sealed record Postmaster(int ProcessId, int Port, string Status)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private const int Attempts = 40;
    private const long LogLimit = 10 * 1024 * 1024;

    private static string PidFile(ServerFiles files) => Path.Combine(files.Data, "postmaster.pid");

    /// <summary>The server that runs on these data now, or null. What a dead one left behind does not count.</summary>
    /// <remarks>The file's lines are those of PostgreSQL's miscadmin.h: process id, data directory, start time, port, socket directory,
    /// listen address, shared memory, status.</remarks>
    public static Postmaster? Find(ServerFiles files)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(PidFile(files));
        }
        catch (IOException)
        {
            return null;
        }
        return lines.Length >= 4
            && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var id)
            && int.TryParse(lines[3], CultureInfo.InvariantCulture, out var port)
            && IsServerOf(id, lines[1])
                ? new(id, port, lines.Length >= 8 ? lines[7].Trim() : "starting")
                : null;
    }

    /// <summary>As <see cref="Find"/>, but lets a server that is starting or stopping finish that first.</summary>
    public static async Task<Postmaster?> FindSettledAsync(ServerFiles files, CancellationToken ct)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Patience; await Task.Delay(Pause, ct))
            if (Find(files) is var found && found is null or { Status: "ready" }) return found;
        throw new EmbeddedPostgresException(
            $"A PostgreSQL server (process {Find(files)?.ProcessId}) has been starting or stopping on {files.Data} for {Patience.TotalMinutes} minutes. "
            + $"See {files.Log}; if it hangs, end that process and try again.");
    }

    /// <summary>Starts a server on a free port and waits until it answers, recovery after a crash included.</summary>
    public static async Task<Postmaster> StartAsync(
        ServerFiles files, PostgresInstallation installation, ServerAccount account, IReadOnlyDictionary<string, string> settings,
        CancellationToken ct)
    {
        // Process ids come round again, in containers at once: PostgreSQL would take any process of its user for the old server.
        File.Delete(PidFile(files));
        await PrepareLogAsync(files, account, ct);
        for (var attempt = 1; ; attempt++)
        {
            var logged = new FileInfo(files.Log).Length;
            var words = ServerSettings.CommandLine(settings, FreePort());
            var started = await account.RunAsync(
                [installation["pg_ctl"], "start", "-D", files.Data, "-l", files.Log, "-w", "-t", $"{Patience.TotalSeconds}", "-o", words], ct);
            if (started.Succeeded && Find(files) is { } server) return server;

            var log = await LogSinceAsync(files.Log, logged, ct);
            // Somebody was quicker with the port; or processes of a killed server are still on their way out.
            var passing = log.Contains("could not bind", StringComparison.Ordinal) || log.Contains("is still in use", StringComparison.Ordinal);
            if (!passing || attempt == Attempts)
                throw new EmbeddedPostgresException(
                    $"PostgreSQL did not start on {files.Data}:\n{Command.LastLines(log.Length > 0 ? log : started.Output)}\n"
                    + $"The whole log is {files.Log}. Remove the cause, then try again; the data were left alone. {EmbeddedPostgresException.Alternative}");
            await Task.Delay(Pause * 5, ct);
        }
    }

    /// <summary>The programs that this server was started with: those of its own version, wherever they were installed.</summary>
    public static PostgresInstallation InstallationOf(ServerFiles files)
    {
        // postmaster.opts is the program's path, then each argument in quotes.
        var program = File.ReadAllText(Path.Combine(files.Data, "postmaster.opts")).Split(" \"")[0].Trim();
        return new(Path.GetDirectoryName(program)!);
    }

    /// <summary>Ends the server in PostgreSQL's fast mode: sessions are cut off, what was committed is written, the end is clean.</summary>
    /// <returns>False if none was running.</returns>
    public static async Task<bool> StopAsync(ServerFiles files, PostgresInstallation installation, ServerAccount account, CancellationToken ct)
    {
        if (Find(files) is null) return false;
        var stopped = await account.RunAsync([installation["pg_ctl"], "stop", "-D", files.Data, "-m", "fast", "-w"], ct);
        return stopped.Succeeded || Find(files) is null
            ? true
            : throw new EmbeddedPostgresException(
                $"PostgreSQL on {files.Data} did not stop:\n{stopped.Tail}\nSee {files.Log}, and end process {Find(files)?.ProcessId} if it hangs.");
    }

    private static bool IsServerOf(int processId, string data)
    {
        // The command line can be read by all, a process's directory cannot; and a dead process that nobody has waited for has none.
        if (OperatingSystem.IsLinux())
        {
            try
            {
                return File.ReadAllText($"/proc/{processId}/cmdline").Split('\0').Contains(data);
            }
            catch (IOException)
            {
                return false;
            }
        }
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.ProcessName.StartsWith("postgres", StringComparison.OrdinalIgnoreCase);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task PrepareLogAsync(ServerFiles files, ServerAccount account, CancellationToken ct)
    {
        if (File.Exists(files.Log) && new FileInfo(files.Log).Length > LogLimit) File.Move(files.Log, files.OldLog, overwrite: true);
        if (File.Exists(files.Log)) return;
        await File.WriteAllTextAsync(files.Log, "", ct);
        await account.TakeOverAsync(files.Log, ct);
    }

    private static async Task<string> LogSinceAsync(string path, long position, CancellationToken ct)
    {
        await using var log = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        log.Position = position;
        using var reader = new StreamReader(log);
        return await reader.ReadToEndAsync(ct);
    }
}
