using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.DeadLetter;

internal sealed class ListCommand : CliCommand
{
    private readonly Option<string?> queue;
    private readonly Option<string> state;

    public ListCommand(CliContext context) : base(
        context, "list", "List messages that could not be handled, with the reason.", "dead-letter list", "dead-letter list --queue trajectories --state all --json")
    {
        queue = Add(new Option<string?>("--queue") { Description = "Only of this queue.", HelpName = "NAME" });
        state = Add(new Option<string>("--state") { Description = "Which ones.", HelpName = "waiting|retried|discarded|all", DefaultValueFactory = _ => "waiting" });
        state.AcceptOnlyFromAmong("waiting", "retried", "discarded", "all");
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await AllAsync(ledger.Client, run.Get(queue), run.Get(state)!, ct), letters => Show(run.Terminal, letters));
        return ExitCodes.Done;
    }

    private static async Task<Answer<DeadLettersAnswer>> AllAsync(LedgerClient client, string? queue, string state, CancellationToken ct)
    {
        var letters = new JsonArray();
        for (var after = 0L; ;)
        {
            var page = await client.DeadLettersAsync(queue, state, after, ct);
            var news = page.Json.GetProperty("deadLetters").EnumerateArray().Where(letter => letter.GetProperty("id").GetInt64() > after).ToList();
            if (news.Count == 0) break;
            foreach (var letter in news) letters.Add(JsonSerializer.SerializeToNode(letter));
            after = news.Max(letter => letter.GetProperty("id").GetInt64());
        }

        return Answer<DeadLettersAnswer>.Of(JsonSerializer.SerializeToElement(new JsonObject { ["deadLetters"] = letters }));
    }

    private static void Show(Terminal terminal, DeadLettersAnswer answer)
    {
        if (answer.DeadLetters.Count == 0)
        {
            terminal.Say("There are none.");
            return;
        }

        var table = new DataTable("id", "queue", "source", "reason", "state", "dead since", "detail");
        foreach (var letter in answer.DeadLetters)
            table.Add(
                letter.Id.ToString(CultureInfo.InvariantCulture), letter.Queue, letter.Source,
                letter.Reason, letter.State, letter.DeadAt, letter.Detail);
        terminal.Data(table);
    }
}
