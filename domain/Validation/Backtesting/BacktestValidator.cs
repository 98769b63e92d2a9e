using System.Globalization;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Validation.Backtesting;

/// <summary>How well a version's steps must fit runs that it was not made from.</summary>
public sealed record BacktestThresholds
{
    /// <summary>Held-out successful episodes, and distinct tasks among them, without which nothing is said.</summary>
    public int Episodes { get; init; } = 2;
    public int Tasks { get; init; } = 2;

    /// <summary>Means over the held-out episodes (<see cref="StepScore"/>).</summary>
    public double Covered { get; init; } = 0.5;
    public double Wasted { get; init; } = 0.6;
    public double Order { get; init; } = 0.5;

    /// <summary>What the F1 may be lower than the best parent's (0 to 1).</summary>
    public double Regression { get; init; } = 0.02;

    /// <summary>One in so many episodes is held out, chosen by digest of its task.</summary>
    public int HoldOutOneIn { get; init; } = 5;
}

/// <summary>A version that the judged one was made from.</summary>
/// <param name="Evidence">Ids of what it must still be good for: of a merge those of its own family; empty for all.</param>
public sealed record BacktestParent(Package Package, IReadOnlySet<string> Evidence);

/// <summary>What a version is judged by.</summary>
/// <param name="Kind">Of the skill.</param>
/// <param name="LearnedFrom">Ids of the evidence that the version was made from; empty for one that nothing was learned for.</param>
/// <param name="Episodes">Of the version's families, as far as they can be read.</param>
/// <param name="ComposeWithout">The version as it would be made without these episodes, or null where it would not be made; itself null where
/// nobody can tell, as of a text that a model or a person wrote.</param>
public sealed record BacktestInput(
    Package Package, SkillKind Kind, IReadOnlySet<string> LearnedFrom, IReadOnlyList<BacktestParent> Parents,
    IReadOnlyList<MinedEpisode> Episodes, Func<IReadOnlyList<MinedEpisode>, Package?>? ComposeWithout);

/// <summary>Judges a version by successful episodes that it was not made from: which of their steps it names, how many in vain, in which order.</summary>
/// <remarks>Runs that came after it judge the text itself. Where there are too few, episodes are held out by digest (<see cref="Backtest"/>)
/// and the version is made again without them. Parents may have seen what is held out, which favours them.</remarks>
public static class BacktestValidator
{
    public static Validator Identity(BacktestThresholds thresholds) => Validator.Of("backtest", "2", thresholds);

    public static ValidationVerdict Judge(BacktestInput input, BacktestThresholds thresholds)
    {
        if (input.LearnedFrom.Count == 0)
            return Unknown("backtest.no-evidence", "no run stands behind this version: there is no family whose episodes could be held out");
        var successes = input.Episodes.Where(e => e.Succeeded).DistinctBy(e => e.Id, StringComparer.Ordinal).OrderBy(e => e.Id, StringComparer.Ordinal).ToList();
        var fresh = successes.Where(e => !input.LearnedFrom.Contains(e.Id)).ToList();
        var later = IsEnough(fresh, thresholds);
        IReadOnlyList<(MinedEpisode Episode, Package Package)> judged =
            later ? [.. fresh.Select(e => (e, input.Package))] : input.ComposeWithout is { } compose ? HeldOut(successes, compose, thresholds) : [];
        if (!IsEnough([.. judged.Select(j => j.Episode)], thresholds))
            return Unknown("backtest.too-few", Text(
                $"{fresh.Count} successful episodes came after this version and {successes.Count} are known; {thresholds.Episodes} of {thresholds.Tasks} tasks must be held out"));
        return Judged(input, judged, later, thresholds);
    }

    private static ValidationVerdict Judged(
        BacktestInput input, IReadOnlyList<(MinedEpisode Episode, Package Package)> judged, bool later, BacktestThresholds thresholds)
    {
        var vocabulary = input.Episodes.SelectMany(e => NamedSteps.Of(e.Episode)).Concat(input.Episodes.SelectMany(e => e.Episode.Context.Select(c => c.Tool)))
            .ToHashSet(StringComparer.Ordinal);
        var named = judged.Select(j => j.Package).DistinctBy(p => p.Digest, StringComparer.Ordinal).ToDictionary(p => p.Digest, p => NamedSteps.In(p, input.Kind, vocabulary), StringComparer.Ordinal);
        var scores = judged.Select(j => (j.Episode, Score: named[j.Package.Digest].Against(NamedSteps.Of(j.Episode.Episode)))).ToList();
        var (covered, wasted) = (Mean(scores.Select(s => s.Score.Covered)), Mean(scores.Select(s => s.Score.Wasted)));
        var orders = scores.Where(s => s.Score.Order is not null).Select(s => s.Score.Order!.Value).ToList();
        var losses = input.Parents.Select(p => Loss(p, input.Kind, scores, vocabulary)).OfType<double>().ToList();
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["episodes"] = scores.Count,
            ["tasks"] = scores.Select(s => s.Episode.Task).Distinct(StringComparer.Ordinal).Count(),
            ["episodesAfterTheVersion"] = later ? scores.Count : 0,
            ["covered"] = covered,
            ["wasted"] = wasted,
            ["f1"] = Mean(scores.Select(s => s.Score.F1)),
        };
        if (orders.Count > 0) metrics["order"] = Mean(orders);
        if (losses.Count > 0) metrics["lossAgainstParent"] = losses.Max();
        var findings = new List<ValidationFinding>();
        if (covered < thresholds.Covered) findings.Add(Of("backtest.covered", Text($"{covered:0.00} of the steps of held-out runs are in the text; {thresholds.Covered:0.00} is needed")));
        if (wasted > thresholds.Wasted) findings.Add(Of("backtest.wasted", Text($"held-out runs did without {wasted:0.00} of the steps that the text tells; {thresholds.Wasted:0.00} is the most")));
        if (orders.Count > 0 && Mean(orders) < thresholds.Order) findings.Add(Of("backtest.order", Text($"{Mean(orders):0.00} of the pairs of steps come in the order of held-out runs; {thresholds.Order:0.00} is needed")));
        if (losses.Exists(l => l > thresholds.Regression))
            findings.Add(Of("backtest.regression", Text($"its F1 on held-out runs is {losses.Max():0.00} below a parent's; {thresholds.Regression:0.00} is the most")));
        return new(findings.Count > 0 ? Verdict.Failed : Verdict.Passed, metrics, findings);
    }

    private static IReadOnlyList<(MinedEpisode, Package)> HeldOut(
        IReadOnlyList<MinedEpisode> successes, Func<IReadOnlyList<MinedEpisode>, Package?> compose, BacktestThresholds thresholds) =>
        [.. Backtest.Folds(successes, new CurationPolicy { Id = "backtest", Version = 1, HoldOutOneIn = thresholds.HoldOutOneIn })
            .Select(fold => (Fold: fold, Package: compose(fold))).SelectMany(f => f.Package is { } made ? f.Fold.Select(e => (e, made)) : [])];

    // How much lower the version's F1 is than a parent's on what the parent must still be good for; null where none of it was held out.
    private static double? Loss(BacktestParent parent, SkillKind kind, IReadOnlyList<(MinedEpisode Episode, StepScore Score)> scores, IReadOnlyCollection<string> vocabulary)
    {
        var its = scores.Where(s => parent.Evidence.Count == 0 || parent.Evidence.Contains(s.Episode.Id)).ToList();
        if (its.Count == 0) return null;
        var named = NamedSteps.In(parent.Package, kind, vocabulary);
        return Mean(its.Select(s => named.Against(NamedSteps.Of(s.Episode.Episode)).F1)) - Mean(its.Select(s => s.Score.F1));
    }

    private static bool IsEnough(IReadOnlyList<MinedEpisode> episodes, BacktestThresholds thresholds) =>
        episodes.Count >= thresholds.Episodes && episodes.Select(e => e.Task).Distinct(StringComparer.Ordinal).Count() >= thresholds.Tasks;

    // In order of size: a sum of fractions depends on the order that they are added in.
    private static double Mean(IEnumerable<double> values)
    {
        var ordered = values.Order().ToList();
        return ordered.Sum() / ordered.Count;
    }

    private static ValidationVerdict Unknown(string rule, string why) =>
        new(Verdict.Inconclusive, new Dictionary<string, double>(StringComparer.Ordinal), [new(rule, FindingSeverity.Medium, why, Package.SkillFile)]);

    private static ValidationFinding Of(string rule, string message) => new(rule, FindingSeverity.High, message, Package.SkillFile);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
