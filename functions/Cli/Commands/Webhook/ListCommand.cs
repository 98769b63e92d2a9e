using System.Globalization;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Webhook;

internal sealed class ListCommand(CliContext context) : CliCommand(
    context, "list", "List who is told of what, and how it goes.", "webhook list", "webhook list --json")
{
    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.WebhooksAsync(ct), answer => Show(run.Terminal, answer.Webhooks));
        return ExitCodes.Done;
    }

    private static void Show(Terminal terminal, IReadOnlyList<WebhookFacts> webhooks)
    {
        if (webhooks.Count == 0)
        {
            terminal.Say("There are none.");
            return;
        }

        var table = new DataTable("id", "url", "events", "state", "waiting", "failures", "reason");
        foreach (var webhook in webhooks)
            table.Add(
                webhook.Id, webhook.Url, string.Join(',', webhook.Events), webhook.State, webhook.Pending.ToString(CultureInfo.InvariantCulture),
                webhook.Failures.ToString(CultureInfo.InvariantCulture), webhook.Reason);
        terminal.Data(table);
    }
}
