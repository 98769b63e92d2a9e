using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>Commands that do not say what they run: a program that is only known when it runs, or text given to a shell or an interpreter.</summary>
internal static class UntoldCommand
{
    public static bool IsTold(ShellCommand command, CommandHead head, bool isQuoted)
    {
        // What was too much to be read, or too deep.
        if (command.Words.Count >= ShellLine.MostWords || command.Words.Any(IsTooDeep)) return false;
        if (head.Program.Length == 0) return isQuoted || command.Words.All(NamesNothing) || command.Words.FirstOrDefault(w => !NamesNothing(w)) is "for" or "case" or "select" or "function";
        if (head.Program == "eval") return false;
        if (!CommandWords.Shells.Contains(head.Program) && !CommandWords.Interpreters.Contains(head.Program)) return true;
        return head.Words.Count == 1
            ? isQuoted
            : command.Input.Length == 0 && (head.Words[1] is "--version" or "-V" or "--help" || (head.Words[1] is [not '-', ..] script && !script.Contains('$', StringComparison.Ordinal)));
    }

    // Tests, the empty command, words of the shell's own and assignments run nothing.
    private static bool NamesNothing(string word) =>
        word is "" or "[" or ":" || CommandWords.Reserved.Contains(word) || (word.Contains('=', StringComparison.Ordinal) && (char.IsAsciiLetter(word[0]) || word[0] == '_'));

    private static bool IsTooDeep(string word)
    {
        for (var at = word.IndexOf("$(", StringComparison.Ordinal); at >= 0; at = word.IndexOf("$(", at + 2, StringComparison.Ordinal))
            if (at + 2 >= word.Length || word[at + 2] != ')') return true;
        return word.Contains('`', StringComparison.Ordinal);
    }
}
