using System.CommandLine;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Subject;

internal sealed class EraseCommand : CliCommand
{
    private readonly Argument<string> subject;
    private readonly Option<string> reason;
    private readonly Option<bool> dryRun;
    private readonly Option<bool> yes;

    public EraseCommand(CliContext context) : base(
        context, "erase",
        "Erase a data subject for good: its key is destroyed, its runs can be read by nobody any more, and what skills say that only its runs said is deleted. The ledger keeps that it was done; every proof still holds.",
        "subject erase patron-17 --reason \"asked for on 3 March\" --dry-run", "subject erase patron-17 --reason \"asked for on 3 March\" --yes")
    {
        subject = Add(new Argument<string>("SUBJECT") { Description = "The datasubject of the runs' events, or their source where they have none." });
        reason = Add(new Option<string>("--reason") { Description = "Why. It is kept in the ledger for good: name nobody.", HelpName = "TEXT", Required = true });
        dryRun = Add(new Option<bool>("--dry-run") { Description = "Only say what would be erased." });
        yes = Add(new Option<bool>("--yes") { Description = "Do not ask." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        var (named, why) = (run.Get(subject), run.Get(reason)!);
        var plan = await ledger.Client.EraseSubjectAsync(named, why, dryRun: true, ct);
        if (run.Get(dryRun))
        {
            run.Answer(plan, would => run.Terminal.Text($"{named}: {would.Runs} runs, and {would.Contents} contents that were made of them.\n"));
            return ExitCodes.Done;
        }
        if (!run.Get(yes)) RequireConsent(run, named, plan.Value);
        run.Answer(await ledger.Client.EraseSubjectAsync(named, why, dryRun: false, ct), done =>
        {
            run.Terminal.Text($"{named}: {done.Runs} runs erased, {done.Contents} contents deleted.\n");
            if (done.Pending is { } pending) run.Terminal.Complain($"Not done yet: {pending}. The sweep goes on by itself.");
            foreach (var version in done.Revoked) run.Terminal.Say($"{"revoked",-12} {version}");
        });
        return ExitCodes.Done;
    }

    private static void RequireConsent(CommandRun run, string named, ErasureAnswer plan)
    {
        if (!run.Terminal.IsInteractive) throw new CliFailure(ExitCodes.Usage, "What is erased can never be read again. Nobody can be asked here: add --yes.");
        if (!run.Terminal.Confirm($"Erase {named} for good: {plan.Runs} runs, and {plan.Contents} contents that were made of them?")) throw new CliFailure(ExitCodes.Refused, "Nothing was erased.");
    }
}
