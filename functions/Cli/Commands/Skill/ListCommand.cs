using System.CommandLine;
using System.Globalization;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Skill;

internal sealed class ListCommand : CliCommand
{
    private readonly Option<string> status;

    public ListCommand(CliContext context) : base(
        context, "list", "List skills with the version that is served.", "skill list", "skill list --status all --json")
    {
        status = Add(new Option<string>("--status") { Description = "Which skills.", HelpName = "active|retired|absorbed|all", DefaultValueFactory = _ => "active" });
        status.AcceptOnlyFromAmong("active", "retired", "absorbed", "all");
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.SkillsAsync(run.Get(status)!, ct), page => Show(run.Terminal, page));
        return ExitCodes.Done;
    }

    private static void Show(Terminal terminal, SkillPage page)
    {
        if (page.Skills.Count == 0)
        {
            terminal.Say($"There are no such skills. Feed trajectories with `{Invocation.Of("emit PATH --wait")}`.");
            return;
        }

        var table = new DataTable("skill", "version", "tier", "status", "origin", "environment", "description");
        foreach (var skill in page.Skills)
            table.Add(
                skill.Model is { } only ? $"{skill.Name} (for {only})" : skill.Name, skill.Version?.ToString(CultureInfo.InvariantCulture) ?? "-", skill.Tier?.ToUpperInvariant() ?? "-", skill.Status,
                skill.Origin, skill.Environment, skill.Description);
        terminal.Data(table);
    }
}
