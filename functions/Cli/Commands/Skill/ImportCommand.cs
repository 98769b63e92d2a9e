using System.CommandLine;
using Pipeline.Functions.Cli.Importing;

namespace Pipeline.Functions.Cli.Commands.Skill;

internal sealed class ImportCommand : CliCommand
{
    private const int MostShown = 20;

    private readonly Argument<string> path;
    private readonly Option<bool> trust;
    private readonly Option<bool> wait;

    public ImportCommand(CliContext context) : base(
        context, "import",
        "Take in skills that somebody wrote: a folder of SKILL.md folders (or one), a zip of them, or JSON lines {\"id\",\"name\",\"text\"} (plain or gzip), "
        + "where the id stays the skill's. Prints {\"created\",\"improved\",\"unchanged\",\"refused\"}.",
        "skill import my-skills/ --wait", "skill import corpus.jsonl.gz --trust --json")
    {
        path = Add(new Argument<string>("PATH") { Description = "A folder, a zip, JSON lines, or - for STDIN." });
        trust = Add(new Option<bool>("--trust") { Description = "You vouch for them: they are at T1 and served at once, whatever validators say. The record says who did." });
        wait = Add(new Option<bool>("--wait") { Description = "Wait until they are judged. Until then they are in quarantine, and served only with --trust." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var found = await SkillSources.FindAsync(run.Get(path), run.Streams.OpenInput, ct);
        await using var ledger = await run.ConnectAsync(ct, begins: true);
        var import = await run.Terminal.WithProgressAsync("imported", run.Time, async progress =>
        {
            var import = new SkillImport(ledger.Client, progress, run.Get(trust));
            await import.RunAsync(found, ct);
            if (run.Get(wait)) await Settling.WaitAsync(ledger.Client, progress, run.Time, ct);
            return import;
        });

        var counts = import.Counts;
        foreach (var r in import.Refusals.Take(MostShown)) run.Terminal.Complain($"refused  {r.Skill}: {r.Message} [{r.Code}]");
        if (import.Refusals.Count > MostShown) run.Terminal.Complain($"... and {import.Refusals.Count - MostShown} more; --json lists them all.");
        if (run.IsJson) run.Terminal.Json(new { counts.Created, counts.Improved, counts.Unchanged, counts.Refused, import.Refusals });
        else run.Terminal.JsonLine(counts);
        return counts.Refused == 0 ? ExitCodes.Done : ExitCodes.Refused;
    }
}
