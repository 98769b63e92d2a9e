using System.CommandLine;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Skill;

/// <summary>A command that an admin gives to a skill, with a reason that is kept.</summary>
internal abstract class SkillOrderCommand : CliCommand
{
    private readonly string order;
    private readonly Argument<string> skill;
    private readonly Option<string> reason;
    private readonly Option<long?> ifVersion;

    protected SkillOrderCommand(CliContext context, string order, string description, params string[] examples) : base(context, order, description, examples)
    {
        this.order = order;
        skill = Add(new Argument<string>("SKILL") { Description = "A skill by id or name." });
        reason = Add(new Option<string>("--reason") { Description = "Why. It is kept in the ledger.", HelpName = "TEXT", DefaultValueFactory = _ => "by hand" });
        ifVersion = Add(new Option<long?>("--if-stream-version")
        {
            Description = "Only if the skill's stream is still at this version, as `skill show --json` tells it.",
            HelpName = "N",
        });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        var answer = await ledger.Client.CommandAsync(run.Get(skill), order, Body(run, run.Get(reason)!), run.Get(ifVersion), ct);
        run.Answer(answer, Show(run.Terminal));
        return ExitCodes.Done;
    }

    protected abstract object Body(CommandRun run, string reason);

    private static Action<CommandAnswer> Show(Terminal terminal) => answer =>
    {
        terminal.Text($"{answer.Skill}  {answer.Status}  version {answer.Version}  {answer.Digest}\n");
        if (answer.Events is not { Count: > 0 }) terminal.Say("Nothing changed: it was in effect already.");
    };
}

internal sealed class RetireCommand(CliContext context) : SkillOrderCommand(
    context, "retire", "Stop serving a skill. It stays in the ledger and can be reinstated.", "skill retire renew-loan --reason \"the desk has closed\"")
{
    protected override object Body(CommandRun run, string reason) => new { reason };
}

internal sealed class ReinstateCommand(CliContext context) : SkillOrderCommand(
    context, "reinstate", "Serve a retired skill again.", "skill reinstate renew-loan --reason \"the desk is open again\"")
{
    protected override object Body(CommandRun run, string reason) => new { reason };
}

internal sealed class RollbackCommand : SkillOrderCommand
{
    private readonly Argument<int> version;

    public RollbackCommand(CliContext context) : base(
        context, "rollback", "Serve an earlier version's package again, under a new number.", "skill rollback renew-loan 2 --reason \"version 3 skips a check\"")
    {
        version = Add(new Argument<int>("VERSION") { Description = "The version to go back to." });
    }

    protected override object Body(CommandRun run, string reason) => new { ToVersion = run.Get(version), reason };
}

internal sealed class VariantCommand : SkillOrderCommand
{
    private readonly Option<string> model;

    public VariantCommand(CliContext context) : base(
        context, "variant",
        "Make the sibling of a skill that is proposed for a model: a skill of its own, from that model's runs, where the skill harms that model and helps others.",
        "skill variant renew-loan --model model-b --reason \"model-b has a way of its own\"")
    {
        model = Add(new Option<string>("--model") { Description = "The model, as `skill show` names it.", HelpName = "MODEL", Required = true });
    }

    protected override object Body(CommandRun run, string reason) => new { Model = run.Get(model), reason };
}
