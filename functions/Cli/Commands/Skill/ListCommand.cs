using System.CommandLine;
using System.Globalization;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Skill;

internal sealed class ListCommand : CliCommand
{
    private readonly Option<string> status;
    private readonly Option<string?> alias;
    private readonly Option<string?> caller;

    public ListCommand(CliContext context) : base(
        context, "list", "List skills with the version that is served.", "skill list", "skill list --status all --json", "skill list --alias production")
    {
        status = Add(new Option<string>("--status") { Description = "Which skills.", HelpName = "active|retired|absorbed|all", DefaultValueFactory = _ => "active" });
        status.AcceptOnlyFromAmong("active", "retired", "absorbed", "all");
        alias = Add(new Option<string?>("--alias") { Description = "What this alias serves, instead of latest: only skills that have it.", HelpName = "ALIAS" });
        caller = Add(CallerIdentity.Option());
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        ledger.Client.SayCaller(CallerIdentity.Of(run.Get(caller), run.Get(alias), run.Terminal));
        run.Answer(await ledger.Client.SkillsAsync(run.Get(status)!, ct, run.Get(alias)), page => Show(run.Terminal, page));
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
