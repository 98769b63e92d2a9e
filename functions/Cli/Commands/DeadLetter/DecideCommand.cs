using System.CommandLine;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.DeadLetter;

/// <summary>Decides about dead letters, one after the other; one that cannot be found or moved does not stop the others.</summary>
internal abstract class DecideCommand : CliCommand
{
    private readonly string decision;
    private readonly Argument<long[]> ids;

    protected DecideCommand(CliContext context, string decision, string description, params string[] examples) : base(context, decision, description, examples)
    {
        this.decision = decision;
        ids = Add(new Argument<long[]>("ID") { Description = "As `dead-letter list` tells them.", Arity = ArgumentArity.OneOrMore });
    }

    protected abstract string Done { get; }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        var (done, refused) = (new List<long>(), new List<(long Id, LedgerApiException Why)>());
        foreach (var id in run.Get(ids))
        {
            try
            {
                await ledger.Client.DeadLetterCommandAsync(id, decision, ct);
                done.Add(id);
            }
            catch (LedgerApiException e)
            {
                refused.Add((id, e));
                run.Terminal.Complain($"{id}: {e.Detail}");
            }
        }

        if (run.IsJson) run.Terminal.Json(new { Done = done, Refused = refused.Select(r => new { r.Id, r.Why.Code, r.Why.Detail }) });
        else foreach (var id in done) run.Terminal.Text($"{id} {Done}\n");
        return refused.Count == 0 ? ExitCodes.Done : refused.All(r => r.Why.Status == 404) ? ExitCodes.NotFound : ExitCodes.Refused;
    }
}

internal sealed class RetryCommand(CliContext context) : DecideCommand(
    context, "retry", "Put dead letters back on their queues.", "dead-letter retry 7 8")
{
    protected override string Done => "put back";
}

internal sealed class DiscardCommand(CliContext context) : DecideCommand(
    context, "discard", "Give dead letters up: they are kept, and no longer waiting.", "dead-letter discard 7")
{
    protected override string Done => "discarded";
}
