using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Index;

internal sealed class CheckCommand : CliCommand
{
    private readonly Option<bool> mend;

    public CheckCommand(CliContext context) : base(
        context, "check",
        "Compare the search index with the ledger, document by document: what is missing, stale or too many. Ends with 1 if something differs and is not mended.",
        "index check", "index check --mend --json")
    {
        mend = Add(new Option<bool>("--mend") { Description = "Put right what differs." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        var json = await run.Terminal.WithProgressAsync("compared", run.Time, progress => IndexRun.ReadAsync(ledger.Client.CheckIndexAsync(run.Get(mend), ct), progress));
        var check = json.Deserialize<IndexCheckAnswer>(LedgerJson.Options)!;
        run.Answer(new Answer<IndexCheckAnswer>(check, json), found => Show(run.Terminal, found));
        var differences = check.Missing.Count + check.Stale.Count + check.TooMany.Count;
        var said = string.Create(CultureInfo.InvariantCulture, $"{check.Kind} ({check.Index}), up to leaf {check.Leaf}: {check.Documents} documents, {check.Missing.Count} missing, {check.Stale.Count} stale, {check.TooMany.Count} too many");
        if (differences == 0) run.Terminal.Say($"{said}.");
        else if (check.IsSound) run.Terminal.Say($"{said}; all mended.");
        else run.Terminal.Complain($"{said}; {check.Mended} mended.{(run.Get(mend) ? "" : $" Mend with `{Invocation.Of("index check --mend")}`.")}");
        return check.IsSound ? ExitCodes.Done : ExitCodes.Refused;
    }

    private static void Show(Terminal terminal, IndexCheckAnswer check)
    {
        var table = new DataTable("differs", "skill", "version", "why");
        (string, IReadOnlyList<IndexDifferenceAnswer> Of)[] kinds = [("missing", check.Missing), ("stale", check.Stale), ("too many", check.TooMany), ("no embedding", check.WithoutEmbedding)];
        foreach (var (what, differences) in kinds)
            foreach (var d in differences) table.Add(what, d.SkillId, d.Version.ToString(CultureInfo.InvariantCulture), d.Problem);
        if (kinds.Any(k => k.Of.Count > 0)) terminal.Data(table);
    }
}
