using System.Text;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>Puts a coding procedure into words. All that comes from runs goes through <see cref="Prose"/>.</summary>
internal static class CodingWriter
{
    public const string NotesSection = "What those say who did it well";
    public const string CodeSection = "Code that works";

    public static SkillDocument Write(string name, Procedure procedure, CodingProcedure coding)
    {
        List<SkillSection> sections = [new(SkillWriter.WhenSection, When(procedure, coding)), new(SkillWriter.StepsSection, Steps(coding))];
        if (coding.Notes.Count > 0) sections.Add(new(NotesSection, Lines(coding.Notes.Select(n => $"- {Prose.Note(n)}."))));
        if (!coding.Code.IsEmpty) sections.Add(new(CodeSection, Code(coding.Code)));
        if (coding.Checks.Count > 0) sections.Add(new(SkillWriter.ChecksSection, Lines(coding.Checks.Select(Check))));
        if (procedure.Pitfalls.Count > 0) sections.Add(new(SkillWriter.PitfallsSection, Lines(procedure.Pitfalls.Select(p => $"- {p.Text}"))));
        return new(name, Description(procedure, coding), Prose.Phrase(procedure.Effect), sections);
    }

    private static string Description(Procedure p, CodingProcedure coding)
    {
        var what = coding.Produces.Count > 0 ? $"How runs that end with {Prose.Listed([.. coding.Produces.Take(3).Select(Prose.Label)], "and")} are done" : $"How to {Prose.Label(p.Effect)}";
        var tools = coding.Code.Imports.Count > 0 ? ", with commands and code that worked" : ", with the commands that worked";
        return $"{what} ({Prose.Label(p.Environment)}){tools}.{(p.Triggers.Count == 0 ? "" : $" Use when the task speaks of {Prose.Listed([.. p.Triggers.Take(8)], "or")}.")}";
    }

    private static string When(Procedure p, CodingProcedure coding)
    {
        var text = new StringBuilder(p.Triggers.Count == 0 ? $"For tasks like: {Prose.Label(p.Effect)}." : $"For tasks that speak of {string.Join(", ", p.Triggers)}.");
        if (coding.Produces.Count > 0) text.Append($" They end with {Prose.Listed([.. coding.Produces.Select(f => $"`{Prose.Code(f)}`")], "and")}.");
        return text.ToString();
    }

    private static string Steps(CodingProcedure coding) => Lines(coding.Steps.Select((step, i) => $"{i + 1}. {Step(step)}"));

    private static string Step(CodingStep step)
    {
        var text = new StringBuilder(step.Sometimes ? "If needed: " : "").Append($"`{Prose.Code(step.Name)}`");
        if (step.Files.Count > 0) text.Append($" ({Prose.Listed([.. step.Files.Select(f => $"`{Prose.Code(f)}`")], "and")})");
        var forms = step.Forms.Where(f => f != step.Name && f != $"{step.Name} -c").ToList();
        if (forms.Count > 0) text.Append($": {string.Join(", or ", forms.Select(f => $"`{Prose.Command(f)}`"))}");
        text.Append('.');
        return text.ToString();
    }

    private static string Code(CodeKnowledge code)
    {
        var lines = new List<string>();
        if (code.Imports.Count > 0) lines.Add($"Libraries: {string.Join(", ", code.Imports.Select(i => $"`{Prose.Command(i)}`"))}.");
        if (code.Lines.Count > 0)
        {
            if (lines.Count > 0) lines.Add("");
            lines.Add("Lines that several tasks have in common, in their usual order (`…` differs):");
            lines.Add("");
            lines.AddRange(code.Lines.Select(l => $"- `{Prose.Command(l)}`"));
        }
        if (code.Written.Count > 0) lines.AddRange(["", "In the files that are written:", "", .. code.Written.Select(l => $"- `{Prose.Command(l)}`")]);
        if (code.Names.Count > 0) lines.AddRange(["", $"Also used: {string.Join(", ", code.Names.Select(n => $"`{Prose.Code(n)}`"))}."]);
        if (code.Values.Count > 0) lines.AddRange(["", $"Values that recur: {string.Join(", ", code.Values.Select(v => $"`{Prose.Code(v)}`"))}."]);
        return Lines(lines);
    }

    private static string Check(CodingCheck check) =>
        $"- `{Prose.Command(check.Form)}`{(check.Answers.Length > 0 ? $" ends with `{check.Answers}` where all is well" : "")}.";

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);
}
