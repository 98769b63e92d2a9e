using System.CommandLine;

namespace Pipeline.Functions.Cli.Commands.Audit;

internal sealed class KeyShowCommand(CliContext context) : CliCommand(
    context, "show", "Show the keys that the log is signed with, as verifiers keep them; the last one signs now.", "audit key show", "audit key show > log.pub")
{
    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.LogKeysAsync(ct), answer =>
        {
            foreach (var key in answer.Keys)
            {
                run.Terminal.Text($"{key.Key}\n");
                run.Terminal.Say($"  {(key.Replaces is null ? "the first key" : key.Endorsement is null ? $"in the place of {key.Replaces}, which does not vouch for it" : $"in the place of {key.Replaces}, which vouches for it")}: {key.Reason}");
            }
        });
        return ExitCodes.Done;
    }
}

internal sealed class KeyRotateCommand : CliCommand
{
    private readonly Option<string> reason;
    private readonly Option<bool> lost;

    public KeyRotateCommand(CliContext context) : base(
        context, "rotate", "Introduce a new key for the log. The old one vouches for it, so whoever kept the old one can go on; what it signed stays good.",
        "audit key rotate --reason \"the yearly change\"")
    {
        reason = Add(new Option<string>("--reason") { Description = "Goes on record.", HelpName = "TEXT", Required = true });
        lost = Add(new Option<bool>("--lost") { Description = "The old key is lost and cannot vouch for the new one: give the new one to everyone who checks." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.RotateKeyAsync(run.Get(reason)!, run.Get(lost), ct), answer =>
        {
            run.Terminal.Text($"{answer.Key.Key}\n");
            run.Terminal.Say($"The log is signed with {answer.Key.KeyId} from now on.");
        });
        return ExitCodes.Done;
    }
}
