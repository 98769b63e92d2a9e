using System.CommandLine;
using Pipeline.Functions.Cli.Files;

namespace Pipeline.Functions.Cli.Commands.Webhook;

internal sealed class AddCommand : CliCommand
{
    private static readonly string[] Topics = ["version", "tier", "alias"];

    private readonly Argument<string> url;
    private readonly Option<string> events;
    private readonly Option<string> secretFile;
    private readonly Option<bool> allowPrivate;

    public AddCommand(CliContext context) : base(
        context, "add", "Tell an address of what is recorded from now on, signed (docs/webhooks.md).",
        "webhook add https://platform.example/skills --events version,alias --secret-file secret.txt",
        "webhook add http://localhost:8080/hook --secret-file secret.txt --allow-private")
    {
        url = Add(new Argument<string>("URL") { Description = "An https address." });
        events = Add(new Option<string>("--events") { Description = "Of what.", HelpName = "version,tier,alias", DefaultValueFactory = _ => string.Join(',', Topics) });
        secretFile = Add(new Option<string>("--secret-file") { Description = "A file with the secret that deliveries are signed with; - for STDIN.", HelpName = "FILE", Required = true });
        allowPrivate = Add(new Option<bool>("--allow-private") { Description = "For development: the address may be of this machine or a private network, and plain http." });
        events.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && Named(result.GetValueOrDefault<string>()) is var named && (named.Length == 0 || named.Except(Topics).Any())) result.AddError("--events is version, tier and alias, or some of them, with commas between.");
        });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var secret = System.Text.Encoding.UTF8.GetString(await FileBytes.ReadAsync(new InputFile(run.Get(secretFile)!), run.Streams.OpenInput, ct)).Trim();
        await using var ledger = await run.ConnectAsync(ct);
        var answer = await ledger.Client.AddWebhookAsync(run.Get(url), Named(run.Get(events)!), secret, run.Get(allowPrivate), ct);
        run.Answer(answer, added => run.Terminal.Text($"{added.Id}\n"));
        if (ledger.IsOwn) run.Terminal.Say($"Deliveries are made while a server runs: `{Invocation.Of("up")}`.");
        return ExitCodes.Done;
    }

    private static string[] Named(string? list) => (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
