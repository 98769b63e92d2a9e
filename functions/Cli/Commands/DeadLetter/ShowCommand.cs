using System.CommandLine;
using System.Text.Json;

namespace Pipeline.Functions.Cli.Commands.DeadLetter;

internal sealed class ShowCommand : CliCommand
{
    private readonly Argument<long> id;

    public ShowCommand(CliContext context) : base(context, "show", "Show one dead letter.", "dead-letter show 7", "dead-letter show 7 --json")
    {
        id = Add(new Argument<long>("ID") { Description = "As `dead-letter list` tells it." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.DeadLetterAsync(run.Get(id), ct), letter => Show(run.Terminal, letter));
        return ExitCodes.Done;
    }

    private static void Show(Terminal terminal, JsonElement letter)
    {
        foreach (var member in letter.EnumerateObject().Where(m => m.Value.ValueKind != JsonValueKind.Null))
            terminal.Text($"{member.Name,-14} {member.Value}\n");
    }
}
