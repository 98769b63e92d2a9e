using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Files;

namespace Pipeline.Functions.Cli.Commands;

internal sealed class SearchCommand : CliCommand
{
    private const int UsualTop = 10;
    private const int UsualBatchTop = 50;
    private const int MostTop = 100;
    private const int MostSkip = 10_000;

    private readonly Argument<string[]> query;
    private readonly Option<string?> batch;
    private readonly Option<string> by;
    private readonly Option<int?> top;
    private readonly Option<double> within;
    private readonly Option<string> model;
    private readonly Option<int> skip;
    private readonly Option<string?> environment;
    private readonly Option<string> alias;
    private readonly Option<string?> tier;
    private readonly Option<string?> caller;

    public SearchCommand(CliContext context) : base(
        context, "search",
        "Find skills for a task. With --batch: from lines {\"id\",\"text\"} to lines {\"id\",\"ranked\":[...]} on STDOUT, best first.",
        "search \"give the customer a refund\" --top 3",
        "search \"give the customer a refund\" --environment retail --alias production --tier T3",
        "search --batch queries.jsonl --by id > ranked.jsonl",
        "search --batch queries.jsonl --top 3 --within 0.7 > ranked.jsonl")
    {
        query = Add(new Argument<string[]>("QUERY") { Description = "What the task is about.", Arity = ArgumentArity.ZeroOrMore });
        batch = Add(new Option<string?>("--batch") { Description = "Answer the queries of a file (plain or gzip), or of STDIN with -.", HelpName = "FILE" });
        by = Add(new Option<string>("--by") { Description = "How --batch calls a skill.", HelpName = "name|id", DefaultValueFactory = _ => "name" });
        by.AcceptOnlyFromAmong("name", "id");
        top = Add(new Option<int?>("--top") { Description = $"At most so many skills. [default: {UsualTop}; with --batch {UsualBatchTop}]", HelpName = "N" });
        top.AcceptOnlyBetween(1, MostTop, $"--top is a number from 1 to {MostTop}.");
        within = Add(new Option<double>("--within")
        {
            Description = "Only skills whose score is at least this share of the best one's, from 0 (all) to 1: fewer where fewer will do. About 0.7 suits skills that are to be loaded.",
            HelpName = "SHARE",
            DefaultValueFactory = _ => 0,
        });
        model = Add(new Option<string>("--model")
        {
            Description = "The model that the agent runs on: it gets the siblings that are for it in place of their main skills. Without it siblings stand below them.",
            HelpName = "MODEL",
            DefaultValueFactory = _ => "",
        });
        skip = Add(new Option<int>("--skip") { Description = "Pass over so many of the best: for the pages after the first.", HelpName = "N" });
        skip.AcceptOnlyBetween(0, MostSkip, $"--skip is a number from 0 to {MostSkip}.");
        environment = Add(new Option<string?>("--environment") { Description = "Only skills of this environment.", HelpName = "NAME" });
        alias = Add(new Option<string>("--alias") { Description = "Search the versions that this alias points to.", HelpName = "ALIAS", DefaultValueFactory = _ => "latest" });
        caller = Add(CallerIdentity.Option());
        tier = Add(new Option<string?>("--tier") { Description = "Only versions that are trusted as far as this tier, or further. Nothing of tier Q is ever found.", HelpName = "T1|T2|T3|T4" });
        tier.AcceptOnlyFromAmong("T1", "T2", "T3", "T4");
        within.AcceptOnlyBetween(0, 1, "--within is a share from 0 to 1.");
        Validators.Add(result =>
        {
            if (result.GetValue(query) is { Length: > 0 } == result.GetValue(batch) is not null) result.AddError("Give either a QUERY or --batch FILE.");
        });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        if (run.Get(batch) is { } file) return await AnswerAllAsync(run, await QueriesAsync(run, file, ct), ct);
        await using var ledger = await ConnectAsync(run, ct);
        var answer = await ledger.Client.SearchAsync(string.Join(' ', run.Get(query)), Wish(run, UsualTop), ct);
        run.Answer(answer, found => Show(run.Terminal, found));
        return ExitCodes.Done;
    }

    private async Task<int> AnswerAllAsync(CommandRun run, IReadOnlyList<SearchQuery> queries, CancellationToken ct)
    {
        await using var ledger = await ConnectAsync(run, ct);
        var isById = run.Get(by) == "id";
        foreach (var chunk in queries.Chunk(LedgerClient.MostQueries))
        {
            foreach (var (id, ranked) in (await ledger.Client.SearchAsync(chunk, Wish(run, UsualBatchTop), ct)).Value.Results)
                run.Terminal.JsonLine(new { id, ranked = ranked.Select(hit => isById ? hit.Id : hit.Name) });
        }

        run.Terminal.Say(WhatTiersSay);
        return ExitCodes.Done;
    }

    private async Task<LedgerConnection> ConnectAsync(CommandRun run, CancellationToken ct)
    {
        var key = CallerIdentity.Of(run.Get(caller), run.Get(alias), run.Terminal);
        var ledger = await run.ConnectAsync(ct);
        ledger.Client.SayCaller(key);
        return ledger;
    }

    private SearchWish Wish(CommandRun run, int usualTop) =>
        new(run.Get(top) ?? usualTop, run.Get(skip), run.Get(within), run.Get(model)!, run.Get(environment) ?? "", run.Get(alias)!, run.Get(tier) ?? "");

    private static void Show(Terminal terminal, SearchAnswer found)
    {
        if (found.Results.Count == 0)
        {
            terminal.Say("No skill was found.");
            return;
        }

        var table = new DataTable("score", "skill", "version", "tier", "description");
        foreach (var hit in found.Results)
            table.Add(
                hit.Score.ToString("0.00", CultureInfo.InvariantCulture), hit.Model is { } only ? $"{hit.Name} (for {only})" : hit.Name,
                hit.Version.ToString(CultureInfo.InvariantCulture), hit.Tier.ToUpperInvariant(), hit.Description);
        terminal.Data(table);
        terminal.Say(WhatTiersSay);
    }

    private const string WhatTiersSay = "T1: the rules for specification and security found nothing, or somebody trusts it; that is no promise. `skill show` says what more there is.";

    private static async Task<IReadOnlyList<SearchQuery>> QueriesAsync(CommandRun run, string path, CancellationToken ct)
    {
        var file = new InputFile(path);
        try
        {
            var lines = Encoding.UTF8.GetString(await FileBytes.ReadAsync(file, run.Streams.OpenInput, ct)).Split('\n');
            return [.. lines.Select((line, i) => (Text: line.Trim().TrimStart('\uFEFF'), Number: i + 1))
                .Where(line => line.Text.Length > 0).Select(line => QueryOf(line.Text, line.Number, file))];
        }
        catch (IOException e)
        {
            throw new CliFailure(ExitCodes.Refused, $"{file.Name} cannot be read: {e.Message.TrimEnd('.')}.");
        }
    }

    private static SearchQuery QueryOf(string line, int number, InputFile file)
    {
        try
        {
            if (JsonSerializer.Deserialize<SearchQuery>(line, LedgerJson.Options) is { Id: not null, Text: not null } query) return query;
        }
        catch (JsonException)
        {
            // Said below, with the line.
        }

        throw new CliFailure(ExitCodes.Refused, $"{file.Name}, line {number}: this is no query. A line is {{\"id\": \"...\", \"text\": \"...\"}}.");
    }
}
