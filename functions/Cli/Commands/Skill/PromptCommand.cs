using System.CommandLine;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Packages;

namespace Pipeline.Functions.Cli.Commands.Skill;

internal sealed class PromptCommand : CliCommand
{
    private readonly Argument<string[]> folders;

    public PromptCommand(CliContext context) : base(
        context, "prompt", "Print the block of a system prompt that tells an agent which skills there are in folders, for agents that do not look for themselves.",
        "skill prompt .agent/skills") =>
        folders = Add(new Argument<string[]>("DIR") { Description = "Folders with a SKILL.md, or with such folders in them.", Arity = ArgumentArity.OneOrMore });

    protected override Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var skills = run.Get(folders).Select(Path.GetFullPath).SelectMany(SkillFolders).Select(folder => SkillDirectory.Properties(folder) switch
        {
            ({ } told, _) => new AvailableSkill(told.Name, told.Description, SkillDirectory.Find(folder)!),
            (_, var problem) => throw new CliFailure(ExitCodes.Refused, $"{folder}: {problem}"),
        }).ToList();
        if (run.IsJson) run.Terminal.Json(new { Skills = skills });
        else run.Terminal.Text(AvailableSkills.Prompt(skills) + "\n");
        return Task.FromResult(ExitCodes.Done);
    }

    // A folder that skill sync keeps has other things in it, too.
    private static IEnumerable<string> SkillFolders(string folder) => SkillDirectory.Find(folder) is not null || !Directory.Exists(folder)
        ? [folder]
        : Directory.EnumerateDirectories(folder).Where(f => SkillDirectory.Find(f) is not null).Order(StringComparer.Ordinal).DefaultIfEmpty(folder);
}
