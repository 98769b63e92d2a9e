using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Skills;

namespace Pipeline.Benchmarks.Transfer;

/// <summary>What an agent is given: the tools that it names, and how long it is.</summary>
internal sealed partial record Proposal(IReadOnlySet<string> Tools, int Characters)
{
    public static Proposal Of(Package package, IReadOnlySet<string> vocabulary) =>
        new(Named(package.SkillText, vocabulary), package.Files.Sum(f => f.Content.Length));

    public static Proposal Union(IEnumerable<Proposal> parts)
    {
        var all = parts.ToList();
        return new(all.SelectMany(p => p.Tools).ToHashSet(StringComparer.Ordinal), all.Sum(p => p.Characters));
    }

    /// <summary>Of some skills those that fit best: one after the other, as long as F1 grows.</summary>
    public static Proposal Best(IReadOnlyList<Proposal> skills, IReadOnlySet<string> needed, int atMost)
    {
        var best = new Proposal(new HashSet<string>(), 0);
        for (var round = 0; round < atMost; round++)
        {
            var next = skills.Select(s => Union([best, s])).MaxBy(p => Score.Of(p, needed, needed, 1).F1);
            if (next is null || Score.Of(next, needed, needed, 1).F1 <= Score.Of(best, needed, needed, 1).F1) break;
            best = next;
        }
        return best;
    }

    // Tools that stand in the text, other than in a section on what to avoid.
    private static HashSet<string> Named(string text, IReadOnlySet<string> vocabulary)
    {
        var said = string.Join('\n', SkillDocument.SectionsOf(text).Where(s => s.Heading != SkillWriter.PitfallsSection).Select(s => s.Text));
        return Word().Matches(said).Select(m => m.Value).Where(vocabulary.Contains).ToHashSet(StringComparer.Ordinal);
    }

    [GeneratedRegex(@"[\w.-]+\w", RegexOptions.NonBacktracking)]
    private static partial Regex Word();
}

/// <param name="Effects">Share of the effects that were named; null where there are none.</param>
internal sealed record Score(double Precision, double Recall, double? Effects, int Characters, double Weight)
{
    public double F1 => Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

    public static Score Of(Proposal proposal, IReadOnlySet<string> needed, IReadOnlySet<string> effects, double weight)
    {
        var hit = (double)needed.Count(proposal.Tools.Contains);
        return new(
            proposal.Tools.Count == 0 ? 0 : hit / proposal.Tools.Count, needed.Count == 0 ? 0 : hit / needed.Count,
            effects.Count == 0 ? null : (double)effects.Count(proposal.Tools.Contains) / effects.Count, proposal.Characters, weight);
    }

    /// <summary>The weighted means, as columns of a table.</summary>
    public static string Means(IReadOnlyList<Score> scores)
    {
        var (all, withEffects) = (scores.Sum(s => s.Weight), scores.Where(s => s.Effects is not null).ToList());
        double Mean(Func<Score, double> of) => scores.Sum(s => of(s) * s.Weight) / all;
        var effects = withEffects.Sum(s => s.Effects!.Value * s.Weight) / withEffects.Sum(s => s.Weight);
        return string.Create(CultureInfo.InvariantCulture,
            $"{Mean(s => s.Precision),10:F3}{Mean(s => s.Recall),10:F3}{Mean(s => s.F1),10:F3}{effects,10:F3}{Mean(s => s.Characters),12:N0}");
    }
}
