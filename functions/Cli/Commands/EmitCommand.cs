using System.CommandLine;
using Pipeline.Domain.Trajectories.Adapters;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Cli.Emitting;
using Pipeline.Functions.Cli.Files;

namespace Pipeline.Functions.Cli.Commands;

internal sealed class EmitCommand : CliCommand
{
    private readonly Argument<string[]> paths;
    private readonly Option<string> format;
    private readonly Option<string?> source;
    private readonly Option<string?> taskIds;
    private readonly Option<string?> outcome;
    private readonly Option<bool> wait;
    private readonly Option<bool> dryRun;

    public EmitCommand(CliContext context) : base(
        context, "emit",
        "Send trajectories: files, folders, patterns, or - for STDIN; plain or gzip. Prints {\"accepted\",\"recorded\",\"duplicate\",\"rejected\"}.",
        "emit functions/Samples/*.jsonl --wait",
        "emit runs/retail.json.gz --format tau2 --task-ids train.txt --wait",
        "emit ~/.claude/projects --outcome verdicts.jsonl --wait",
        "emit runs/ --dry-run --json")
    {
        paths = Add(new Argument<string[]>("PATH") { Description = "Files, folders, patterns with * and ?, or - for STDIN.", Arity = ArgumentArity.OneOrMore });
        format = Add(new Option<string>("--format")
        {
            Description = $"What the files are: {string.Join(", ", AdapterCatalogue.All.Select(a => a.Name))}. auto: told by their content.",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => "auto",
        });
        format.AcceptOnlyFromAmong(["auto", .. AdapterCatalogue.All.Select(a => a.Name)]);
        source = Add(new Option<string?>("--source") { Description = "Names the source in place of what the files say.", HelpName = "NAME" });
        taskIds = Add(new Option<string?>("--task-ids") { Description = "Send only the runs of these tasks: a file with an id on each line.", HelpName = "FILE" });
        outcome = Add(new Option<string?>("--outcome")
        {
            Description = "How runs ended, where their files do not say: JSON lines {\"id\" or \"task\", \"success\", \"reward\", \"verifiedBy\"}. Without verifiedBy a verdict is a person's.",
            HelpName = "FILE",
        });
        wait = Add(new Option<bool>("--wait") { Description = "Wait until everything is recorded or rejected, learned from, and what was learned is judged." });
        dryRun = Add(new Option<bool>("--dry-run") { Description = "Read and count, and send nothing." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var options = new AdapterOptions(run.Get(source), await TaskIdsAsync(run.Get(taskIds), ct));
        var verdicts = await VerdictsAsync(run.Get(outcome), ct);
        var (files, missing) = InputFiles.Find(run.Get(paths));
        var events = new TrajectoryFiles(run.Get(format)!, options, verdicts, run.Streams.OpenInput).ReadAsync(files, ct);
        var code = run.Get(dryRun) ? await TryAsync(run, events, missing, ct) : await SendAsync(run, events, missing, ct);
        if (verdicts is { Unused: > 0 }) run.Terminal.Say($"{verdicts.Unused} of {verdicts.Count} outcomes are of no run here.");
        return code;
    }

    private async Task<int> SendAsync(CommandRun run, IAsyncEnumerable<FileEvent> events, IReadOnlyList<(string Path, string Why)> missing, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct, begins: true);
        var emission = await run.Terminal.WithProgressAsync("sent", run.Time, async progress =>
        {
            var emission = new Emission(ledger.Client, progress, run.Time);
            foreach (var (path, why) in missing) emission.Reject(path, NotThere(why));
            await emission.SendAsync(events, ct);
            await emission.FollowAsync(run.Get(wait), ct);
            return emission;
        });

        var result = emission.Result;
        Rejection.Show(run.Terminal, emission.Rejections);
        if (ledger.IsOwn && result.Recorded < result.Accepted)
            run.Terminal.Say("The rest is kept, and recorded when a server runs again.");
        if (run.IsJson) run.Terminal.Json(new { result.Accepted, result.Recorded, result.Duplicate, result.Rejected, emission.Rejections });
        else run.Terminal.JsonLine(result);
        return result.Rejected == 0 ? ExitCodes.Done : ExitCodes.Refused;
    }

    private static async Task<int> TryAsync(CommandRun run, IAsyncEnumerable<FileEvent> events, IReadOnlyList<(string Path, string Why)> missing, CancellationToken ct)
    {
        var rehearsal = new Rehearsal();
        foreach (var (path, why) in missing) rehearsal.Reject(path, NotThere(why));
        await foreach (var fileEvent in events.WithCancellation(ct)) rehearsal.Take(fileEvent);
        Rejection.Show(run.Terminal, rehearsal.Rejections);
        if (run.IsJson) run.Terminal.Json(rehearsal.Result);
        else run.Terminal.JsonLine(rehearsal.Result with { Files = null, Rejections = null });
        return rehearsal.Rejections.Count == 0 ? ExitCodes.Done : ExitCodes.Refused;
    }

    private static InputError NotThere(string why) => new("file-not-found", $"Nothing was read here: {why}.");

    private static async Task<HashSet<string>?> TaskIdsAsync(string? path, CancellationToken ct)
    {
        if (path is null) return null;
        if (!File.Exists(path)) throw new CliFailure(ExitCodes.Usage, $"--task-ids: there is no file {path}.");
        return (await File.ReadAllLinesAsync(path, ct)).Select(line => line.Trim()).Where(line => line.Length > 0).ToHashSet(StringComparer.Ordinal);
    }

    private static async Task<Verdicts?> VerdictsAsync(string? path, CancellationToken ct)
    {
        if (path is null) return null;
        if (!File.Exists(path)) throw new CliFailure(ExitCodes.Usage, $"--outcome: there is no file {path}.");
        if (Verdicts.Read(await File.ReadAllBytesAsync(path, ct)).Try(out var verdicts, out var error)) return verdicts;
        throw new CliFailure(ExitCodes.Usage, $"--outcome: {path}: {error.Message}");
    }
}
