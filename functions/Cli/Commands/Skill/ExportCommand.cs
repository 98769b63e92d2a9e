using System.CommandLine;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Exporting;

namespace Pipeline.Functions.Cli.Commands.Skill;

internal sealed class ExportCommand : CliCommand
{
    private readonly Argument<string> directory;
    private readonly Argument<string[]> skills;
    private readonly Option<string> alias;
    private readonly Option<string?> caller;
    private readonly Option<bool> withScripts;

    public ExportCommand(CliContext context) : base(
        context, "export",
        "Write the served skills as folders (Agent Skills specification) with a skills.lock.json. Folders of an earlier export that are not "
        + "among them are removed; anything else in DIR is left alone.",
        "skill export .agent/skills", "skill export out/ --alias production", "skill export out/ renew-loan place-hold")
    {
        directory = Add(new Argument<string>("DIR") { Description = "The folder that is to hold the skills." });
        skills = Add(new Argument<string[]>("SKILL") { Description = "These skills, by id or name. [default: all active ones]", Arity = ArgumentArity.ZeroOrMore });
        alias = Add(new Option<string>("--alias") { Description = "Which version of each skill.", HelpName = "production|latest|canary", DefaultValueFactory = _ => AliasRules.Latest });
        caller = Add(CallerIdentity.Option());
        withScripts = Add(new Option<bool>("--with-scripts") { Description = $"Also write scripts of versions below {TierAllowance.ScriptsFrom}, which are left out otherwise." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var target = run.Get(directory);
        if (File.Exists(target)) throw new CliFailure(ExitCodes.Usage, $"{target} is a file. Name a folder.");
        var named = run.Get(alias)!;
        await using var ledger = await run.ConnectAsync(ct);
        ledger.Client.SayCaller(CallerIdentity.Of(run.Get(caller), named, run.Terminal));
        var follows = named == AliasRules.Latest ? null : named;
        var served = (await ledger.Client.SkillsAsync("active", ct, follows)).Value;
        var chosen = Chosen(served.Skills, run.Get(skills));
        var result = await run.Terminal.WithProgressAsync("exported", run.Time,
            progress => new ManagedFolders(ledger.Client, target, named, run.Get(withScripts), force: false, progress)
                .BringToAsync(served.Leaf, WantedSkill.Among(chosen), of => of with { Alias = follows, Caller = follows is null ? null : run.Get(caller) }, ct));

        var unserved = run.Get(skills).Length == 0 ? [] : chosen.Where(s => s.Version is null).Select(s => new ExportRefusal(s.Name, "no version of it is served: none has passed the gates so far, or it was revoked"));
        result = result with { Refused = [.. result.Refused, .. unserved] };
        foreach (var (name, why) in result.Refused) run.Terminal.Complain($"not exported  {name}: {why}.");
        if (result.Removed.Count > 0) run.Terminal.Say($"Removed {string.Join(", ", result.Removed)}, which an earlier export had made.");
        GivenPackage.Tell(run.Terminal, result.Lock);
        run.Terminal.Say($"Each is what the alias {named} serves: tier {AliasRules.Needs(named)} or above{(follows is null ? ", by rules and not by reading" : "")}. `validate` and `skill show` say more.");
        if (run.IsJson) run.Terminal.Json(new { Directory = Path.GetFullPath(target), result.Lock.Leaf, result.Lock.Alias, result.Lock.Skills, result.Removed, result.Refused });
        else foreach (var skill in result.Lock.Skills) run.Terminal.Text($"{Path.Combine(target, skill.Name)}\n");
        return result.Refused.Count == 0 ? ExitCodes.Done : ExitCodes.Refused;
    }

    private static IReadOnlyList<SkillFacts> Chosen(IReadOnlyList<SkillFacts> served, string[] names) => names.Length == 0 ? served
        : [.. names.Select(name => served.FirstOrDefault(s => s.Id == name) ?? served.FirstOrDefault(s => s.Name == name)
            ?? throw new CliFailure(ExitCodes.NotFound, $"No active skill is called {name}. See `{Invocation.Of("skill list")}`.")).Distinct()];
}
