using System.Globalization;
using System.Text;
using Pipeline.Domain.Validation.Security.Reading;

namespace Pipeline.Domain.Validation.Security;

/// <summary>From what shows to what it means: rules met, findings, and the veto.</summary>
internal static class Verdicts
{
    private const int LongestExcerpt = 160;

    // Of one rule in one file: the rest would say the same.
    private const int MostPerFile = 5;

    public static SecurityReport Of(SecurityRuleset ruleset, Evidence evidence)
    {
        var hits = evidence.Hits.OrderBy(h => h.File).ThenBy(h => h.Start).ThenBy(h => h.Id, StringComparer.Ordinal).ThenBy(h => h.Context).ToLookup(h => h.Id, StringComparer.Ordinal);
        var findings = new List<SecurityFinding>();
        foreach (var rule in ruleset.Rules.Rules)
        {
            if (rule.None.Any(hits.Contains)) continue;
            findings.AddRange(OfRule(rule, hits, evidence)
                .GroupBy(f => (f.Path, f.Line)).Select(g => g.OrderByDescending(f => f.Severity).ThenBy(f => f.Column).First())
                .GroupBy(f => f.Path, StringComparer.Ordinal).SelectMany(g => g.OrderByDescending(f => f.Severity).ThenBy(f => f.Line).Take(MostPerFile)));
        }
        var thresholds = ruleset.Rules.Verdict;
        var worst = findings.GroupBy(f => f.Rule, StringComparer.Ordinal).Select(g => (g.First().Class, Severity: g.Max(f => f.Severity))).ToList();
        var score = worst.Sum(w => thresholds.Weights[(int)w.Severity]);
        var classes = worst.Where(w => w.Severity > Severity.Low).Select(w => w.Class).Distinct(StringComparer.Ordinal).Count();
        var flagged = worst.Exists(w => w.Severity >= thresholds.FlagAt) || (score >= thresholds.Score && classes >= thresholds.Classes);
        var ordered = findings.OrderByDescending(f => f.Severity).ThenBy(f => f.Path, StringComparer.Ordinal).ThenBy(f => f.Line).ThenBy(f => f.Rule, StringComparer.Ordinal).Take(SecurityScan.MostFindings);
        return new(flagged, score, [.. ordered], ruleset.Digest, SecurityScan.Validator);
    }

    private static IEnumerable<SecurityFinding> OfRule(SecurityRule rule, ILookup<string, Hit> hits, Evidence evidence)
    {
        if (rule.Measure.Length > 0)
            return evidence.Facts.Where(f => f.Measure == rule.Measure).Select(f => Finding(rule, rule.Severity, f.Path, f.Detail))
                .Concat(hits[rule.Measure].Select(h => Finding(rule, rule.Severity, h, evidence)));
        if (rule.Patterns.Count > 0) return hits[rule.Id].Select(h => Finding(rule, SeverityOf(rule, h.Context), h, evidence));
        return Combined(rule, hits).Select(h => Finding(rule, rule.Severity, h, evidence));
    }

    private static Severity SeverityOf(SecurityRule rule, TextContext context) =>
        (rule.In & context) != TextContext.None ? rule.Severity : (Severity)Math.Max(0, (int)rule.Severity - 2);

    /// <summary>The hits of the first part that all the other parts are in reach of.</summary>
    private static IEnumerable<Hit> Combined(SecurityRule rule, ILookup<string, Hit> hits)
    {
        var parts = rule.All.Select(all => all.Split('|').SelectMany(id => hits[id]).ToList()).ToList();
        if (parts.Exists(p => p.Count == 0)) return [];
        if (rule.Within == Reach.Package) return parts[0].Take(1);
        var lines = parts.Select(p => p.GroupBy(h => h.File).ToDictionary(g => g.Key, g => g.Select(h => h.Line).Order().ToArray())).ToList();
        return parts[0].Where(first => lines.Skip(1).All(others =>
            others.TryGetValue(first.File, out var at) && (rule.Within == Reach.File || IsNear(at, first.Line, rule.Lines))));
    }

    private static bool IsNear(int[] lines, int line, int reach)
    {
        var at = Array.BinarySearch(lines, line);
        if (at >= 0) return true;
        at = ~at;
        return (at < lines.Length && lines[at] - line <= reach) || (at > 0 && line - lines[at - 1] <= reach);
    }

    private static SecurityFinding Finding(SecurityRule rule, Severity severity, Hit hit, Evidence evidence)
    {
        var (column, end) = evidence.Places.GetValueOrDefault(hit);
        return new(rule.Id, rule.Class, severity, Printable(evidence.Files[hit.File].Path), column == 0 ? 0 : hit.Line, column, end, Printable(hit.Excerpt),
            hit.Context == TextContext.None ? "file" : hit.Context.ToString().ToLowerInvariant(), rule.What, rule.Why);
    }

    private static SecurityFinding Finding(SecurityRule rule, Severity severity, string path, string detail) =>
        new(rule.Id, rule.Class, severity, Printable(path), 0, 0, 0, Printable(detail), "file", rule.What, rule.Why);

    /// <summary>A text that can be shown anywhere: what steers, hides or is half a character is written as its number.</summary>
    public static string Printable(string text)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= LongestExcerpt) return shown.Append('…').ToString();
            var isPlain = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse) && !(rune.IsBmp && Invisible.IsSelector((char)rune.Value)) && rune.Value is not (>= 0xE0100 and <= 0xE01EF);
            if (rune.Value is '\n' or '\t') shown.Append(' ');
            else if (isPlain) shown.Append(rune.ToString());
            else shown.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X}}}");
        }
        return shown.ToString();
    }
}
