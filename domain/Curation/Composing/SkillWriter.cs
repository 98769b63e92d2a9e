using System.Text;
using Pipeline.Domain.Curation.Composing.Coding;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>Puts a procedure into words: a short SKILL.md that says when to use it, the steps, the checks and the pitfalls; and in a file
/// beside it what only some runs need, so that an agent that loads the skill is told what the task needs and not all that it might.</summary>
public static class SkillWriter
{
    public const string WhenSection = "When to use";
    public const string StepsSection = "Steps";
    public const string ChecksSection = "Checks";
    public const string PitfallsSection = "Pitfalls";

    /// <summary>Where the calls are told of that only some runs need.</summary>
    public const string VariantsFile = "references/variants.md";

    public static SkillDocument Write(string name, Procedure procedure)
    {
        if (procedure.Coding is { } coding) return CodingWriter.Write(name, procedure, coding);
        List<SkillSection> sections = [new(WhenSection, When(procedure)), new(StepsSection, Steps(procedure))];
        if (procedure.Checks.Count > 0) sections.Add(new(ChecksSection, Checks(procedure)));
        if (procedure.Pitfalls.Count > 0) sections.Add(new(PitfallsSection, Lines(procedure.Pitfalls.Select(p => $"- {p.Text}"))));
        return new(name, Description(procedure), Title(procedure), sections);
    }

    /// <summary>The text of <see cref="VariantsFile"/>; empty where every run needs the same.</summary>
    public static string Variants(Procedure procedure)
    {
        if (!procedure.Steps.Any(s => s.Sometimes)) return "";
        var numbers = Numbers(procedure);
        var lines = procedure.Steps.Select((step, i) => (step, Next: procedure.Steps.Skip(i).FirstOrDefault(s => !s.Sometimes))).Where(s => s.step.Sometimes)
            .Select(s => $"- {(s.Next is null ? "At the end" : $"Before step {numbers[s.Next.Tools[0].Tool]}")}: {string.Join(", or ", s.step.Tools.Select(t => CallText(t, numbers)))}.");
        return $"# {Title(procedure)}: what only some runs need\n\nSteps are numbered as in {Package.SkillFile}.\n\n{Lines(lines)}\n";
    }

    private const int MostWordsOfADescription = 8;

    private static string Title(Procedure p) => IsAnswer(p) ? $"Answer from the records ({Prose.Label(p.Environment)})" : Prose.Phrase(p.Effect);

    private static string Description(Procedure p)
    {
        // What users said before it tells of all that was refused: as a reason to hand over it would have agents give up too early.
        if (HandOver.IsNamed(p.Effect))
            return $"{Prose.Phrase(p.Effect)} ({Prose.Label(p.Environment)}): give the task away. Use when the user insists on it, or no tool or rule allows what is asked.";
        var what = IsAnswer(p)
            ? $"Look things up and answer, or say what cannot be done, without changing anything ({Prose.Label(p.Environment)})."
            : $"{Prose.Phrase(p.Effect)} ({Prose.Label(p.Environment)}), step by step{(p.Checks.Count > 0 ? ", with what to check afterwards" : "")}.";
        List<string> when = [];
        if (!IsAnswer(p)) when.Add($"wants to {Prose.Clause(p.Effect)}");
        if (p.Triggers.Count > 0) when.Add($"speaks of {Prose.Listed([.. TellingFirst(p).Take(MostWordsOfADescription)], "or")}");
        return when.Count == 0 ? what : $"{what} Use when the user {string.Join(", or ", when)}.";
    }

    // What is said in the words of the effect's own name tells most.
    private static IEnumerable<string> TellingFirst(Procedure p)
    {
        var named = Names.Words(p.Effect).ToHashSet(StringComparer.Ordinal);
        return p.Triggers.OrderBy(word => !named.Contains(word));
    }

    private static string When(Procedure p)
    {
        var text = new StringBuilder();
        text.Append(IsAnswer(p)
            ? "For questions, and for what may not or need not be changed: look first, then say so."
            : HandOver.IsNamed(p.Effect) ? $"As the last resort: where no other skill serves, or the user insists. Ends in `{Prose.Code(p.Effect)}`."
            : $"For tasks that end in `{Prose.Code(p.Effect)}`.");
        if (p.Triggers.Count > 0 && !HandOver.IsNamed(p.Effect)) text.Append($" Users who want this say: {string.Join(", ", TellingFirst(p))}.");
        foreach (var rule in p.Preconditions)
            text.Append($"\n\nOnly where `{Prose.Code(rule.Tool)}` shows `{Prose.Code(rule.Path)}` = `{Prose.Code(rule.Value)}`.");
        return text.ToString();
    }

    private static string Steps(Procedure p)
    {
        var numbers = Numbers(p);
        var lines = new List<string>();
        foreach (var step in p.Steps.Where(s => !s.Sometimes))
        {
            var isEffect = step.Tools.Any(t => t.Tool == p.Effect);
            if (isEffect && p.AsksFirst)
                lines.Add($"{lines.Count + 1}. Tell the user exactly what will be done, with every value, and wait for a clear yes.");
            lines.Add($"{lines.Count + 1}. {StepLine(step, isEffect && p.Repeats, numbers)}");
        }
        if (IsAnswer(p)) lines.Add($"{lines.Count + 1}. Answer from what the tools returned; say so where they do not tell, and say why where something cannot be done.");
        if (p.Steps.Any(s => s.Sometimes)) lines.Add($"\nWhat only some runs need is in `{VariantsFile}`.");
        return Lines(lines);
    }

    // Asking is a line of its own before the effect, which is the last.
    private static Dictionary<string, int> Numbers(Procedure p) => p.Steps.Where(s => !s.Sometimes)
        .SelectMany((step, i) => step.Tools.Select(t => (t.Tool, Number: i + (t.Tool == p.Effect && p.AsksFirst ? 2 : 1)))).ToDictionary(t => t.Tool, t => t.Number, StringComparer.Ordinal);

    private static string StepLine(ProcedureStep step, bool repeats, Dictionary<string, int> numbers)
    {
        var text = new StringBuilder();
        text.Append(string.Join(", or ", step.Tools.Select(t => CallText(t, numbers)))).Append('.');
        if (repeats) text.Append(" Once for each thing that is asked for.");
        return text.ToString();
    }

    private static string CallText(StepTool tool, Dictionary<string, int> numbers)
    {
        var call = $"`{Prose.Code(tool.Tool)}`";
        return tool.Arguments.Count == 0 ? call : $"{call} with {Prose.Listed([.. tool.Arguments.Select(a => ArgumentText(a, numbers))], "and")}";
    }

    // Alternatives of one step that give the same are one source: "from step 1".
    private static string ArgumentText(ArgumentRule rule, Dictionary<string, int> numbers)
    {
        var sources = rule.Sources.Select(s => SourceText(s, numbers)).Distinct(StringComparer.Ordinal);
        return $"`{Prose.Code(rule.Path)}` ({(rule.Sometimes ? "if needed: " : "")}{string.Join(", or ", sources)})";
    }

    private static string SourceText(ArgumentSource source, Dictionary<string, int> numbers)
    {
        switch (source)
        {
            case ArgumentSource.User:
                return "from the user";
            case ArgumentSource.Result result:
                var origin = numbers.TryGetValue(result.Tool, out var number) ? $"step {number}" : $"`{Prose.Code(result.Tool)}`";
                if (result.Path.Length == 0) return $"from {origin}";
                return result.Path.EndsWith(".*", StringComparison.Ordinal)
                    ? $"a key of `{Prose.Code(result.Path[..^2])}` from {origin}"
                    : $"`{Prose.Code(result.Path)}` from {origin}";
            case ArgumentSource.OneOf choice:
                return (choice.Usually ? "usually " : "") + Prose.Listed([.. choice.Values.Select(v => $"`{Prose.Code(v)}`")], "or");
            default:
                return "as the task needs";
        }
    }

    private static string Checks(Procedure p) => Lines(p.Checks.Select(c => c.Path.Length == 0
        ? $"- `{Prose.Code(c.Tool)}` answers `{Prose.Code(c.Value)}`."
        : $"- Afterwards `{Prose.Code(c.Path)}` is `{Prose.Code(c.Value)}`, as `{Prose.Code(c.Tool)}` returns it."));

    private static bool IsAnswer(Procedure p) => p.Effect == Episode.Answer;

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);
}
