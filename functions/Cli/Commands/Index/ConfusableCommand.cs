using System.CommandLine;
using System.Globalization;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Index;

internal sealed class ConfusableCommand : CliCommand
{
    private const double UsualAbove = 0.8;
    private const int UsualTop = 50;

    private readonly Option<string?> environment;
    private readonly Option<double> above;
    private readonly Option<int> top;

    public ConfusableCommand(CliContext context) : base(
        context, "confusable",
        "List skills that a search takes for one another: asked for with one's own description, another scores nearly as high, or higher. Curation looks whether such skills can be merged.",
        "index confusable", "index confusable --environment retail --above 0.6 --json")
    {
        environment = Add(new Option<string?>("--environment") { Description = "Only skills of this environment. Skills are compared within their own in any case.", HelpName = "NAME" });
        above = Add(new Option<double>("--above")
        {
            Description = "From which share on of a skill's own score another one's is told; from 1 on the other comes first. [default: 0.8]",
            HelpName = "SHARE",
            DefaultValueFactory = _ => UsualAbove,
        });
        above.AcceptOnlyBetween(0.1, 10, "--above is a share from 0.1 to 10.");
        top = Add(new Option<int>("--top") { Description = $"At most so many pairs. [default: {UsualTop}]", HelpName = "N", DefaultValueFactory = _ => UsualTop });
        top.AcceptOnlyBetween(1, 1000, "--top is a number from 1 to 1000.");
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.ConfusableAsync(run.Get(environment) ?? "", run.Get(above), run.Get(top), ct), found => Show(run.Terminal, found));
        return ExitCodes.Done;
    }

    private static void Show(Terminal terminal, ConfusableAnswer found)
    {
        if (found.Pairs.Count > 0)
        {
            var table = new DataTable("mutual", "other for one", "one for other", "environment", "one", "other");
            foreach (var p in found.Pairs)
                table.Add(Share(p.Mutual), Share(p.OtherForOne), Share(p.OneForOther), p.Environment, p.One.Name, p.Other.Name);
            terminal.Data(table);
        }
        terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{found.Found} pairs among {found.Skills} skills{(found.Found > found.Pairs.Count ? $", of which the first {found.Pairs.Count} are shown" : "")}. ")
            + (found.MergeConfusedAbove > 0 ? $"The active policy looks whether learned skills can be merged from a mutual {Share(found.MergeConfusedAbove)} on." : "The active policy merges none for that."));
    }

    private static string Share(double share) => share.ToString("0.00", CultureInfo.InvariantCulture);
}
