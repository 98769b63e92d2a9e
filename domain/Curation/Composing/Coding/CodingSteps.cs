using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>The steps of a coding skill as lines: what for, and by which command. And the way back: which acts such lines name.</summary>
internal static partial class CodingSteps
{
    private const int MostAlternatives = 2;

    public static string Write(IReadOnlyList<CodingStep> steps)
    {
        var lines = new List<string>();
        for (var i = 0; i < steps.Count;)
        {
            var step = steps[i++];
            var files = new List<string>(step.Files);
            // One after the other, what is done to files alike is one line.
            while (i < steps.Count && CodingStep.VerbOf(step.Name) is { } verb && CodingStep.VerbOf(steps[i].Name) == verb && steps[i].Purpose.Length == 0 && steps[i].Sometimes == step.Sometimes && steps[i].Files.Count > 0 && files.Count > 0)
                files.AddRange(steps[i++].Files.Where(f => !files.Contains(f, StringComparer.Ordinal)));
            var (action, others) = Action(step with { Files = files });
            var text = new StringBuilder(step.Purpose.Length > 0 ? $"{Prose.Note(step.Purpose)}: {action}" : action);
            if (step.Sometimes) text[0] = char.ToLowerInvariant(text[0]);
            else text[0] = char.ToUpperInvariant(text[0]);
            lines.Add($"{lines.Count(l => l[0] != ' ') + 1}. {(step.Sometimes ? "If needed, " : "")}{text}.");
            lines.AddRange(others.Select(o => $"   - or `{Prose.Command(o)}`"));
        }
        return string.Join('\n', lines);
    }

    /// <summary>Whether the steps have a line for what runs did under this name.</summary>
    public static bool Names(string steps, string act)
    {
        if (CodingStep.VerbOf(act) is not { } verb) return CodeSpan().Matches(steps).Any(m => m.Groups["code"].Value.StartsWith(Prose.Code(act) + " ", StringComparison.Ordinal));
        var kind = act[(act.LastIndexOf(' ') + 1)..];
        return OnFiles().Matches(steps).Where(m => m.Groups["verb"].Value.Equals(verb, StringComparison.OrdinalIgnoreCase))
            .Any(m => CodeSpan().Matches(m.Value).Any(s => s.Groups["code"].Value is var file && (file == kind || FileKind.Of(file) == kind)));
    }

    private static (string Action, IReadOnlyList<string> Others) Action(CodingStep step)
    {
        if (CodingStep.VerbOf(step.Name) is { } verb)
        {
            var kind = step.Name[(step.Name.LastIndexOf(' ') + 1)..];
            return ($"{verb} {(step.Files.Count > 0 ? Prose.Listed([.. step.Files.Select(f => $"`{Prose.Code(f)}`")], "and") : $"the `{Prose.Code(kind)}` files that the task is about")}", []);
        }
        var forms = step.Forms.Where(f => f != step.Name && f != $"{step.Name} -c" && f != $"{step.Name} -").ToList();
        var with = step.Kind switch { ActKind.Look => "look with", ActKind.Check => "check with", ActKind.Use => "call", _ => "run" };
        if (forms.Count > 0) return ($"{with} `{Prose.Command(forms[0])}`", step.Key.Length > 0 ? [] : [.. forms.Skip(1).Take(MostAlternatives)]);
        return step.HasCode ? ($"run code for it with `{Prose.Code(step.Name)}`", []) : ($"{with} `{Prose.Code(step.Name)}`", []);
    }

    [GeneratedRegex("\\b(?<verb>[Rr]ead|[Ww]rite|[Cc]hange|[Dd]elete) (the )?`[^`\n]{1,200}`((, | and )`[^`\n]{1,200}`)*", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex OnFiles();

    [GeneratedRegex("`(?<code>[^`\n]{1,200})`", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex CodeSpan();
}
