using System.Text.RegularExpressions;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation;

/// <summary>Whether a new text says something new. Counts that merely grew are no reason for a new version.</summary>
public static partial class Revision
{
    public static bool SaysTheSame(IReadOnlyList<SkillSection> before, IReadOnlyList<SkillSection> after) =>
        Essence(before).SequenceEqual(Essence(after));

    private static IEnumerable<string> Essence(IReadOnlyList<SkillSection> sections) =>
        sections.SelectMany(s => s.Text.Split('\n').Select(line => $"{s.Heading}\n{Counts().Replace(line, "# of #")}").Order(StringComparer.Ordinal));

    [GeneratedRegex(@"\d+ of \d+", RegexOptions.NonBacktracking)]
    private static partial Regex Counts();
}
