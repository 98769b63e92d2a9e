using System.Text.RegularExpressions;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Validation.Grounding;

/// <summary>Something that a skill's text says there is or is to be done: a name, a value or a command in backticks, or a line of a block of code.</summary>
/// <param name="Section">The heading that it stands under; empty above the first.</param>
/// <param name="Atoms">Its letters and digits in runs, without what stands for something else: <c>…</c>, <c>&lt;file&gt;</c>.</param>
public sealed partial record Claim(string Section, string Text, IReadOnlyList<string> Atoms)
{
    /// <summary>Of one text; what is beyond is not judged.</summary>
    public const int Most = 2000;

    private const string Fence = "```";

    /// <summary>In order, once for each section.</summary>
    public static IReadOnlyList<Claim> In(string markdown, string section = "")
    {
        var claims = new List<Claim>();
        var inCode = false;
        foreach (var line in markdown.Split('\n').Skip(FrontmatterLines(markdown)))
        {
            if (line.TrimStart().StartsWith(Fence, StringComparison.Ordinal)) inCode = !inCode;
            else if (inCode) claims.Add(Of(section, line.Trim()));
            else if (line.StartsWith("## ", StringComparison.Ordinal)) section = line[3..].Trim();
            else claims.AddRange(Span().Matches(line).Select(m => Of(section, m.Groups["code"].Value)));
            if (claims.Count > Most * 2) break;
        }
        return [.. claims.Where(c => c.Atoms.Count > 0 && c.Text[0] != '#').DistinctBy(c => (c.Section, c.Text)).Take(Most)];
    }

    /// <summary>Runs of letters, digits and underscores.</summary>
    internal static IEnumerable<string> AtomsOf(string text) => Atom().Matches(text).Select(m => m.Value);

    private static Claim Of(string section, string text) => new(section, text, [.. AtomsOf(Placeholder().Replace(text, " ")).Distinct(StringComparer.Ordinal)]);

    // The frontmatter says what the skill is for, and is no instruction.
    private static int FrontmatterLines(string markdown)
    {
        if (!markdown.StartsWith("---\n", StringComparison.Ordinal)) return 0;
        var end = markdown.IndexOf("\n---\n", StringComparison.Ordinal);
        return end < 0 ? 0 : markdown.AsSpan(0, end + 1).Count('\n') + 1;
    }

    // A value that was cut has no last atom: what is left of it would be found nowhere.
    [GeneratedRegex(@"<[A-Za-z.]{1,20}>|[\p{L}\p{N}_]*…[\p{L}\p{N}_]*|\.\.\.", RegexOptions.NonBacktracking)]
    private static partial Regex Placeholder();

    [GeneratedRegex("`(?<code>[^`\n]{1,200})`", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Span();

    [GeneratedRegex(@"[\p{L}\p{N}_]{1,200}", RegexOptions.NonBacktracking)]
    private static partial Regex Atom();
}
