using System.CommandLine;
using System.CommandLine.Parsing;

namespace Pipeline.Functions.Cli;

/// <summary>What is wrong with a command line, in words for who typed it: which argument is missing, what kind of value an option takes, what a
/// mistyped word was probably meant to be.</summary>
internal static class UsageErrors
{
    private const string Delimiter = "--";
    private const int MostTypos = 2;

    /// <returns>Sentences; empty where the command line is right.</returns>
    public static IReadOnlyList<string> Of(ParseResult parsed, IReadOnlyList<string> args)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens is [var word, ..] && (command.Subcommands.Any(c => !c.Hidden) || IsOption(word))) return [Unknown(word, command)];
        // Many words are taken as they come, and a mistyped option would be one more of them.
        if (!args.Contains(Delimiter) && Values(parsed.CommandResult).FirstOrDefault(IsOption) is { } stray)
            return [$"{Unknown(stray, command)} A word that begins with dashes stands after {Delimiter}."];
        return [.. parsed.Errors.Select(Said).Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Values(CommandResult result) => result.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value);

    private static bool IsOption(string word) => word.Length > Delimiter.Length && word.StartsWith(Delimiter, StringComparison.Ordinal);

    private static string Unknown(string word, Command command)
    {
        var names = IsOption(word)
            ? command.Parents.OfType<Command>().SelectMany(p => p.Options.Where(o => o.Recursive)).Concat(command.Options).Where(o => !o.Hidden).Select(o => o.Name)
            : command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);
        var meant = names.Select(n => (Name: n, Typos: Typos(word, n))).Where(n => n.Typos <= MostTypos).OrderBy(n => n.Typos).ThenBy(n => n.Name, StringComparer.Ordinal).Select(n => n.Name).FirstOrDefault();
        var kind = IsOption(word) ? "option" : "command";
        return meant is null ? $"There is no {kind} {word}." : $"There is no {kind} {word}. Did you mean {meant}?";
    }

    private static string Said(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Option: { } option, Tokens: [var token, ..] } when IsConversion(error) => $"{option.Name} takes {Kind(option.ValueType)}, not {token.Value}.",
        ArgumentResult { Parent: OptionResult { Option: { } option }, Tokens: [var token, ..] } when IsConversion(error) => $"{option.Name} takes {Kind(option.ValueType)}, not {token.Value}.",
        ArgumentResult { Argument: { } argument, Tokens: [var token, ..] } when IsConversion(error) => $"{argument.Name} is {Kind(argument.ValueType)}, not {token.Value}.",
        ArgumentResult { Argument: { } argument, Tokens: [] } => $"{argument.Name} is missing: {argument.Description}",
        CommandResult { Command: { } command } when Missing(error) is { } argument => $"{argument.Name} is missing: {argument.Description}",
        _ => error.Message,
    };

    // The library tells a value that is not of its type only by its message, in which the type is a name of .NET.
    private static bool IsConversion(ParseError error) => error.Message.Contains("System.", StringComparison.Ordinal) || error.Message.Contains("Pipeline.", StringComparison.Ordinal);

    private static Argument? Missing(ParseError error) =>
        error.SymbolResult is CommandResult result ? result.Command.Arguments.FirstOrDefault(a => a.Arity.MinimumNumberOfValues > 0 && result.GetResult(a) is null or { Tokens.Count: 0 }) : null;

    private static string Kind(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(plain).Select(n => n.ToLowerInvariant()))}"
            : plain == typeof(int) || plain == typeof(long) ? "a whole number"
            : plain == typeof(double) ? "a number"
            : plain == typeof(bool) ? "true or false"
            : "another kind of value";
    }

    /// <summary>Levenshtein distance: insertions, deletions and replacements of a character.</summary>
    private static int Typos(string typed, string meant)
    {
        var row = Enumerable.Range(0, meant.Length + 1).ToArray();
        for (var i = 1; i <= typed.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= meant.Length; j++)
                (row[j], diagonal) = (Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (typed[i - 1] == meant[j - 1] ? 0 : 1)), row[j]);
        }

        return row[meant.Length];
    }
}
