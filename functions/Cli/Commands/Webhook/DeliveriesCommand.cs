using System.CommandLine;
using System.Globalization;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Webhook;

internal sealed class DeliveriesCommand : CliCommand
{
    private readonly Argument<string?> webhook;
    private readonly Option<string> state;

    public DeliveriesCommand(CliContext context) : base(
        context, "deliveries", "List what was sent, newest first: the last 500.", "webhook deliveries", "webhook deliveries wh_0123 --state failed --json")
    {
        webhook = Add(new Argument<string?>("ID") { Description = "Only of this webhook.", Arity = ArgumentArity.ZeroOrOne });
        state = Add(new Option<string>("--state") { Description = "Which ones.", HelpName = "pending|delivered|failed|all", DefaultValueFactory = _ => "all" });
        state.AcceptOnlyFromAmong("pending", "delivered", "failed", "all");
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.DeliveriesAsync(run.Get(webhook), run.Get(state)!, ct), answer => Show(run.Terminal, answer.Deliveries));
        return ExitCodes.Done;
    }

    private static void Show(Terminal terminal, IReadOnlyList<DeliveryFacts> deliveries)
    {
        if (deliveries.Count == 0)
        {
            terminal.Say("There are none.");
            return;
        }

        var table = new DataTable("id", "webhook", "made", "type", "skill", "state", "attempts", "status", "error");
        foreach (var delivery in deliveries)
            table.Add(
                delivery.Id, delivery.Webhook, delivery.CreatedAt, delivery.Type, delivery.Skill, delivery.State, delivery.Attempts.ToString(CultureInfo.InvariantCulture),
                delivery.LastStatus?.ToString(CultureInfo.InvariantCulture) ?? "-", delivery.LastError);
        terminal.Data(table);
    }
}
