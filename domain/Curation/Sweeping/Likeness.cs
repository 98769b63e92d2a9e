using System.Text.RegularExpressions;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Sweeping;

/// <summary>How alike two skills are, each measure from 0 to 1. Procedures are compared by what their steps name (tools, arguments, values),
/// with the tool that each is about taken for the same; texts by their words.</summary>
/// <param name="Procedure">Twice what both steps name, by what they name together (Dice).</param>
/// <param name="Words">Words in both texts, by words in either (Jaccard).</param>
/// <param name="Cosine">Of the two texts' word counts.</param>
public sealed partial record Likeness(double Procedure, double Words, double Cosine)
{
    /// <summary>How readily a search takes either for the other (<see cref="ConfusablePair.Mutual"/>); 0 where the policy does not ask.</summary>
    public double Confusion { get; init; }

    private const string TheEffect = "(what it is about)";

    public static Likeness Of(SweptFamily one, SweptFamily other) => Of(Terms.Of(one), Terms.Of(other));

    internal static Likeness Of(Terms a, Terms b)
    {
        var (fewer, more) = a.Words.Count <= b.Words.Count ? (a.Words, b.Words) : (b.Words, a.Words);
        var (both, dot) = (0, 0.0);
        foreach (var (word, count) in fewer)
            if (more.TryGetValue(word, out var other)) (both, dot) = (both + 1, dot + (double)count * other);
        var norm = a.Norm * b.Norm;
        return new(OfProcedures(a, b), a.Words.Count + b.Words.Count == 0 ? 0 : (double)both / (a.Words.Count + b.Words.Count - both), norm == 0 ? 0 : dot / norm);
    }

    internal static double OfProcedures(Terms one, Terms other) => Dice(one.Named, other.Named);

    /// <summary>How alike the words are by which users ask for either.</summary>
    public static double OfTriggers(IReadOnlyList<MinedEpisode> one, IReadOnlyList<MinedEpisode> other) =>
        Dice(Triggers(one), Triggers(other));

    /// <summary>Share of what a skill names, section by section, that another still names; 1 for one that names nothing. A step is kept
    /// whether every run needs it or only some do.</summary>
    public static double Retention((string Text, string Variants) parent, (string Text, string Variants) merged)
    {
        var (content, kept) = (Content(parent), Content(merged));
        return content.Count == 0 ? 1 : (double)content.Count(kept.Contains) / content.Count;
    }

    private static HashSet<string> Content((string Text, string Variants) skill) =>
        [.. SkillDocument.SectionsOf(skill.Text).Append(new(SkillWriter.StepsSection, skill.Variants)).SelectMany(s => CodeSpan().Matches(s.Text).Select(m => $"{s.Heading}\n{m.Value}"))];

    private static HashSet<string> Triggers(IReadOnlyList<MinedEpisode> episodes) => [.. TriggerMining.Mine([.. episodes.Where(e => e.Succeeded)])];

    private static double Dice(HashSet<string> a, HashSet<string> b) => a.Count + b.Count == 0 ? 0 : 2.0 * a.Count(b.Contains) / (a.Count + b.Count);

    [GeneratedRegex("`[^`\n]{1,200}`", RegexOptions.NonBacktracking)]
    private static partial Regex CodeSpan();

    [GeneratedRegex("[a-z0-9_]{2,64}", RegexOptions.NonBacktracking)]
    private static partial Regex Word();

    /// <summary>What a skill is compared by, read from its text once however many it is compared with.</summary>
    /// <param name="Words">In its text, and how often.</param>
    /// <param name="Norm">Of the word counts.</param>
    /// <param name="Named">By its steps.</param>
    internal sealed record Terms(IReadOnlyDictionary<string, int> Words, double Norm, HashSet<string> Named)
    {
        public static Terms Of(SweptFamily family)
        {
            var words = Word().Matches(family.Text.ToLowerInvariant()).CountBy(m => m.Value, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
            return new(words, Math.Sqrt(words.Values.Sum(n => (double)n * n)), NamedIn(family));
        }

        private static HashSet<string> NamedIn(SweptFamily family) =>
            [.. SkillDocument.SectionsOf(family.Text).Where(s => s.Heading == SkillWriter.StepsSection).SelectMany(s => CodeSpan().Matches(s.Text))
                .Select(m => m.Value == $"`{Prose.Code(family.Family.Effect)}`" ? TheEffect : m.Value)];
    }
}
