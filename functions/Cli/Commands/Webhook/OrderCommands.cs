using System.CommandLine;

namespace Pipeline.Functions.Cli.Commands.Webhook;

/// <summary>An order about one webhook or delivery.</summary>
internal abstract class OrderCommand : CliCommand
{
    private readonly Argument<string> id;

    protected OrderCommand(CliContext context, string name, string description, string example) : base(context, name, description, example)
    {
        id = Add(new Argument<string>("ID") { Description = "As `webhook list` and `webhook deliveries` tell it." });
    }

    protected abstract string Done { get; }

    protected abstract Task<Api.Answer<System.Text.Json.JsonElement>> SendAsync(Api.LedgerClient client, string id, CancellationToken ct);

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await SendAsync(ledger.Client, run.Get(id), ct), _ => run.Terminal.Text($"{run.Get(id)} {Done}\n"));
        return ExitCodes.Done;
    }
}

internal sealed class RemoveCommand(CliContext context) : OrderCommand(
    context, "remove", "End a subscription. Its deliveries and its secret go with it.", "webhook remove wh_0123")
{
    protected override string Done => "removed";

    protected override Task<Api.Answer<System.Text.Json.JsonElement>> SendAsync(Api.LedgerClient client, string id, CancellationToken ct) => client.WebhookCommandAsync(id, "remove", ct);
}

internal sealed class EnableCommand(CliContext context) : OrderCommand(
    context, "enable", "Go on with a subscription that was disabled, from where it stood.", "webhook enable wh_0123")
{
    protected override string Done => "enabled";

    protected override Task<Api.Answer<System.Text.Json.JsonElement>> SendAsync(Api.LedgerClient client, string id, CancellationToken ct) => client.WebhookCommandAsync(id, "enable", ct);
}

internal sealed class ReplayDeliveryCommand(CliContext context) : OrderCommand(
    context, "replay", "Send a delivery again, under the same id.", "webhook replay msg_0123")
{
    protected override string Done => "is sent again";

    protected override Task<Api.Answer<System.Text.Json.JsonElement>> SendAsync(Api.LedgerClient client, string id, CancellationToken ct) => client.ReplayDeliveryAsync(id, ct);
}
