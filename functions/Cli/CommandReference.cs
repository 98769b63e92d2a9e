using System.CommandLine;
using System.CommandLine.Help;
using System.Text;

namespace Pipeline.Functions.Cli;

/// <summary>The help of all commands as one page of Markdown: docs/cli.md.</summary>
internal static class CommandReference
{
    private const string Program = "pipeline";

    public static string Markdown(RootCommand root)
    {
        var page = new StringBuilder();
        page.Append("# Command line\n\nMade by `dotnet run --project functions -- docs > docs/cli.md`; a test compares it with the help.\n\n");
        page.Append(root.Description).Append(" From a checkout, `pipeline` is `dotnet run --project functions --`; without arguments it is `pipeline up`.\n\n");
        page.Append("Data go to STDOUT, talk and progress to STDERR. JSON is indented on a terminal, and on one line elsewhere.\n\n");
        page.Append("## Options of every command\n\n");
        foreach (var option in root.Options.Where(o => o.Recursive && o is not HelpOption)) page.Append(Row(LabelOf(option), option.Description));
        page.Append("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
        foreach (var (code, meaning) in ExitCodes.All) page.Append($"| {code} | {meaning} |\n");
        foreach (var command in Below(root)) Append(page, command);
        return page.ToString();
    }

    /// <summary>The words that lead to a command, without the program's name.</summary>
    public static IEnumerable<string> PathOf(Command command) => command is RootCommand ? [] :
        command.Parents.OfType<Command>().SelectMany(PathOf).Append(command.Name);

    private static IEnumerable<CliCommand> Below(Command command) => command.Subcommands.Where(c => !c.Hidden)
        .SelectMany(c => c is CliCommand leaf ? [leaf] : Below(c));

    private static void Append(StringBuilder page, CliCommand command)
    {
        var path = string.Join(' ', PathOf(command));
        var options = command.Options.Where(o => !o.Recursive && !o.Hidden).ToList();
        var usage = string.Join(' ', command.Arguments.Select(UsageOf).Prepend(path).Prepend(Program).Concat(options.Count > 0 ? ["[options]"] : []));
        page.Append($"\n## {path}\n\n{command.Description}\n\n```\n{usage}\n```\n\n");
        foreach (var argument in command.Arguments) page.Append(Row(argument.Name, argument.Description));
        foreach (var option in options) page.Append(Row(LabelOf(option), option.Description + (option.Required ? " Required." : DefaultOf(option))));
        if (command.Arguments.Count + options.Count > 0) page.Append('\n');
        page.Append("```\n");
        foreach (var example in command.Examples) page.Append($"{Program} {example}\n");
        page.Append("```\n");
    }

    private static string UsageOf(Argument argument)
    {
        var name = argument.Arity.MaximumNumberOfValues > 1 ? argument.Name + "..." : argument.Name;
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }

    private static string LabelOf(Option option) =>
        option.ValueType == typeof(bool) ? option.Name : $"{option.Name} {option.HelpName ?? "VALUE"}";

    private static string DefaultOf(Option option) =>
        option is Option<string> && option.HasDefaultValue ? $" [default: {option.GetDefaultValue()}]" : "";

    private static string Row(string label, string? description) => $"- `{label}`: {description}\n";
}
