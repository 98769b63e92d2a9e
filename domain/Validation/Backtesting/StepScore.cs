using System.Text.RegularExpressions;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Validation.Backtesting;

/// <summary>How a text's steps fit what one run did; each from 0 to 1.</summary>
/// <param name="Covered">Share of the run's steps that the text names.</param>
/// <param name="Wasted">Share of the steps that the text tells everyone to do and that the run did without.</param>
/// <param name="Order">Share of pairs of common steps that come in one order in both; null where there is no pair.</param>
public sealed record StepScore(double Covered, double Wasted, double? Order)
{
    /// <summary>Harmonic mean of what is covered and what is not wasted.</summary>
    public double F1 => Covered + 1 - Wasted is > 0 and var sum ? 2 * Covered * (1 - Wasted) / sum : 0;
}

/// <summary>The steps that a text names, out of those that runs of its family take.</summary>
internal sealed partial class NamedSteps
{
    private const string IfNeeded = "if needed";

    // Of a text, in characters, and of a run; what is beyond is not compared.
    private const int MostRead = 100_000;
    private const int MostSteps = 300;

    private readonly List<string> inOrder = [];
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly HashSet<string> optional = new(StringComparer.Ordinal);

    /// <param name="vocabulary">Every step of any run of the family.</param>
    public static NamedSteps In(Package package, SkillKind kind, IReadOnlyCollection<string> vocabulary)
    {
        var named = new NamedSteps();
        var byCode = vocabulary.Order(StringComparer.Ordinal).ToLookup(Prose.Code, StringComparer.Ordinal);
        // A plan names an effect by its skill: environment and effect.
        var bySkill = vocabulary.Order(StringComparer.Ordinal).Select(v => (Step: v, End: "-" + Names.Slug(v))).ToList();
        // A skill for one tool has no steps: it tells what helps when the tool refuses, which not every run needs.
        foreach (var section in SkillDocument.SectionsOf(package.SkillText).Where(s => kind == SkillKind.Atomic || s.Heading == SkillWriter.StepsSection))
            foreach (var line in Lines(section.Text)) named.Add(line, kind == SkillKind.Atomic || line.Contains(IfNeeded, StringComparison.OrdinalIgnoreCase), byCode, bySkill);
        foreach (var line in Lines(package.TextOf(SkillWriter.VariantsFile))) named.Add(line, true, byCode, bySkill);
        return named;
    }

    /// <summary>What an episode did, each once, in the order in which it was first done.</summary>
    public static IReadOnlyList<string> Of(Episode episode) =>
        [.. (episode.Coding?.Acts.Where(a => !a.IsIncidental).Select(a => a.Name) ?? episode.Calls.Select(c => c.Tool)).Distinct(StringComparer.Ordinal).Take(MostSteps)];

    public StepScore Against(IReadOnlyList<string> steps)
    {
        var done = steps.Index().ToDictionary(s => s.Item, s => s.Index, StringComparer.Ordinal);
        var common = inOrder.Where(done.ContainsKey).Select(s => done[s]).ToList();
        var told = inOrder.Where(s => !optional.Contains(s) || done.ContainsKey(s)).ToList();
        var (pairs, kept) = (common.Count * (common.Count - 1) / 2, 0);
        for (var i = 0; i < common.Count; i++)
            for (var j = i + 1; j < common.Count; j++)
                if (common[i] < common[j]) kept++;
        return new(
            steps.Count == 0 ? 0 : (double)common.Count / steps.Count, told.Count == 0 ? 0 : 1 - (double)common.Count / told.Count, pairs == 0 ? null : (double)kept / pairs);
    }

    private void Add(string line, bool ifNeeded, ILookup<string, string> byCode, IReadOnlyList<(string Step, string End)> bySkill)
    {
        foreach (var span in Span().Matches(line).Select(m => m.Groups["code"].Value))
        {
            var steps = byCode.Contains(span) ? byCode[span] : bySkill.Where(s => span.EndsWith(s.End, StringComparison.Ordinal)).Select(s => s.Step);
            foreach (var step in steps.Where(known.Add))
            {
                inOrder.Add(step);
                if (ifNeeded) optional.Add(step);
            }
        }
    }

    private static string[] Lines(string text) => (text.Length <= MostRead ? text : text[..MostRead]).Split('\n');

    [GeneratedRegex("`(?<code>[^`\n]{1,200})`", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Span();
}
