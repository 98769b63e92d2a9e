using System.Text.RegularExpressions;

namespace Pipeline.Domain.Trajectories.Episodes.Coding;

/// <summary>What the output of a command says of its failing.</summary>
public static partial class FailureText
{
    private const int MostCharacters = 20_000;
    private const int LongestLine = 400;

    /// <summary>The tool said so, or the output ends as an uncaught exception does.</summary>
    public static bool IsFailure(ToolResult result) => result.IsError
        || (result.Content.Contains("Traceback (most recent call last)", StringComparison.Ordinal) && Lines(result.Content).LastOrDefault() is { } last && Exception().IsMatch(last));

    /// <summary>The line that says what was wrong: the last that names an error, else the first that is no exit code.</summary>
    public static string LineOf(string output)
    {
        var lines = Lines(output).ToList();
        return lines.FindLast(l => Exception().IsMatch(l)) ?? lines.Find(l => SaysError().IsMatch(l)) ?? lines.Find(l => !ExitCode().IsMatch(l)) ?? lines.FirstOrDefault() ?? "";
    }

    // Of long output the end, where errors stand.
    private static IEnumerable<string> Lines(string output)
    {
        var text = output.Length <= MostCharacters ? output : output[^MostCharacters..];
        return text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0).Select(l => l.Length <= LongestLine ? l : l[..LongestLine]);
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_.]*(Error|Exception|Warning|Exit|Interrupt)(:|$)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Exception();

    [GeneratedRegex(@"\b(error|failed|failure|fatal|not found|cannot|denied|no such|invalid|unrecognized|missing)\b", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SaysError();

    [GeneratedRegex(@"^(<[a-z_]{1,30}>)?(exit code|exited with|command exited|return ?code)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ExitCode();
}
