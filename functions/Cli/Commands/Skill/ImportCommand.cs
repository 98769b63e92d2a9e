using System.CommandLine;
using Pipeline.Functions.Cli.Api;
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
        var quarantined = run.Get(wait) ? await QuarantinedAsync(ledger.Client, import, ct) : [];
        foreach (var r in import.Refusals.Take(MostShown)) run.Terminal.Complain($"refused  {r.Skill}: {r.Message} [{r.Code}]");
        if (import.Refusals.Count > MostShown) run.Terminal.Complain($"... and {import.Refusals.Count - MostShown} more; --json lists them all.");
        foreach (var (skill, verdicts) in import.Overruled.Take(MostShown)) run.Terminal.Complain($"trusted  {skill}, although {string.Join(" and ", verdicts)}: it is served at T1 on your word");
        foreach (var q in quarantined.Take(MostShown)) run.Terminal.Complain($"in quarantine, not served  {q.Skill}: {q.Why}");
        if (quarantined.Count > MostShown) run.Terminal.Complain($"... and {quarantined.Count - MostShown} more; --json lists them all.");
        if (!run.Get(wait) && !run.Get(trust) && counts.Created + counts.Improved > 0)
            run.Terminal.Say($"They are in quarantine until validators have judged them: `{Invocation.Of("skill list")}` shows what came of it, --wait waits for that.");
        if (run.IsJson)
            run.Terminal.Json(new
            {
                counts.Created,
                counts.Improved,
                counts.Unchanged,
                counts.Refused,
                import.Refusals,
                Overruled = import.Overruled.Select(o => new { o.Skill, o.Verdicts }),
                Quarantined = run.Get(wait) ? quarantined.Select(q => new { q.Skill, q.Why }) : null,
            });
        else run.Terminal.JsonLine(counts);
        return counts.Refused == 0 ? ExitCodes.Done : ExitCodes.Refused;
    }

    /// <summary>Those that were imported and are not served, with the reason of as many as one would read.</summary>
    private static async Task<IReadOnlyList<(string Skill, string Why)>> QuarantinedAsync(LedgerClient client, SkillImport import, CancellationToken ct)
    {
        if (import.Taken.Count == 0) return [];
        var quarantined = new List<(string, string)>();
        foreach (var skill in (await client.SkillsAsync("active", ct)).Value.Skills.Where(s => s.Version is null && import.Taken.Contains(s.Id)))
        {
            var denials = quarantined.Count < MostShown ? (await client.SkillAsync(skill.Id, ct)).Value.Trust?.Denials ?? [] : [];
            quarantined.Add((skill.Name, denials.Count > 0 ? string.Join("; ", denials) : "`skill show` says why"));
        }
        return quarantined;
    }
}
