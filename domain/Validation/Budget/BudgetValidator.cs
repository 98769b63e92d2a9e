using System.Globalization;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Validation.Budget;

/// <summary>What a skill may cost, and what it must give for it.</summary>
public sealed record BudgetThresholds
{
    /// <summary>SKILL.md has fewer tokens (<see cref="TokenEstimate"/>) and fewer lines: the Agent Skills specification, "progressive disclosure".</summary>
    public int Tokens { get; init; } = 5000;
    public int Lines { get; init; } = 500;

    /// <summary>Words of a description that are about something.</summary>
    public int TellingWords { get; init; } = 3;

    /// <summary>From this overlap on another skill's description is reported as confusable, and from the other on agents cannot tell the two apart (0 to 1).</summary>
    public double Confusable { get; init; } = 0.6;
    public double Same { get; init; } = 0.95;

    /// <summary>Below this share of actionable lines the text is reported, below the other it fails (0 to 1).</summary>
    public double FewActionable { get; init; } = 0.3;
    public double NothingActionable { get; init; } = 0.1;

    /// <summary>A text of fewer lines of content is not judged by shares of them.</summary>
    public int LinesToJudge { get; init; } = 5;
}

/// <summary>A skill that agents choose among beside the one that is judged: neither a version of it nor its variant for another model.</summary>
public sealed record OtherSkill(string Id, IReadOnlyList<string> Words)
{
    public OtherSkill(string id, string description) : this(id, RoutingWords.Of(description)) { }
}

/// <summary>Judges what a version costs an agent that loads it, and whether an agent can find it by its description and act on its text.</summary>
public static class BudgetValidator
{
    private const int MostConfusable = 10;

    public static Validator Identity(BudgetThresholds thresholds) => Validator.Of("budget", "1", thresholds);

    /// <param name="description">As its SKILL.md states it; empty where it states none.</param>
    public static ValidationVerdict Judge(string skillText, string description, IReadOnlyList<OtherSkill> others, BudgetThresholds thresholds)
    {
        var (tokens, lines, actionable) = (TokenEstimate.Of(skillText), LinesOf(skillText), ActionableLines.Of(BodyOf(skillText)));
        var words = RoutingWords.Of(description);
        var alike = others.Select(o => (o.Id, Overlap: RoutingWords.Overlap(words, o.Words)))
            .OrderByDescending(o => o.Overlap).ThenBy(o => o.Id, StringComparer.Ordinal).ToList();
        var findings = new List<ValidationFinding>();
        if (tokens >= thresholds.Tokens)
            findings.Add(Of("budget.tokens", FindingSeverity.High, $"SKILL.md is about {Number(tokens)} tokens; it must stay below {Number(thresholds.Tokens)}: move details to files in references/"));
        if (lines >= thresholds.Lines)
            findings.Add(Of("budget.lines", FindingSeverity.High, $"SKILL.md has {Number(lines)} lines; it must stay below {Number(thresholds.Lines)}: move details to files in references/"));
        findings.AddRange(OfDescription(description, words, thresholds));
        findings.AddRange(OfActions(actionable, thresholds));
        findings.AddRange(alike.Where(o => o.Overlap >= thresholds.Confusable).Take(MostConfusable).Select(o => OfOverlap(o.Id, o.Overlap, thresholds)));
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["tokens"] = tokens,
            ["lines"] = lines,
            ["contentLines"] = actionable.Content,
            ["actionableShare"] = actionable.Share,
            ["descriptionCharacters"] = description.EnumerateRunes().Count(),
            ["descriptionTellingWords"] = words.Count,
            ["descriptionTellingShare"] = RoutingWords.CountOf(description) is > 0 and var all ? Math.Min(1, (double)words.Count / all) : 0,
            ["descriptionSaysWhen"] = RoutingWords.SayWhen(description) ? 1 : 0,
            ["confusableSkills"] = alike.Count(o => o.Overlap >= thresholds.Confusable),
            ["highestOverlap"] = alike.Count == 0 ? 0 : alike[0].Overlap,
        };
        return new(findings.Exists(f => f.Severity >= FindingSeverity.High) ? Verdict.Failed : Verdict.Passed, metrics, findings);
    }

    private static IEnumerable<ValidationFinding> OfDescription(string description, IReadOnlyList<string> words, BudgetThresholds thresholds)
    {
        if (string.IsNullOrWhiteSpace(description))
        {
            yield return Of("budget.description", FindingSeverity.High, "there is no description: agents choose a skill by it");
            yield break;
        }
        if (words.Count < thresholds.TellingWords)
            yield return Of("budget.description-generic", FindingSeverity.High,
                $"the description could be any skill's: {Number(words.Count)} of its words are about something, {Number(thresholds.TellingWords)} are needed; say what it does and to what");
        if (!RoutingWords.SayWhen(description))
            yield return Of("budget.description-when", FindingSeverity.Medium, "the description does not say when to use the skill; add \"Use when ...\" with the words that users say");
    }

    private static IEnumerable<ValidationFinding> OfActions(ActionableLines actionable, BudgetThresholds thresholds)
    {
        if (actionable.Content == 0) yield return Of("budget.empty", FindingSeverity.High, "there are no instructions below the frontmatter");
        if (actionable.Content < thresholds.LinesToJudge || actionable.Share >= thresholds.FewActionable) yield break;
        yield return Of("budget.actionable", actionable.Share < thresholds.NothingActionable ? FindingSeverity.High : FindingSeverity.Medium,
            $"{Number(actionable.Actionable)} of {Number(actionable.Content)} lines can be acted on: say what to do, in steps, commands and names");
    }

    private static ValidationFinding OfOverlap(string id, double overlap, BudgetThresholds thresholds) => Of(
        "budget.overlap", overlap >= thresholds.Same ? FindingSeverity.High : FindingSeverity.Medium,
        string.Create(CultureInfo.InvariantCulture, $"the description shares {overlap:0.00} of its telling words with that of {id}: say what tells the two apart, or merge them"));

    private static ValidationFinding Of(string rule, FindingSeverity severity, string message) => new(rule, severity, message, Package.SkillFile);

    private static int LinesOf(string text) => text.Length == 0 ? 0 : text.AsSpan().Count('\n') + (text[^1] == '\n' ? 0 : 1);

    private static string BodyOf(string text)
    {
        const string fence = "---";
        if (!text.StartsWith(fence, StringComparison.Ordinal)) return text;
        var end = text.IndexOf("\n" + fence, fence.Length, StringComparison.Ordinal);
        if (end < 0) return text;
        var body = text.IndexOf('\n', end + 1);
        return body < 0 ? "" : text[(body + 1)..];
    }

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
