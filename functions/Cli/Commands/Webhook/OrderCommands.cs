using System.CommandLine;

namespace Pipeline.Functions.Cli.Commands.Webhook;

/// <summary>An order about one webhook.</summary>
internal abstract class OrderCommand : CliCommand
{
    private readonly Argument<string> id;

    protected OrderCommand(CliContext context, string name, string description, string example) : base(context, name, description, example)
    {
        id = Add(new Argument<string>("ID") { Description = "As `webhook list` tells it." });
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

internal sealed class ReplayDeliveryCommand : CliCommand
{
    private readonly Argument<string> id;
    private readonly Option<bool> failed;

    public ReplayDeliveryCommand(CliContext context) : base(
        context, "replay", "Send a delivery again, under the same id; or all that was given up of a webhook.", "webhook replay msg_0123", "webhook replay wh_0123 --failed")
    {
        id = Add(new Argument<string>("ID") { Description = "A delivery as `webhook deliveries` tells it; with --failed, a webhook as `webhook list` does." });
        failed = Add(new Option<bool>("--failed") { Description = "All deliveries of the webhook that were given up." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        if (!run.Get(failed)) run.Answer(await ledger.Client.ReplayDeliveryAsync(run.Get(id), ct), _ => run.Terminal.Text($"{run.Get(id)} is sent again\n"));
        else run.Answer(await ledger.Client.WebhookCommandAsync(run.Get(id), "replay", ct), answer => run.Terminal.Text($"{answer.GetProperty("count").GetInt64()} of {run.Get(id)} are sent again\n"));
        return ExitCodes.Done;
    }
}
