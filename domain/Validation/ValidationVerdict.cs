using System.Globalization;
using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Validation;

// The validators that need nothing from outside: each a pure function of a version, its parents, its evidence and its rules to a verdict.

/// <summary>Who judged, and by which rules: a verdict is good for these only.</summary>
/// <param name="Name">E.g. <c>spec</c>.</param>
/// <param name="Version">Of the judging code.</param>
/// <param name="RulesetDigest">SHA-256 over the canonical JSON of the rules or thresholds.</param>
public sealed record Validator(string Name, string Version, string RulesetDigest)
{
    public static Validator Of<TRules>(string name, string version, TRules rules) => new(name, version, CanonicalJson.DigestOf(rules));
}

/// <summary>What a validator says of one package. The same input gives the same report to the byte.</summary>
public sealed record ValidationVerdict
{
    /// <summary>More findings than this are counted and not kept.</summary>
    public const int MostFindings = 500;

    /// <param name="metrics">Finite numbers by name.</param>
    /// <param name="findings">In the validator's order, which must not depend on anything but its input.</param>
    /// <exception cref="ArgumentException">A metric is no finite number.</exception>
    public ValidationVerdict(Verdict verdict, IReadOnlyDictionary<string, double> metrics, IReadOnlyList<ValidationFinding> findings)
    {
        if (metrics.FirstOrDefault(m => !double.IsFinite(m.Value)).Key is { } name) throw new ArgumentException($"the metric {name} is no finite number", nameof(metrics));
        Verdict = verdict;
        Metrics = new SortedDictionary<string, double>(metrics.ToDictionary(m => m.Key, m => Math.Round(m.Value, 6), StringComparer.Ordinal), StringComparer.Ordinal);
        Findings = [.. findings.Take(MostFindings)];
        Omitted = findings.Count - Findings.Count;
    }

    public Verdict Verdict { get; }

    /// <summary>In ordinal order of their names, to six decimals.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; }

    public IReadOnlyList<ValidationFinding> Findings { get; }

    /// <summary>How many findings there were beyond <see cref="MostFindings"/>.</summary>
    public int Omitted { get; }

    /// <summary>In short why it is no pass: the gravest finding's message; null where it passed, or where there is nothing to say.</summary>
    public string? Reason => Verdict == Verdict.Passed ? null : Findings.OrderByDescending(f => f.Severity).FirstOrDefault()?.Short;

    public ValidationReport ReportOf(Validator validator, string packageDigest) => new(validator, packageDigest, Verdict, Metrics, Findings, Omitted);

    public bool Equals(ValidationVerdict? other) =>
        other is not null && Verdict == other.Verdict && Omitted == other.Omitted && Findings.SequenceEqual(other.Findings) && Metrics.SequenceEqual(other.Metrics);

    public override int GetHashCode() => HashCode.Combine(Verdict, Findings.Count, Omitted);
}

/// <summary>One thing that a validator noticed: which rule, where, and what to do about it.</summary>
public sealed record ValidationFinding
{
    private const int LongestMessage = 1000;
    private const int LongestPath = 400;
    private const int LongestShort = 240;

    /// <param name="rule">Stable id, e.g. <c>spec.name-length</c>.</param>
    /// <param name="message">For people; what cannot be stored or seen is written as <c>\u{…}</c>, what is too long is cut.</param>
    /// <param name="path">The file; empty where it is about the package.</param>
    /// <param name="line">From 1; null where it is about the whole file.</param>
    public ValidationFinding(string rule, FindingSeverity severity, string message, string path = "", int? line = null)
    {
        Rule = rule;
        Severity = severity;
        Message = Shown(message, LongestMessage);
        Path = Shown(path, LongestPath);
        Line = line;
    }

    public string Rule { get; }
    public FindingSeverity Severity { get; }
    public string Message { get; }
    public string Path { get; }
    public int? Line { get; }

    internal string Short => Shown(Message.ReplaceLineEndings(" "), LongestShort);

    // Text of a package is hostile: no half characters, which no digest can be made of, and nothing that moves a terminal's cursor.
    private static string Shown(string text, int longest)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= longest) return shown.Append('…').ToString();
            if (rune.Value is '\n' || !IsUnseen(rune)) shown.Append(rune);
            else shown.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
        }
        return shown.ToString();
    }

    private static bool IsUnseen(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}

/// <summary>How grave a finding is. A note fails nothing.</summary>
public enum FindingSeverity { Note, Low, Medium, High, Critical }

/// <summary>A verdict bound to who gave it and to the bytes that it is about; what an event names by its digest.</summary>
public sealed record ValidationReport(
    Validator Validator, string PackageDigest, Verdict Verdict,
    IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<ValidationFinding> Findings, int Omitted)
{
    /// <summary>Canonical JSON (RFC 8785).</summary>
    public string Text() => CanonicalJson.Text(this);

    public string Digest() => Ledger.Digest.Of(Text());
}
