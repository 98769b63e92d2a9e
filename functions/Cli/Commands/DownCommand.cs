using System.CommandLine;
using System.Diagnostics;
using Pipeline.Functions.Local;
using Pipeline.Infra.Local;

namespace Pipeline.Functions.Cli.Commands;

internal sealed class DownCommand : CliCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Option<bool> purge;
    private readonly Option<bool> yes;

    public DownCommand(CliContext context) : base(
        context, "down", "Stop the server of this home. With --purge, delete the home's ledger as well.", "down", "down --purge --yes")
    {
        purge = Add(new Option<bool>("--purge") { Description = "Delete the ledger, the payloads and the keys of this home, for good." });
        yes = Add(new Option<bool>("--yes") { Description = "Do not ask before deleting." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        if (run.Url is not null) throw new CliFailure(ExitCodes.Usage, "down stops the server of a home, not one at --url. Use --home.");
        var isPurge = run.Get(purge);
        if (isPurge) RequireConsent(run);
        var isStopped = await StopAsync(run, ct);
        if (isPurge) await PurgeAsync(run, ct);
        if (run.IsJson) run.Terminal.Json(new { Home = run.Home.Path, Stopped = isStopped, Purged = isPurge });
        return ExitCodes.Done;
    }

    private void RequireConsent(CommandRun run)
    {
        // The keys in this home may be all that opens the payloads in a database of somebody's own.
        if (!string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(LedgerServerOptions.ConnectionStringVariable)))
            throw new CliFailure(ExitCodes.Refused, $"--purge deletes only what this program keeps itself, and {LedgerServerOptions.ConnectionStringVariable} names another database. Unset it, or drop that database yourself.");
        if (run.Get(yes)) return;
        if (!run.Terminal.IsInteractive) throw new CliFailure(ExitCodes.Usage, "--purge deletes data for good. Nobody can be asked here: add --yes.");
        if (!run.Terminal.Confirm($"Delete the ledger in {run.Home.Path} for good?")) throw new CliFailure(ExitCodes.Refused, "Nothing was deleted.");
    }

    private static async Task<bool> StopAsync(CommandRun run, CancellationToken ct)
    {
        if (await RunningServer.FindAsync(run.Home, ct) is not { } server)
        {
            run.Terminal.Say($"No server runs for {run.Home.Path}.");
            return false;
        }

        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Url, "/local/shutdown"));
        request.Headers.Add("X-Local-Token", server.Token);
        using var answer = await http.SendAsync(request, ct);
        if (!answer.IsSuccessStatusCode)
            throw new CliFailure(ExitCodes.Refused, $"The server at {server.Url} does not take this home's token ({(int)answer.StatusCode}). Stop process {server.ProcessId} yourself.");
        await WaitUntilGoneAsync(run, server, ct);
        run.Terminal.Say($"Stopped the server at {server.Url}.");
        return true;
    }

    // Answering no more is not enough: the process still stops its database then.
    private static async Task WaitUntilGoneAsync(CommandRun run, RunningServerInfo server, CancellationToken ct)
    {
        var start = run.Time.GetTimestamp();
        while (IsAlive(server.ProcessId) || await RunningServer.FindAsync(run.Home, ct) is not null)
        {
            if (run.Time.GetElapsedTime(start) > Patience)
                throw new CliFailure(ExitCodes.Refused, $"The server (process {server.ProcessId}) was asked to stop and still runs. Stop it yourself.");
            await Task.Delay(TimeSpan.FromMilliseconds(100), ct);
        }
    }

    private static bool IsAlive(int processId)
    {
        if (processId == Environment.ProcessId) return false;
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    // By name, not the whole folder: a home may have been pointed at a folder with other things in it.
    private static async Task PurgeAsync(CommandRun run, CancellationToken ct)
    {
        if (!Directory.Exists(run.Home.Path)) return;
        try
        {
            await EmbeddedPostgres.StopAsync(run.Home.Path, ct);
            EmbeddedPostgres.Purge(run.Home.Path);
        }
        catch (EmbeddedPostgresException e)
        {
            throw new CliFailure(ExitCodes.Refused, e.Message);
        }

        var keys = Path.Combine(run.Home.Path, "keys");
        if (Directory.Exists(keys)) Directory.Delete(keys, recursive: true);
        File.Delete(Path.Combine(run.Home.Path, "server.json"));
        run.Terminal.Say($"Deleted the ledger in {run.Home.Path}.");
    }
}
