using System.Text.RegularExpressions;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>What the output of a check says of how things stand: what the program around the agent adds to it (that it ran without output, which
/// folder it is in) says nothing of that.</summary>
internal static partial class OutcomeText
{
    private const int MostCharacters = 20_000;
    private const int LongestLine = 400;

    /// <summary>The last line that tells an outcome, without what differs from run to run; empty where none does.</summary>
    public static string LineOf(string output)
    {
        var text = output.Length <= MostCharacters ? output : output[^MostCharacters..];
        var line = text.Split('\n').Select(l => l.Trim(' ', '\t', '\r', '=', '-', '*', '#', '~')).LastOrDefault(l => l.Length is > 0 and <= LongestLine && Outcome().IsMatch(l));
        return line is null ? "" : Prose.ErrorText(line, []) is var told && told.Any(char.IsLetter) ? told : "";
    }

    [GeneratedRegex(@"\b(pass(es|ed|ing)?|fail(s|ed|ing|ures?)?|ok|succe(ss|eded|eds)|errors?|warnings?|problems?|issues?|violations?|(in)?valid|(in)?correct|clean|fixed|all (checks|tests|good|files)|compiled|built|0 found|no .{1,40} found|up to date|matches|differs?|equal|identical|true|false|yes)\b",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Outcome();
}
