using System.CommandLine;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Trust;

/// <summary>A command about one version of a skill, with a reason that is kept.</summary>
internal abstract class VersionOrderCommand : CliCommand
{
    private readonly Argument<string> version;
    private readonly Option<string> reason;

    protected VersionOrderCommand(CliContext context, string name, string description, params string[] examples) : base(context, name, description, examples)
    {
        version = Add(new Argument<string>("SKILL@VERSION") { Description = "A version of a skill, by id or name." });
        reason = Add(new Option<string>("--reason") { Description = "Why. It is kept in the ledger.", HelpName = "TEXT", Required = true });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        if (SkillReference.Parse(run.Get(version)) is not { Version: { } number } named)
            throw new CliFailure(ExitCodes.Usage, $"Name a version, e.g. {run.Get(version)}@1: it is about one package and no other.");
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.CommandAsync(named.Skill, Order(run), new { Version = number, Reason = run.Get(reason) }, null, ct), answer => TrustLines.Show(run.Terminal, answer));
        return ExitCodes.Done;
    }

    protected abstract string Order(CommandRun run);
}

internal sealed class ApproveCommand : VersionOrderCommand
{
    private readonly Option<bool> withdraw;

    public ApproveCommand(CliContext context) : base(
        context, "approve", "Approve a version's package, or take that back. Whether the approval counts is for the gates to say: strict ones want somebody other than its author.",
        "approve renew-loan@2 --reason \"read it, tried it\"", "approve renew-loan@2 --withdraw --reason \"it skips a check\"")
    {
        withdraw = Add(new Option<bool>("--withdraw") { Description = "Take the approval back." });
    }

    protected override string Order(CommandRun run) => run.Get(withdraw) ? "withdraw-approval" : "approve";
}

internal sealed class RevokeCommand(CliContext context) : VersionOrderCommand(
    context, "revoke", "Revoke a version for good: it is never served again, its package comes back under no id, and what was made from it is quarantined, in other skills too.",
    "revoke renew-loan@2 --reason \"it sends data to a host that nobody knows\"")
{
    protected override string Order(CommandRun run) => "revoke";
}

internal static class TrustLines
{
    public static void Show(Terminal terminal, CommandAnswer answer)
    {
        terminal.Text($"{answer.Skill}@{answer.Version}  {answer.Tier}  {answer.Digest}\n");
        foreach (var denial in answer.Denials ?? []) terminal.Say($"{"not more",-12} {denial}");
        foreach (var (alias, version) in answer.Aliases ?? new Dictionary<string, int>()) terminal.Say($"{"alias",-12} {alias} -> {version}");
        foreach (var also in answer.Also ?? []) terminal.Say($"{"also",-12} {also}");
        if (answer.Revoked is { Count: > 0 } revoked) terminal.Say($"{"also revoked",-12} {string.Join(", ", revoked)}: the same package");
        if (answer.ToCome is { } more) terminal.Say($"{"to come",-12} {more} more skills have the same package and lose it with the next sweeps; nobody makes a version with it meanwhile");
        if (answer.Quarantined is { Count: > 0 } quarantined) terminal.Say($"{"quarantined",-12} {string.Join(", ", quarantined)}");
        if (answer is { Events: not { Count: > 0 }, Revoked: null, ToCome: null }) terminal.Say("Nothing changed: it was in effect already.");
    }

    public static void Show(Terminal terminal, TrustFacts? trust)
    {
        if (trust is null) return;
        terminal.Say($"{"tier",-12} {trust.Tier}{(trust.DecidedBy.Length > 0 ? $", decided by {trust.DecidedBy}" : "")}");
        if (trust.TrustedBy is { } who) terminal.Say($"{"trusted by",-12} {who} when it was imported: it is at T1 whatever validators say");
        foreach (var denial in trust.Denials) terminal.Say($"{"not more",-12} {denial}");
        foreach (var by in trust.ApprovedBy) terminal.Say($"{"approved by",-12} {by}");
        foreach (var (alias, version) in trust.Aliases) terminal.Say($"{"alias",-12} {alias} -> {version}");
        if (trust.Current is not { } current) return;
        terminal.Say($"{"newest",-12} version {current.Version}, {current.Tier}");
        foreach (var denial in current.Denials) terminal.Say($"{"",-12} {denial}");
    }
}
