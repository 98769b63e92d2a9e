using System.Globalization;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Validation.Platform;

/// <summary>What a trial must show.</summary>
public sealed record PlatformThresholds
{
    /// <summary>Pairs of runs, and distinct tasks among them, without which nothing is said.</summary>
    public int Pairs { get; init; } = 20;
    public int Tasks { get; init; } = 5;

    /// <summary>Of the two-sided interval around the gain (0.5 or more, below 1).</summary>
    public double Confidence { get; init; } = 0.95;
}

/// <summary>Judges a version by runs of matched tasks with and without it.</summary>
public static class PlatformValidator
{
    public const string Name = "platform";

    public static Validator Identity(PlatformThresholds thresholds) => Validator.Of(Name, "1", thresholds);

    public static ValidationVerdict Judge(PlatformTrial trial, PlatformThresholds thresholds)
    {
        if (trial.Blocked.Length > 0)
            return new(Verdict.InfraBlocked, new Dictionary<string, double>(StringComparer.Ordinal), [Of("platform.blocked", FindingSeverity.Medium, $"the platform could not try it: {trial.Blocked}")]);
        var all = Difference(trial.Pairs, thresholds);
        var tasks = trial.Pairs.Select(p => p.Task).Distinct(StringComparer.Ordinal).Count();
        var models = trial.Pairs.GroupBy(p => p.Model, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (Model: g.Key, Difference: Difference([.. g], thresholds), Overhead: Overhead([.. g]))).ToList();
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["pairs"] = all.Pairs,
            ["tasks"] = tasks,
            ["models"] = models.Count,
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
        findings.AddRange(models.Where(m => isEnough && m.Difference.Upper < 0).Select(m => Of("platform.loss-for-model", FindingSeverity.High, $"runs of {m.Model} do worse with it: {Shown(m.Difference)}")));
        findings.AddRange(models.Select(m => Of("platform.model", FindingSeverity.Note, $"{m.Model}: {Shown(m.Difference)}{(m.Overhead is { } tokens ? Text($", tokens {tokens:+0.00;-0.00}") : "")}")));
        var verdict = findings.Exists(f => f.Severity >= FindingSeverity.High) ? Verdict.Failed : findings.Exists(f => f.Severity == FindingSeverity.Medium) ? Verdict.Inconclusive : Verdict.Passed;
        return new(verdict, metrics, findings);
    }

    private static PairedDifference Difference(IReadOnlyList<TrialPair> pairs, PlatformThresholds thresholds) => PairedDifference.Of(
        pairs.Count(p => p is { With.Success: true, Without.Success: true }), pairs.Count(p => p is { With.Success: true, Without.Success: false }),
        pairs.Count(p => p is { With.Success: false, Without.Success: true }), pairs.Count(p => p is { With.Success: false, Without.Success: false }), thresholds.Confidence);

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
