using System.CommandLine;
using System.Globalization;
using Pipeline.Functions.Cli.Exporting;

namespace Pipeline.Functions.Cli.Commands.Skill;

internal sealed class VerifyCommand : CliCommand
{
    private readonly Argument<string> directory;
    private readonly Option<bool> offline;

    public VerifyCommand(CliContext context) : base(
        context, "verify",
        "Compare a directory of skills with its lock file, and that with the ledger, with a mark per skill: ok, changed, missing, revoked, quarantined, fallen (trusted less than its alias needs), "
        + "withdrawn (not served any more), newer (another version is served) or extra (not in the lock file). Ends with 1 if one is changed, missing, revoked, quarantined, fallen or left over.",
        "skill verify .agent/skills", "skill verify .agent/skills --offline --json")
    {
        directory = Add(new Argument<string>("DIR") { Description = "A folder that `skill sync` or `skill export` made." });
        offline = Add(new Option<bool>("--offline") { Description = "Only the bytes, against the lock file. So it is, too, where no server can be asked." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var target = run.Get(directory);
        var lockFile = await SkillsLock.ReadAsync(target, ct) ?? throw new CliFailure(ExitCodes.Refused, $"There is no {SkillsLock.FileName} in {target} to verify by.");
        var verification = new FolderVerification(target, lockFile);
        var (verified, asked) = run.Get(offline) ? (await verification.RunAsync(null, ct), false) : await AskedAsync(run, lockFile, verification, ct);
        if (run.IsJson)
            run.Terminal.Json(new { Directory = Path.GetFullPath(target), lockFile.Leaf, Online = asked, Ok = verified.All(s => !s.IsWrong), Skills = verified.Select(s => new { s.Name, s.Version, s.Digest, Mark = Told(s.Mark), s.Detail }) });
        else Show(run.Terminal, verified);
        return verified.Any(s => s.IsWrong) ? ExitCodes.Refused : ExitCodes.Done;
    }

    private static async Task<(IReadOnlyList<VerifiedSkill> Verified, bool Asked)> AskedAsync(CommandRun run, SkillsLock lockFile, FolderVerification verification, CancellationToken ct)
    {
        try
        {
            await using var ledger = await run.ConnectAsync(ct);
            ledger.Client.SayCaller(CallerIdentity.Of(lockFile.Caller, lockFile.Alias, run.Terminal));
            return (await verification.RunAsync(ledger.Client, ct), true);
        }
        catch (CliFailure e) when (e.ExitCode == ExitCodes.NoServer)
        {
            run.Terminal.Say($"The ledger could not be asked, so this is about the bytes only: {e.Message}");
            return (await verification.RunAsync(null, ct), false);
        }
    }

    private static void Show(Terminal terminal, IReadOnlyList<VerifiedSkill> verified)
    {
        if (verified.Count == 0)
        {
            terminal.Say("The lock file has no skills.");
            return;
        }

        var table = new DataTable("mark", "skill", "version", "detail");
        foreach (var skill in verified) table.Add(Told(skill.Mark), skill.Name, skill.Version?.ToString(CultureInfo.InvariantCulture) ?? "-", skill.Detail);
        terminal.Data(table);
    }

    private static string Told(SkillMark mark) => mark.ToString().ToLowerInvariant();
}
