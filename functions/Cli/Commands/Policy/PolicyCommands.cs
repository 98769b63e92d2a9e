using System.CommandLine;
using System.Globalization;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Policy;

internal sealed class ListCommand(CliContext context) : CliCommand(
    context, "list", "List the policies that are published, and those that the program comes with.", "policy list", "policy list --json")
{
    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.PoliciesAsync(ct), answer => Show(run.Terminal, answer));
        return ExitCodes.Done;
    }

    private static void Show(Terminal terminal, PoliciesAnswer answer)
    {
        var table = new DataTable("id", "version", "state", "digest");
        foreach (var policy in answer.Published)
            table.Add(policy.Id, policy.Version.ToString(CultureInfo.InvariantCulture), policy.Active ? "active" : "published", policy.Digest);
        foreach (var id in answer.Shipped.Where(id => answer.Published.All(p => p.Id != id))) table.Add(id, "", "shipped", "");
        terminal.Data(table);
    }
}

internal sealed class ShowCommand : CliCommand
{
    private readonly Argument<string> policy;

    public ShowCommand(CliContext context) : base(context, "show", "Show a policy's file.", "policy show default", "policy show default@1")
    {
        policy = Add(new Argument<string>("ID[@VERSION]") { Description = "Without a version: the newest that is published, else the one that the program comes with." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var (id, version) = SkillReference.Parse(run.Get(policy));
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.PolicyAsync(id, version, ct), answer =>
        {
            run.Terminal.Say($"{answer.Id}@{answer.Version}  {(answer.Active ? "active" : answer.Published ? "published" : "shipped, not published")}  {answer.Digest}");
            run.Terminal.Say("");
            run.Terminal.Text(answer.Text);
        });
        return ExitCodes.Done;
    }
}

internal sealed class PublishCommand : CliCommand
{
    private readonly Argument<string> file;

    public PublishCommand(CliContext context) : base(
        context, "publish", "Publish a policy file into the ledger. What is published never changes: a changed policy has a higher version.", "policy publish mine.yaml")
    {
        file = Add(new Argument<string>("FILE") { Description = "A policy as YAML (docs/policies.md)." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var path = run.Get(file)!;
        if (!File.Exists(path)) throw new CliFailure(ExitCodes.Usage, $"There is no file {path}.");
        var yaml = await File.ReadAllBytesAsync(path, ct);
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.PublishPolicyAsync(yaml, ct), answer => PolicyLine.Show(run.Terminal, answer));
        return ExitCodes.Done;
    }
}

internal sealed class ActivateCommand : CliCommand
{
    private readonly Argument<string> policy;
    private readonly Option<string> reason;

    public ActivateCommand(CliContext context) : base(
        context, "activate", "Let curation decide by a policy from now on. What was decided before stays.", "policy activate slim --reason \"a smaller library\"")
    {
        policy = Add(new Argument<string>("ID[@VERSION]") { Description = "A published policy, or one that the program comes with." });
        reason = Add(new Option<string>("--reason") { Description = "Why. It is kept in the ledger.", HelpName = "TEXT", DefaultValueFactory = _ => "by hand" });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var (id, version) = SkillReference.Parse(run.Get(policy));
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.ActivatePolicyAsync(id, version, run.Get(reason)!, ct), answer => PolicyLine.Show(run.Terminal, answer));
        return ExitCodes.Done;
    }
}

internal static class PolicyLine
{
    public static void Show(Terminal terminal, PolicyCommandAnswer answer)
    {
        terminal.Text($"{answer.Id}@{answer.Version}  {(answer.Active ? "active" : "published")}  {answer.Digest}\n");
        if (answer.Events.Count == 0) terminal.Say("Nothing changed: it was in effect already.");
    }
}
