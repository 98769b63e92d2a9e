using System.CommandLine;
using System.Globalization;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Commands.Policy;

namespace Pipeline.Functions.Cli.Commands.Trust;

internal sealed class GatesListCommand(CliContext context) : CliCommand(
    context, "list", "List the gates that are published, and those that the program comes with.", "gates list", "gates list --json")
{
    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.GatesAsync(ct), answer =>
        {
            var table = new DataTable("id", "version", "state", "digest");
            foreach (var gates in answer.Published)
                table.Add(gates.Id, gates.Version.ToString(CultureInfo.InvariantCulture), gates.Active ? "active" : "published", gates.Digest);
            foreach (var id in answer.Shipped.Where(id => answer.Published.All(p => p.Id != id))) table.Add(id, "", "shipped", "");
            run.Terminal.Data(table);
        });
        return ExitCodes.Done;
    }
}

internal sealed class GatesShowCommand : CliCommand
{
    private readonly Argument<string> gates;

    public GatesShowCommand(CliContext context) : base(context, "show", "Show a file of gates.", "gates show strict")
    {
        gates = Add(new Argument<string>("ID[@VERSION]") { Description = "Without a version: the newest that is published, else the one that the program comes with." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var (id, version) = SkillReference.Parse(run.Get(gates));
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.GatesAsync(id, version, ct), answer =>
        {
            run.Terminal.Say($"{answer.Id}@{answer.Version}  {(answer.Active ? "active" : answer.Published ? "published" : "shipped, not published")}  {answer.Digest}");
            run.Terminal.Say("");
            run.Terminal.Text(answer.Text);
        });
        return ExitCodes.Done;
    }
}

internal sealed class GatesPublishCommand : CliCommand
{
    private readonly Argument<string> file;

    public GatesPublishCommand(CliContext context) : base(
        context, "publish", "Publish a file of gates into the ledger. What is published never changes: changed gates have a higher version.", "gates publish mine.yaml")
    {
        file = Add(new Argument<string>("FILE") { Description = "Gates as YAML (docs/tiers.md)." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var path = run.Get(file)!;
        if (!File.Exists(path)) throw new CliFailure(ExitCodes.Usage, $"There is no file {path}.");
        var yaml = await File.ReadAllBytesAsync(path, ct);
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.PublishGatesAsync(yaml, ct), answer => PolicyLine.Show(run.Terminal, answer));
        return ExitCodes.Done;
    }
}

internal sealed class GatesActivateCommand : CliCommand
{
    private readonly Argument<string> gates;
    private readonly Option<string> reason;

    public GatesActivateCommand(CliContext context) : base(
        context, "activate", "Let tiers be decided by other gates from now on: of each skill with its next verdict, approval or version.", "gates activate strict --reason \"others use it now\"")
    {
        gates = Add(new Argument<string>("ID[@VERSION]") { Description = "Published gates, or some that the program comes with." });
        reason = Add(new Option<string>("--reason") { Description = "Why. It is kept in the ledger.", HelpName = "TEXT", DefaultValueFactory = _ => "by hand" });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var (id, version) = SkillReference.Parse(run.Get(gates));
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.ActivateGatesAsync(id, version, run.Get(reason)!, ct), answer => PolicyLine.Show(run.Terminal, answer));
        return ExitCodes.Done;
    }
}
