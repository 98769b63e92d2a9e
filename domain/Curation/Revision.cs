using System.Text.RegularExpressions;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Composing.Coding;
using Pipeline.Domain.Curation.Composing.Plans;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation;

/// <summary>Whether a new text asks for something else to be done. Counts that grew, other trigger words or another order of
/// alternatives are no reason for a new version.</summary>
public static partial class Revision
{
    /// <summary>All that a skill asks for: SKILL.md by its sections, and what only some runs need as a section of its file's name.</summary>
    /// <param name="variants">The text of <see cref="SkillWriter.VariantsFile"/>; empty where there is none.</param>
    public static IReadOnlyList<SkillSection> SectionsOf(string text, string variants) => variants.Length == 0
        ? SkillDocument.SectionsOf(text)
        : [.. SkillDocument.SectionsOf(text), new(SkillWriter.VariantsFile, variants)];

    public static bool SaysTheSame(IReadOnlyList<SkillSection> before, IReadOnlyList<SkillSection> after) =>
        Essence(before).SequenceEqual(Essence(after), StringComparer.Ordinal);

    // Of steps, conditions and checks: what they name. Of pitfalls, orders and notes: the advice, without how often it was seen.
    private static IEnumerable<string> Essence(IReadOnlyList<SkillSection> sections) => sections
        .SelectMany(section => section.Text.Split('\n').Select(line => section.Heading is SkillWriter.PitfallsSection or PlanWriter.OrderSection or CodingWriter.OrdersSection or CodingWriter.FactsSection ? Advice(line) : Names(line))
            .Where(essence => essence.Length > 0)
            .Select(essence => $"{section.Heading}\n{essence}"))
        .Order(StringComparer.Ordinal);

    private static string Advice(string line) => Counts().Replace(line, "# of #");

    private static string Names(string line) => string.Join(' ', CodeSpan().Matches(line).Select(m => m.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    [GeneratedRegex(@"\d+ of \d+", RegexOptions.NonBacktracking)]
    private static partial Regex Counts();

    [GeneratedRegex("`[^`\n]{1,200}`", RegexOptions.NonBacktracking)]
    private static partial Regex CodeSpan();
}
