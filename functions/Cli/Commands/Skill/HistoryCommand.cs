using System.CommandLine;
using System.Globalization;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Skill;

internal sealed class HistoryCommand : CliCommand
{
    private readonly Argument<string> skill;

    public HistoryCommand(CliContext context) : base(
        context, "history", "List the events of a skill: what happened to it, by whom, decided by what.", "skill history renew-loan", "skill history renew-loan --json")
    {
        skill = Add(new Argument<string>("SKILL") { Description = "A skill by id or name." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.HistoryAsync(run.Get(skill), ct), history => Show(run.Terminal, history));
        return ExitCodes.Done;
    }

    private static void Show(Terminal terminal, HistoryAnswer history)
    {
        var table = new DataTable("leaf", "event", "type", "what", "at", "actor", "decided by", "why");
        // What a new version asks of the validators says nothing that their answers do not say; --json has it.
        foreach (var e in history.Events.Where(e => e.Type != "validation_requested"))
            table.Add(
                e.Leaf.ToString(CultureInfo.InvariantCulture), e.Version.ToString(CultureInfo.InvariantCulture), e.Type, e.Summary, e.At, e.Actor, e.DecidedBy, e.Why);
        terminal.Data(table);
    }
}
