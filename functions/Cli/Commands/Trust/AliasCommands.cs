using System.CommandLine;
using System.Globalization;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Trust;

internal sealed class AliasListCommand : CliCommand
{
    private readonly Argument<string> skill;

    public AliasListCommand(CliContext context) : base(context, "list", "List the aliases of a skill: which version each names, and at which tier.", "alias list renew-loan", "alias list renew-loan --json")
    {
        skill = Add(new Argument<string>("SKILL") { Description = "A skill by id or name." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.AliasesAsync(run.Get(skill)!, ct), answer =>
        {
            var table = new DataTable("alias", "version", "tier", "needs", "share", "held by", "since", "by", "why");
            foreach (var a in answer.Aliases)
                table.Add(a.Alias, Number(a.Version), a.Tier, a.Needs, $"{Number(a.Share)}%", a.PinnedBy ?? "", a.Since, a.By, a.Reason);
            run.Terminal.Data(table);
            if (answer.Aliases.Count == 0) run.Terminal.Say($"No version may be served under any name yet. `{Invocation.Of($"skill show {answer.Skill}")}` says why.");
        });
        return ExitCodes.Done;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}

internal sealed class AliasHistoryCommand : CliCommand
{
    private readonly Argument<string> skill;
    private readonly Argument<string> alias;

    public AliasHistoryCommand(CliContext context) : base(context, "history", "List every move of an alias: from where, to where, by whom, why.", "alias history renew-loan production")
    {
        skill = Add(new Argument<string>("SKILL") { Description = "A skill by id or name." });
        alias = Add(new Argument<string>("ALIAS") { Description = "E.g. latest, canary or production." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.AliasHistoryAsync(run.Get(skill)!, run.Get(alias)!, ct), answer =>
        {
            var table = new DataTable("leaf", "from", "to", "share", "held by", "at", "actor", "why");
            foreach (var m in answer.Moves)
                table.Add(
                    m.Leaf.ToString(CultureInfo.InvariantCulture), m.From?.ToString(CultureInfo.InvariantCulture) ?? "", m.To?.ToString(CultureInfo.InvariantCulture) ?? "removed",
                    m.To is null ? "" : $"{(m.Share ?? CanaryShare.All).ToString(CultureInfo.InvariantCulture)}%", m.PinnedBy ?? "", m.At, m.Actor, m.Reason);
            run.Terminal.Data(table);
        });
        return ExitCodes.Done;
    }
}

internal sealed class AliasMoveCommand : CliCommand
{
    private readonly Argument<string> skill;
    private readonly Argument<string> alias;
    private readonly Argument<int> version;
    private readonly Option<string> reason;
    private readonly Option<int?> share;

    public AliasMoveCommand(CliContext context) : base(
        context, "move", "Let an alias name a version. It has to be at the tier that the alias needs: canary T2, production T3. latest follows by itself.",
        "alias move renew-loan production 2 --reason \"canary was fine for a week\"", "alias move renew-loan canary 3 --share 10 --reason \"a tenth of the callers\"")
    {
        skill = Add(new Argument<string>("SKILL") { Description = "A skill by id or name." });
        alias = Add(new Argument<string>("ALIAS") { Description = "E.g. canary or production, or a name of your own." });
        version = Add(new Argument<int>("VERSION") { Description = "The version to name." });
        reason = Add(new Option<string>("--reason") { Description = "Why. It is kept in the ledger.", HelpName = "TEXT", Required = true });
        share = Add(new Option<int?>("--share") { Description = "Percent of the callers who are to get it, the same ones each time. [default: 100]", HelpName = "PERCENT" });
        share.AcceptOnlyBetween(0, CanaryShare.All, $"--share is a number from 0 to {CanaryShare.All}.");
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        var body = new { Version = run.Get(version), Reason = run.Get(reason), Share = run.Get(share) };
        run.Answer(await ledger.Client.CommandAsync(run.Get(skill)!, $"aliases/{Uri.EscapeDataString(run.Get(alias)!)}", body, null, ct), answer => TrustLines.Show(run.Terminal, answer));
        return ExitCodes.Done;
    }
}
