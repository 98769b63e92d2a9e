using System.CommandLine;
using System.Net;
using Pipeline.Domain.Trajectories.Adapters;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Emitting;
using Pipeline.Functions.Cli.Files;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Local;

namespace Pipeline.Functions.Cli.Commands;

internal sealed class UpCommand : CliCommand
{
    public const int UsualPort = 7071;

    private readonly Option<bool> once;
    private readonly Option<bool> noSamples;
    private readonly Option<int?> port;

    public UpCommand(CliContext context) : base(
        context, "up",
        "Bring everything up: database, functions and API. An empty ledger is fed the sample trajectories first. Serves until Ctrl+C.",
        "up", "up --once --json", "up --port 8080 --no-samples")
    {
        once = Add(new Option<bool>("--once") { Description = "End when the ledger has learned from what it was fed." });
        noSamples = Add(new Option<bool>("--no-samples") { Description = "Leave an empty ledger empty." });
        port = Add(new Option<int?>("--port") { Description = $"The port to serve on; 0: any free one. [default: {UsualPort}; with --once any other if that is taken]", HelpName = "N" });
        port.AcceptOnlyBetween(0, IPEndPoint.MaxPort, $"--port is a number from 0 to {IPEndPoint.MaxPort}.");
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        if (run.Url is not null) throw new CliFailure(ExitCodes.Usage, "up starts a server here, so --url makes no sense with it. Use --port.");
        await using var ledger = await OpenAsync(run, ct);
        var fed = run.Get(noSamples) ? EmitResult.Nothing : await FeedAsync(run, ledger.Client, ct);
        var learned = await LedgerSummary.ReadAsync(ledger.Client, ct);
        if (run.IsJson) run.Terminal.Json(learned.Json(ledger.Url, fed));
        else learned.Show(run.Terminal);
        await SayGatesAsync(run, ledger.Client, ct);
        if (run.Get(once) || !ledger.IsOwn) return ExitCodes.Done;

        run.Terminal.Say($"Serving at {ledger.Url}. Ctrl+C stops.");
        await Task.WhenAny(ledger.Completion, Task.Delay(Timeout.Infinite, ct));
        ct.ThrowIfCancellationRequested();
        run.Terminal.Say("Stopped, as asked from outside.");
        return ExitCodes.Done;
    }

    private async Task<LedgerConnection> OpenAsync(CommandRun run, CancellationToken ct)
    {
        if (await RunningServer.FindAsync(run.Home, ct) is { } server)
        {
            if (run.Get(port) is { } other && other != server.Url.Port && other != 0)
                throw new CliFailure(ExitCodes.Usage, $"A server for {run.Home.Path} runs already at {server.Url}. Stop it with `{Invocation.Of("down")}` to serve on port {other}.");
            run.Terminal.Say($"A server for {run.Home.Path} runs already at {server.Url} (process {server.ProcessId}). Stop it with `{Invocation.Of("down")}`.");
            return await run.ConnectAsync(ct);
        }

        var wanted = run.Get(port) ?? (run.Get(once) && !LoopbackPort.IsFree(UsualPort) ? 0 : UsualPort);
        return await LedgerConnection.StartAsync(new LedgerServerOptions(run.Home, wanted, WriteServerFile: true), run.Terminal, ct);
    }

    // Who looks at tiers here must know that they are not those of a server.
    private static async Task SayGatesAsync(CommandRun run, LedgerClient client, CancellationToken ct)
    {
        if ((await client.GatesAsync(ct)).Value.Published.FirstOrDefault(g => g.Active) is not { } gates) return;
        run.Terminal.Say(gates.Id == ShippedGates.Relaxed
            ? $"Tiers are decided by the {gates.Id} gates (version {gates.Version}), as suits one's own machine: one source is enough, and authors may approve. `{Invocation.Of($"gates activate {ShippedGates.Strict}")}` changes that."
            : $"Tiers are decided by the {gates.Id} gates (version {gates.Version}).");
    }

    private static async Task<EmitResult> FeedAsync(CommandRun run, LedgerClient client, CancellationToken ct)
    {
        if (!(await client.StatusAsync(ct)).Value.IsUnfed) return EmitResult.Nothing;
        var samples = Path.Combine(AppContext.BaseDirectory, "Samples");
        if (!Directory.Exists(samples)) return EmitResult.Nothing;
        run.Terminal.Say("The ledger is empty: feeding the sample trajectories.");
        var (files, _) = InputFiles.Find([samples]);
        var emission = await run.Terminal.WithProgressAsync("sent", run.Time, async progress =>
        {
            var emission = new Emission(client, progress, run.Time);
            await emission.SendAsync(new TrajectoryFiles("auto", AdapterOptions.Default, null, run.Streams.OpenInput).ReadAsync(files, ct), ct);
            await emission.FollowAsync(wait: true, ct);
            return emission;
        });
        Rejection.Show(run.Terminal, emission.Rejections);
        return emission.Result;
    }
}
