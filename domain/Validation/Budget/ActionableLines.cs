using System.Buffers;
using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Pipeline.Domain.Validation.Budget;

/// <summary>Lines of instructions that an agent can act on: commands, numbered steps, names in backticks, and sentences that tell it to do or to leave something.</summary>
/// <param name="Content">Lines that say something: neither blank nor a heading, a rule or the edge of a block of code.</param>
/// <param name="Actionable">Those among them that can be acted on.</param>
public sealed partial record ActionableLines(int Content, int Actionable)
{
    private const int LongestLine = 2000;
    private const string Fence = "```";
    private static readonly SearchValues<char> Furniture = SearchValues.Create("-=*_|:> +");

    private static readonly FrozenSet<string> s_verbs = (
        "add adjust analyze answer apply approve ask assign attach avoid back batch begin build calculate call cancel capture change check choose clean "
        + "clear click close collect combine compare compile compute configure confirm connect consider convert copy count create cut debug decide "
        + "declare define delete deploy describe design detect determine disable display do document don't download draft edit enable encode end ensure enter "
        + "escape estimate evaluate examine execute export extract fetch fill filter find finish fix focus follow format gather generate get give group "
        + "handle hide identify ignore implement import include increase inform insert inspect install invoke iterate join keep launch leave limit list load locate "
        + "log look loop make map mark match measure merge migrate mock modify monitor move name never note notify omit open optimize order organize "
        + "parse pass paste perform pick pin place plan point prefer prepare present preserve prevent print prioritize produce prompt propose provide "
        + "publish pull push put quote raise read record redirect reduce refer reject release remember remove rename render repeat replace reply report "
        + "request require reset resolve respond restart restore retry return reuse review revert rewrite round run sanitize save scan schedule search "
        + "select send separate set share show simplify skip sort specify split start state stop store structure submit subtract suggest summarize "
        + "support switch tag take tell test trace track transform treat trim try turn update upgrade upload use validate verify view visit wait warn "
        + "watch wrap write").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>0 to 1; 0 of a text without content.</summary>
    public double Share => Content == 0 ? 0 : (double)Actionable / Content;

    /// <param name="body">Markdown, without frontmatter.</param>
    public static ActionableLines Of(string body)
    {
        var (content, actionable, inCode) = (0, 0, false);
        foreach (var range in body.AsSpan().EnumerateLines())
        {
            var line = range.Trim();
            if (line.StartsWith(Fence, StringComparison.Ordinal))
            {
                inCode = !inCode;
                continue;
            }
            if (line.IsEmpty || (!inCode && IsFurniture(line))) continue;
            content++;
            if (inCode || CanBeActedOn((line.Length > LongestLine ? line[..LongestLine] : line).ToString())) actionable++;
        }
        return new(content, actionable);
    }

    // Headings, rules, quotes' empty lines, the line beneath a table's head.
    private static bool IsFurniture(ReadOnlySpan<char> line) => line[0] == '#' || line.IndexOfAnyExcept(Furniture) < 0;

    private static bool CanBeActedOn(string line) =>
        Numbered().IsMatch(line) || Named().IsMatch(line) || Demand().IsMatch(line) || s_verbs.Contains(FirstWord().Match(line).Groups["word"].Value.ToLowerInvariant());

    [GeneratedRegex(@"^[0-9]{1,3}[.)]\s", RegexOptions.NonBacktracking)]
    private static partial Regex Numbered();

    [GeneratedRegex("`[^`]+`", RegexOptions.NonBacktracking)]
    private static partial Regex Named();

    [GeneratedRegex(@"\b(must|should|shall|never|always|do not|don't|only (if|when|where)|make sure|be sure|instead of|required?|if|when)\b",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Demand();

    // After a bullet, a check box, emphasis.
    [GeneratedRegex(@"^([-*+>]\s+|\[[ xX]\]\s+|\*\*|__|\|\s*)*(?<word>[A-Za-z']+)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex FirstWord();
}
