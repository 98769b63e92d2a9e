using System.Globalization;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Validation.Platform;

/// <summary>What a trial must show.</summary>
public sealed record PlatformThresholds
{
    /// <summary>Pairs of runs, and distinct tasks among them, without which nothing is said.</summary>
    public int Pairs { get; init; } = 20;
    public int Tasks { get; init; } = 5;

    /// <summary>Pairs of one model, of as many distinct tasks as the whole needs, without which nothing is said of that model by itself.</summary>
    public int ModelPairs { get; init; } = 8;

    /// <summary>Of the two-sided interval around the gain (0.5 or more, below 1); for the models each by itself, of all of them together.</summary>
    public double Confidence { get; init; } = 0.95;
}

/// <summary>Judges a version by runs of matched tasks with and without it, and by what it does to each model that enough pairs were run with.</summary>
/// <remarks>The error is shared out among those models: S. Holm, <i>A simple sequentially rejective multiple test procedure</i>, Scandinavian
/// Journal of Statistics 6 (1979). So the chance that any model is said to lose by it, where none does, does not grow with their number.</remarks>
public static class PlatformValidator
{
    public const string Name = "platform";

    public static Validator Identity(PlatformThresholds thresholds) => Validator.Of(Name, "2", thresholds);

    public static ValidationVerdict Judge(PlatformTrial trial, PlatformThresholds thresholds)
    {
        if (trial.Blocked.Length > 0)
            return new(Verdict.InfraBlocked, new Dictionary<string, double>(StringComparer.Ordinal), [Of("platform.blocked", FindingSeverity.Medium, $"the platform could not try it: {trial.Blocked}")]);
        var all = Difference(trial.Pairs, thresholds.Confidence);
        var tasks = TasksOf(trial.Pairs);
        var models = trial.Pairs.GroupBy(p => p.Model, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (Model: g.Key, Pairs: g.ToList())).ToList();
        var told = models.FindAll(m => m.Pairs.Count >= thresholds.ModelPairs && TasksOf(m.Pairs) >= thresholds.Tasks);
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["pairs"] = all.Pairs,
            ["tasks"] = tasks,
            ["models"] = models.Count,
            ["modelsJudged"] = told.Count,
            ["with"] = all.With,
            ["without"] = all.Without,
            ["gain"] = all.Gain,
            ["gainLower"] = all.Lower,
            ["gainUpper"] = all.Upper,
        };
        if (Overhead(trial.Pairs) is { } overhead) metrics["tokenOverhead"] = overhead;
        var findings = new List<ValidationFinding>();
        var isEnough = all.Pairs >= thresholds.Pairs && tasks >= thresholds.Tasks;
        if (!isEnough) findings.Add(Of("platform.too-few", FindingSeverity.Medium, Text($"{all.Pairs} pairs of {tasks} tasks were run; {thresholds.Pairs} of {thresholds.Tasks} are needed")));
        else if (all.Upper < 0) findings.Add(Of("platform.loss", FindingSeverity.High, Text($"runs with it do worse: {Shown(all)}")));
        else if (all.Lower <= 0) findings.Add(Of("platform.no-gain", FindingSeverity.Medium, Text($"no gain is shown: {Shown(all)}")));
        if (isEnough) findings.AddRange(Losing(told, thresholds).Select(m => Of("platform.loss-for-model", FindingSeverity.High, $"runs of {m.Model} do worse with it: {Shown(m.Difference)}{(told.Count > 1 ? Text($", with the error shared out among {told.Count} models") : "")}")));
        findings.AddRange(models.Select(m => Of("platform.model", FindingSeverity.Note, About(m.Model, m.Pairs, told.Contains(m), thresholds))));
        var verdict = findings.Exists(f => f.Severity >= FindingSeverity.High) ? Verdict.Failed : findings.Exists(f => f.Severity == FindingSeverity.Medium) ? Verdict.Inconclusive : Verdict.Passed;
        return new(verdict, metrics, findings);
    }

    // Step down: what is found to lose leaves more of the error to those that are left.
    private static IEnumerable<(string Model, PairedDifference Difference)> Losing(IReadOnlyList<(string Model, List<TrialPair> Pairs)> models, PlatformThresholds thresholds)
    {
        var losing = new SortedDictionary<string, PairedDifference>(StringComparer.Ordinal);
        while (true)
        {
            var left = models.Where(m => !losing.ContainsKey(m.Model)).ToList();
            var found = left.Select(m => (m.Model, Difference: Difference(m.Pairs, 1 - ((1 - thresholds.Confidence) / left.Count)))).Where(m => m.Difference.Upper < 0).ToList();
            if (found.Count == 0) return losing.Select(m => (m.Key, m.Value));
            foreach (var (model, difference) in found) losing[model] = difference;
        }
    }

    private static string About(string model, IReadOnlyList<TrialPair> pairs, bool isTold, PlatformThresholds thresholds) =>
        $"{model}: {Shown(Difference(pairs, thresholds.Confidence))}{(Overhead(pairs) is { } tokens ? Text($", tokens {tokens:+0.00;-0.00}") : "")}"
        + (isTold ? "" : Text($"; inconclusive by itself: {thresholds.ModelPairs} pairs of {thresholds.Tasks} tasks are needed"));

    private static int TasksOf(IEnumerable<TrialPair> pairs) => pairs.Select(p => p.Task).Distinct(StringComparer.Ordinal).Count();

    private static PairedDifference Difference(IReadOnlyList<TrialPair> pairs, double confidence) => PairedDifference.Of(
        pairs.Count(p => p is { With.Success: true, Without.Success: true }), pairs.Count(p => p is { With.Success: true, Without.Success: false }),
        pairs.Count(p => p is { With.Success: false, Without.Success: true }), pairs.Count(p => p is { With.Success: false, Without.Success: false }), confidence);

    // Tokens with it, as a share more than without, over the pairs that tell both.
    private static double? Overhead(IReadOnlyList<TrialPair> pairs)
    {
        var told = pairs.Where(p => p is { With.Tokens: not null, Without.Tokens: not null }).ToList();
        var without = told.Sum(p => p.Without.Tokens!.Value);
        return without > 0 ? ((double)told.Sum(p => p.With.Tokens!.Value) / without) - 1 : null;
    }

    private static string Shown(PairedDifference d) => Text($"{d.Gain:+0.00;-0.00;0.00} ({d.Lower:0.00} to {d.Upper:0.00}) over {d.Pairs} pairs");

    private static ValidationFinding Of(string rule, FindingSeverity severity, string message) => new(rule, severity, message);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
