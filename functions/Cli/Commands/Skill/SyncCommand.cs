using System.CommandLine;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Cli.Exporting;

namespace Pipeline.Functions.Cli.Commands.Skill;

internal sealed class SyncCommand : CliCommand
{
    private readonly Argument<string> directory;
    private readonly Option<string> alias;
    private readonly Option<string?> environment;
    private readonly Option<string?> caller;
    private readonly Option<bool> withScripts;
    private readonly Option<bool> frozen;
    private readonly Option<bool> force;

    public SyncCommand(CliContext context) : base(
        context, "sync",
        "Keep a directory of skills for an agent: adds, updates and removes folders, and writes skills.lock.json. Folders that it did not make are left "
        + "alone; one that was changed by hand is reported and left.",
        "skill sync .agent/skills", "skill sync .agent/skills --alias production", "skill sync .agent/skills --alias canary --caller agent-7", "skill sync .agent/skills --frozen")
    {
        directory = Add(new Argument<string>("DIR") { Description = "The folder that is to hold the skills." });
        alias = Add(new Option<string>("--alias") { Description = "Which version of each skill.", HelpName = "production|latest|canary", DefaultValueFactory = _ => AliasRules.Latest });
        caller = Add(CallerIdentity.Option());
        withScripts = Add(new Option<bool>("--with-scripts") { Description = $"Also write scripts of versions below {TierAllowance.ScriptsFrom}, which are left out otherwise." });
        environment = Add(new Option<string?>("--environment") { Description = "Only skills of this environment.", HelpName = "NAME" });
        frozen = Add(new Option<bool>("--frozen") { Description = "Install exactly what the lock file says, or change nothing and fail." });
        force = Add(new Option<bool>("--force") { Description = "Also overwrite and remove what was changed by hand, and the last skill of all." });
        Validators.Add(result =>
        {
            if (result.GetValue(frozen) && (result.GetResult(alias) is { Implicit: false } || result.GetResult(environment) is not null || result.GetResult(caller) is not null))
                result.AddError("--frozen goes by the lock file: leave --alias, --caller and --environment out.");
        });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var target = run.Get(directory);
        if (File.Exists(target)) throw new CliFailure(ExitCodes.Usage, $"{target} is a file. Name a folder.");
        await using var ledger = await run.ConnectAsync(ct);
        var result = await run.Terminal.WithProgressAsync("synced", run.Time, progress => run.Get(frozen)
            ? new FrozenFolders(ledger.Client, target, run.Get(withScripts), run.Get(force), progress).InstallAsync(ct)
            : FollowAsync(run, target, new(ledger.Client, target, run.Get(alias)!, run.Get(withScripts), run.Get(force), progress), ledger.Client, ct));
        Tell(run, target, result);
        return result.Refused.Count == 0 ? ExitCodes.Done : ExitCodes.Refused;
    }

    private async Task<ManagedResult> FollowAsync(CommandRun run, string target, ManagedFolders folders, Api.LedgerClient client, CancellationToken ct)
    {
        var (follows, only) = (run.Get(alias)! is var name && name == AliasRules.Latest ? null : name, run.Get(environment));
        // Who the directory asked as stays what it is until another is told.
        var told = follows is null ? null : run.Get(caller) ?? (await SkillsLock.ReadAsync(target, ct))?.Caller;
        client.SayCaller(CallerIdentity.Of(told, follows, run.Terminal));
        var served = (await client.SkillsAsync("active", ct, follows, only)).Value;
        return await folders.BringToAsync(
            served.Leaf, WantedSkill.Among(served.Skills), of => of with { Alias = follows, Environment = only, Caller = told }, ct);
    }

    private static void Tell(CommandRun run, string target, ManagedResult result)
    {
        foreach (var (skill, why) in result.Refused) run.Terminal.Complain($"not synced  {skill}: {why}.");
        GivenPackage.Tell(run.Terminal, result.Lock);
        if (run.IsJson)
        {
            run.Terminal.Json(new
            {
                Directory = Path.GetFullPath(target),
                result.Lock.Leaf,
                result.Lock.Alias,
                result.Lock.Environment,
                result.Added,
                result.Updated,
                result.Removed,
                result.Unchanged,
                Withheld = result.Lock.Skills.Where(s => s.Withheld is not null).Select(s => new { Skill = s.Name, Files = s.Withheld }),
                result.Refused,
                CallsItself = result.Lock.Skills.Where(s => s.CallsItself is not null).ToDictionary(s => s.Name, s => s.CallsItself!, StringComparer.Ordinal),
            });
            return;
        }

        foreach (var (what, names) in new[] { ("added", result.Added), ("updated", result.Updated), ("removed", result.Removed) })
            foreach (var name in names) run.Terminal.Text($"{what}  {name}\n");
        run.Terminal.Say($"{result.Unchanged.Count} unchanged.");
        if (result.Lock.Skills.Count(s => s.CallsItself is not null) is > 0 and var renamed)
            run.Terminal.Say($"Of {renamed} the SKILL.md states another name than the ledger has: the folders have the ledger's, the bytes are as they were, and {SkillsLock.FileName} tells which (callsItself).");
    }
}
