using System.CommandLine;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands;

internal sealed class CurateCommand : CliCommand
{
    private readonly Option<bool> sweep;

    public CurateCommand(CliContext context) : base(
        context, "curate", "Look at all evidence that curation has not looked at, now. It does so by itself as evidence comes; this waits for it.",
        "curate --sweep", "curate --sweep --json")
    {
        sweep = Add(new Option<bool>("--sweep") { Description = "Sweep the library too: retire what is stale, merge what has become one, sum up use." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.CurateAsync(run.Get(sweep), ct), answer => Show(run.Terminal, answer));
        return ExitCodes.Done;
    }

    private static void Show(Terminal terminal, CurationAnswer answer)
    {
        var table = new DataTable("operation", "skills", "reason", "why");
        foreach (var done in answer.Operations) table.Add(done.Operation, string.Join(", ", done.Skills), done.ReasonCode, done.Reason);
        terminal.Data(table);
        terminal.Say($"{answer.Curated} families were looked at{(answer.Leaf is { } leaf ? $", and the library as it stood at leaf {leaf}: {answer.Operations.Count} decisions" : "")}.");
        if (answer.Waiting > 0) terminal.Say($"{answer.Waiting} families wait: somebody else is at them. Do it again in a moment.");
    }
}
