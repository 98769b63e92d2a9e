using System.CommandLine;
using System.Globalization;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Skill;

internal sealed class VersionsCommand : CliCommand
{
    private readonly Argument<string> skill;

    public VersionsCommand(CliContext context) : base(
        context, "versions", "List all versions of a skill, newest first: how each was made, and how far it is trusted.", "skill versions renew-loan", "skill versions renew-loan --json")
    {
        skill = Add(new Argument<string>("SKILL") { Description = "A skill by id or name." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.VersionsAsync(run.Get(skill), ct), answer => Show(run.Terminal, answer.Versions));
        return ExitCodes.Done;
    }

    private static void Show(Terminal terminal, IReadOnlyList<VersionFacts> versions)
    {
        var table = new DataTable("version", "tier", "made by", "created", "leaf", "digest", "why");
        foreach (var v in versions)
            table.Add(
                v.Version.ToString(CultureInfo.InvariantCulture), v.Revoked ? "revoked" : v.Tier.ToUpperInvariant(), $"{v.Operation}, {v.Composer}", v.CreatedAt,
                v.Leaf.ToString(CultureInfo.InvariantCulture), v.Digest, v.Rationale);
        terminal.Data(table);
    }
}
