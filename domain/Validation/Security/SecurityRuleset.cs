using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Validation.Security;

/// <summary>How much harm a finding means, if it is what it looks like.</summary>
public enum Severity { Low, Medium, High, Critical }

/// <summary>Where in a package a text stands: the same words are an order in one place and a quotation in another.</summary>
[Flags]
public enum TextContext
{
    None = 0,

    /// <summary>The running text of a document, wrapped lines joined, quotations and inline code included.</summary>
    Prose = 1,

    /// <summary>The running text without what it quotes: no inline code, no text in quotation marks, no table.</summary>
    Bare = 2,

    /// <summary>What the running text quotes: text in quotation marks, tables.</summary>
    Quoted = 4,

    /// <summary>Inline code.</summary>
    Inline = 8,

    /// <summary>Fenced code in a document.</summary>
    Block = 16,

    /// <summary>A file that is a program: by extension or first line.</summary>
    Script = 32,

    /// <summary>Comments and documentation strings of a program.</summary>
    Comment = 64,

    /// <summary>A file of settings or data.</summary>
    Config = 128,

    /// <summary>The block of fields at the head of a document.</summary>
    Frontmatter = 256,

    /// <summary>What a reader does not see: comments of a document, invisible characters, text pushed out of sight.</summary>
    Hidden = 512,

    /// <summary>What came out of an encoding: base64, hexadecimal, escapes and the like.</summary>
    Decoded = 1024,

    /// <summary>Readable runs of bytes in a binary file.</summary>
    Strings = 2048,

    /// <summary>The path of a file.</summary>
    Path = 4096,
}

/// <summary>How near the parts of a combination must be to each other.</summary>
public enum Reach { Near, File, Package }

/// <summary>Something that a text can show; no finding by itself, but a part of combinations.</summary>
/// <param name="Patterns">Regular expressions, any of which shows it; they match without regard to case.</param>
/// <param name="Unless">Expressions which, where they match within what a pattern matched, or in the same sentence before it, take that match back.</param>
public sealed record SecuritySignal(string Id, TextContext In, IReadOnlyList<string> Patterns, IReadOnlyList<string> Unless);

/// <summary>What is looked for, and what it means. Exactly one of <paramref name="Patterns"/>, <paramref name="All"/> and <paramref name="Measure"/> says how.</summary>
/// <param name="Class">The class of attack: findings of several classes weigh more than many of one.</param>
/// <param name="Weak">Contexts in which a match counts two severities less: where attacks are described rather than ordered.</param>
/// <param name="All">Signals that must come together; alternatives in one entry are parted by <c>|</c>.</param>
/// <param name="None">Signals of which none may be anywhere in the package.</param>
/// <param name="Lines">For <see cref="Reach.Near"/>: the most lines between the first part and any other.</param>
/// <param name="Measure">What the scanner measures itself; one of <see cref="SecurityMeasures.All"/>.</param>
public sealed record SecurityRule(
    string Id, string Class, Severity Severity, string What, string Why,
    TextContext In, TextContext Weak, IReadOnlyList<string> Patterns, IReadOnlyList<string> Unless,
    IReadOnlyList<string> All, IReadOnlyList<string> None, Reach Within, int Lines, string Measure);

/// <summary>What is read at most. What goes beyond is not passed over but a finding.</summary>
/// <param name="Files">In a package, those in its archives included.</param>
/// <param name="FileBytes">Of one file, unpacked.</param>
/// <param name="TotalBytes">Of all files, unpacked.</param>
/// <param name="Depth">Archives within archives, and encodings within encodings.</param>
/// <param name="Ratio">Unpacked to packed size of an archive.</param>
/// <param name="DecodedBytes">What encodings within one file may yield together, beyond four times the size of the file.</param>
public sealed record SecurityLimits(int Files, int FileBytes, long TotalBytes, int Depth, int Ratio, int DecodedBytes);

/// <summary>When findings veto.</summary>
/// <param name="FlagAt">A finding this severe flags by itself.</param>
/// <param name="Weights">Of the rules found, each once, by severity from low to critical.</param>
/// <param name="Score">The sum of weights that flags.</param>
/// <param name="Classes">How many classes must stand behind that sum.</param>
public sealed record SecurityThresholds(Severity FlagAt, IReadOnlyList<int> Weights, int Score, int Classes);

/// <summary>The rules of a scan as data, by which the verdict is reproducible: its digest is in every report.</summary>
/// <param name="Packages">Names of packages that others imitate.</param>
public sealed record SecurityRules(
    string Id, int Version, SecurityLimits Limits, SecurityThresholds Verdict,
    IReadOnlyList<SecuritySignal> Signals, IReadOnlyList<SecurityRule> Rules, IReadOnlyList<string> Packages)
{
    /// <summary>What makes the rules unusable, each beginning with the id of what it is about; none when they can be compiled.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var twice in Signals.Select(s => s.Id).Concat(Rules.Select(r => r.Id)).GroupBy(id => id, StringComparer.Ordinal).Where(g => g.Count() > 1))
            yield return $"{twice.Key} is there twice";
        foreach (var (owner, pattern) in Signals.SelectMany(s => s.Patterns.Concat(s.Unless).Select(p => (s.Id, p)))
            .Concat(Rules.SelectMany(r => r.Patterns.Concat(r.Unless).Select(p => (r.Id, p)))))
            if (PatternProblem(pattern) is { } problem) yield return $"{owner} has a pattern that cannot be used: {problem}";
        var signals = Signals.Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var rule in Rules)
        {
            if ((rule.Patterns.Count > 0 ? 1 : 0) + (rule.All.Count > 0 ? 1 : 0) + (rule.Measure.Length > 0 ? 1 : 0) != 1)
                yield return $"{rule.Id} needs exactly one of patterns, all and measure";
            if (rule.Patterns.Count > 0 && (rule.In | rule.Weak) == TextContext.None) yield return $"{rule.Id} says nowhere to look (in)";
            if (rule.Measure.Length > 0 && !SecurityMeasures.All.Contains(rule.Measure)) yield return $"{rule.Id} has a measure that there is not: {rule.Measure}";
            if (rule.What.Length == 0 || rule.Why.Length == 0 || rule.Class.Length == 0) yield return $"{rule.Id} needs class, what and why";
            foreach (var unknown in rule.All.SelectMany(a => a.Split('|')).Concat(rule.None).Where(id => !signals.Contains(id)))
                yield return $"{rule.Id} names a signal that there is not: {unknown}";
        }
        foreach (var signal in Signals.Where(s => s.In == TextContext.None || s.Patterns.Count == 0)) yield return $"{signal.Id} needs in and patterns";
        if (Verdict.Weights.Count != 4) yield return "verdict needs four weights, from low to critical";
        if (Limits.Files < 1 || Limits.FileBytes < 1 || Limits.TotalBytes < 1 || Limits.Depth < 1 || Limits.Ratio < 1 || Limits.DecodedBytes < 1) yield return "limits must be above zero";
    }

    /// <summary>Why a pattern cannot be used: it is no expression, or one that takes more than linear time; null where it can.</summary>
    public static string? PatternProblem(string pattern)
    {
        try
        {
            return Compiled(pattern).IsMatch("") ? "it matches the empty text" : null;
        }
        catch (NotSupportedException)
        {
            return "it cannot be matched in linear time (lookaround, back reference, atomic group or too many repetitions)";
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }

    // Checked when read and used for every scan: making one takes longer than matching it.
    private static readonly ConcurrentDictionary<string, Regex> Known = new(StringComparer.Ordinal);

    internal static Regex Compiled(string pattern) => Known.GetOrAdd(pattern, static p =>
        new(p, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Multiline | RegexOptions.ExplicitCapture));
}

/// <summary>Rules made ready for use, once for many scans. Safe to use from several threads.</summary>
public sealed class SecurityRuleset
{
    private SecurityRuleset(SecurityRules rules)
    {
        Rules = rules;
        Digest = CanonicalJson.DigestOf(rules);
        Matchers =
        [
            .. rules.Signals.Select(s => new Matcher(s.Id, s.In, s.Patterns, s.Unless, isSignal: true)),
            .. rules.Rules.Where(r => r.Patterns.Count > 0).Select(r => new Matcher(r.Id, r.In | r.Weak, r.Patterns, r.Unless, isSignal: false)),
        ];
        Measures = rules.Rules.Where(r => r.Measure.Length > 0).ToLookup(r => r.Measure, StringComparer.Ordinal);
        ById = rules.Rules.ToDictionary(r => r.Id, StringComparer.Ordinal);
    }

    public SecurityRules Rules { get; }

    /// <summary>SHA-256 over the canonical JSON of the rules.</summary>
    public string Digest { get; }

    internal IReadOnlyList<Matcher> Matchers { get; }
    internal ILookup<string, SecurityRule> Measures { get; }
    internal IReadOnlyDictionary<string, SecurityRule> ById { get; }

    /// <exception cref="ArgumentException">The rules have <see cref="SecurityRules.Problems"/>.</exception>
    public static SecurityRuleset Of(SecurityRules rules)
    {
        var problems = rules.Problems().ToList();
        return problems.Count == 0 ? new(rules) : throw new ArgumentException(string.Join("; ", problems), nameof(rules));
    }
}
