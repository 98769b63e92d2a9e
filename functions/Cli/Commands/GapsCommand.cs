using System.CommandLine;
using System.Globalization;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands;

internal sealed class GapsCommand : CliCommand
{
    private readonly Option<string?> environment;

    public GapsCommand(CliContext context) : base(
        context, "gaps", "List what agents fail at and no skill can be learned for yet, with how they fail and what is missing.",
        "gaps", "gaps --environment retail --json") =>
        environment = Add(new Option<string?>("--environment") { Description = "Only of this environment.", HelpName = "NAME" });

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.GapsAsync(run.Get(environment), ct), gaps => Show(run.Terminal, gaps));
        return ExitCodes.Done;
    }

    private static void Show(Terminal terminal, GapPage answer)
    {
        if (answer.Gaps.Count == 0)
        {
            terminal.Say("There are none.");
            return;
        }

        var table = new DataTable("family", "failed", "worked", "unjudged", "successes", "tasks", "how it fails");
        foreach (var gap in answer.Gaps)
            table.Add(
                gap.FamilyId, Number(gap.Failures), Number(gap.Successes), Number(gap.WithoutVerdict),
                $"{Number(gap.Missing.Successes)} of {Number(gap.Missing.SuccessesNeeded)}", $"{Number(gap.Missing.Tasks)} of {Number(gap.Missing.TasksNeeded)}",
                gap.Patterns.Count == 0 ? "the runs cannot be read any more" : string.Join("; ", gap.Patterns.Select(Words)));
        terminal.Data(table);
    }

    private static string Words(FailureFacts pattern) => pattern.Place switch
    {
        "unrefused" => $"nothing refused, last {pattern.Tool} ({Number(pattern.Runs)})",
        _ => $"{pattern.Tool}: {(pattern.Error.Length > 0 ? pattern.Error : "an error of one task")} ({Number(pattern.Runs)})",
    };

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
