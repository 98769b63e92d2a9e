using System.Text.RegularExpressions;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Composing.Coding;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation;

/// <summary>Judges a text by episodes that it was not made from: which of their tools its steps name, and how many it names in vain.</summary>
public static partial class Backtest
{
    private const int FewestHeldOut = 2;

    /// <summary>Base and revision on held-out successes; the revision is made anew without what is held out.</summary>
    public static GateResult Gate(CurationInput input, IReadOnlyList<MinedEpisode> episodes, string baseText) =>
        Compare(baseText, episodes, input.Policy, heldOut => input.Compose(input.Skill.Name, [.. episodes.Where(e => !heldOut.Contains(e))], "")?.Document.Markdown() ?? "");

    /// <summary>Successes are split off by digest or, where that gives too few, each task is held out in turn. The base may have seen what is
    /// held out, which favours what stands.</summary>
    /// <param name="revisionWithout">The revision as it would be made without these episodes.</param>
    public static GateResult Compare(
        string baseText, IReadOnlyList<MinedEpisode> episodes, CurationPolicy policy, Func<IReadOnlyList<MinedEpisode>, string> revisionWithout)
    {
        var scored = Folds(episodes, policy).Select(fold => (Fold: fold, Revision: revisionWithout(fold)))
            .Select(f => (f.Fold, f.Revision, Base: Coverage(baseText, f.Fold), Revised: Coverage(f.Revision, f.Fold), Weight: f.Fold.Count)).ToList();
        var weight = scored.Sum(f => f.Weight);
        return weight == 0
            ? new(null, null)
            : new(scored.Sum(f => f.Base * f.Weight) / weight, scored.Sum(f => f.Revised * f.Weight) / weight)
            {
                Tasks = [.. scored.SelectMany(f => f.Fold.GroupBy(e => e.Task, StringComparer.Ordinal)
                    .Select(task => new TaskCoverage(task.Key, Coverage(baseText, [.. task]), Coverage(f.Revision, [.. task]))))],
            };
    }

    /// <summary>What is held out together, of the successes: one part of them by digest or, where that is too few, each task in turn.</summary>
    internal static IReadOnlyList<IReadOnlyList<MinedEpisode>> Folds(IReadOnlyList<MinedEpisode> episodes, CurationPolicy policy)
    {
        var successes = episodes.Where(e => e.Succeeded).ToList();
        var split = successes.Where(e => IsHeldOut(e, policy)).ToList();
        List<List<MinedEpisode>> folds = split.Count >= FewestHeldOut && split.Count < successes.Count
            ? [split]
            : [.. successes.GroupBy(e => e.Task, StringComparer.Ordinal).Select(g => g.ToList())];
        return [.. folds.Where(fold => fold.Count < successes.Count)];
    }

    /// <summary>Mean F1 (0 to 1) between the tools that the text's steps name and the tools that each episode used.</summary>
    public static double Coverage(string markdown, IReadOnlyList<MinedEpisode> episodes)
    {
        var steps = SkillDocument.SectionsOf(markdown).FirstOrDefault(s => s.Heading == SkillWriter.StepsSection)?.Text ?? "";
        var spans = CodeSpan().Matches(steps).Select(m => m.Groups["code"].Value).ToHashSet(StringComparer.Ordinal);
        var vocabulary = episodes.SelectMany(e => e.Episode.Context.Select(c => c.Tool)).ToHashSet(StringComparer.Ordinal);
        var isCoding = episodes.Any(e => e.Episode.Coding is not null);
        var named = vocabulary.Where(t => spans.Contains(Prose.Code(t)) || spans.Any(s => IsSkillFor(s, t)) || (isCoding && CodingSteps.Names(steps, t))).ToHashSet(StringComparer.Ordinal);
        return episodes.Average(e => F1(named, e.Episode.Calls.Select(c => c.Tool).ToHashSet(StringComparer.Ordinal)));
    }

    // A plan names an effect by its skill: environment and effect.
    private static bool IsSkillFor(string span, string tool) => span.EndsWith("-" + Names.Slug(tool), StringComparison.Ordinal);

    private static double F1(HashSet<string> named, HashSet<string> used)
    {
        var both = named.Count(used.Contains);
        return both == 0 ? 0 : 2.0 * both / (named.Count + used.Count);
    }

    private static bool IsHeldOut(MinedEpisode episode, CurationPolicy policy) =>
        Convert.ToInt32(Digest.Short(episode.Task, 6), 16) % policy.HoldOutOneIn == 0;

    [GeneratedRegex("`(?<code>[^`\n]{1,200})`", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex CodeSpan();
}

/// <summary>Coverage of the version that stands and of the revision; null where nothing could be held out, and then nothing is known.</summary>
public sealed record GateResult(double? Base, double? Revision)
{
    /// <summary>The same for each task that was held out.</summary>
    public IReadOnlyList<TaskCoverage> Tasks { get; init; } = [];

    public IReadOnlyDictionary<string, double> Scores => Base is { } standing && Revision is { } revised
        ? new Dictionary<string, double>(StringComparer.Ordinal) { ["heldOutBase"] = Math.Round(standing, 4), ["heldOutRevision"] = Math.Round(revised, 4) }
        : new Dictionary<string, double>(StringComparer.Ordinal);

    public bool Passes(CurationPolicy policy) => Base is { } standing && Revision is { } revised && revised >= standing - policy.MaxRegression;
}

public sealed record TaskCoverage(string Task, double Base, double Revision);
