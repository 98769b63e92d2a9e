using System.Text;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>Puts a coding procedure into words. All that comes from runs goes through <see cref="Prose"/>.</summary>
internal static class CodingWriter
{
    public const string OrdersSection = "How to go about it";
    public const string FactsSection = "Good to know";
    public const string CodeSection = "Code that works";
    private const int MostWordsOfADescription = 8;
    private const int MostFilesOfADescription = 3;
    private const int MostOrdersOfADescription = 2;

    public static SkillDocument Write(string name, Procedure procedure, CodingProcedure coding)
    {
        List<SkillSection> sections = [new(SkillWriter.WhenSection, When(procedure, coding)), new(SkillWriter.StepsSection, CodingSteps.Write(coding.Steps))];
        if (coding.Orders.Count > 0) sections.Add(new(OrdersSection, Lines(coding.Orders.Select(n => $"- {Prose.Note(n)}."))));
        if (coding.Facts.Count > 0) sections.Add(new(FactsSection, Lines(coding.Facts.Select(n => $"- {Prose.Note(n)}."))));
        if (!coding.Code.IsEmpty) sections.Add(new(CodeSection, Code(coding.Code)));
        if (coding.Checks.Count > 0) sections.Add(new(SkillWriter.ChecksSection, Lines(coding.Checks.Select(Check))));
        if (procedure.Pitfalls.Count > 0) sections.Add(new(SkillWriter.PitfallsSection, Lines(procedure.Pitfalls.Select(p => $"- {p.Text}"))));
        return new(name, Description(procedure, coding), Capitalised(JobOf(procedure, coding)), sections);
    }

    private static string Description(Procedure p, CodingProcedure coding)
    {
        var job = JobOf(p, coding);
        var with = Prose.Listed(["steps", "commands", .. coding.Code.Lines.Count > 0 ? (string[])["code"] : [], .. coding.Checks.Count > 0 ? (string[])["checks"] : []], "and");
        var end = coding.Goal.Length > 0 && coding.Produces.Count > 0 ? $" Ends with {Prose.Listed([.. coding.Produces.Take(MostFilesOfADescription).Select(CodingProcedure.FileLabel)], "and")}." : "";
        // Where nobody says what the job is, what is done on the way helps to know it.
        if (coding.Goal.Length == 0 && coding.Orders.Count > 0) end += $" On the way: {string.Join("; ", coding.Orders.Where(o => !o.Equals(coding.Job, StringComparison.OrdinalIgnoreCase)).OrderBy(o => Verbs.IsLooking(o.Split(' ')[0].ToLowerInvariant())).Take(MostOrdersOfADescription).Select(o => Prose.Note(char.ToLowerInvariant(o[0]) + o[1..])))}.";
        var words = p.Triggers.Count == 0 ? "" : $", or when the request speaks of {Prose.Listed([.. p.Triggers.Take(MostWordsOfADescription)], "or")}";
        return $"{Capitalised(job)} ({Prose.Label(p.Environment)}): {with} that worked.{end} Use when asked to {job}{words}.";
    }

    private static string When(Procedure p, CodingProcedure coding)
    {
        var text = new StringBuilder($"For requests to {JobOf(p, coding)}.");
        if (p.Triggers.Count > 0) text.Append($" Such requests speak of {Prose.Listed(p.Triggers, "and")}.");
        if (coding.Produces.Count > 0) text.Append($" The work ends with {Prose.Listed([.. coding.Produces.Select(f => $"`{Prose.Code(f)}`")], "and")}.");
        return text.ToString();
    }

    private static string JobOf(Procedure p, CodingProcedure coding) => coding.Job.Length > 0 ? Prose.Note(coding.Job) : Prose.Clause(p.Effect);

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
        if (code.Written.Count > 0) lines.AddRange([.. Gap(lines), "In the files that are written:", "", .. code.Written.Select(l => $"- `{Prose.Command(l)}`")]);
        if (code.Names.Count > 0) lines.AddRange([.. Gap(lines), $"Also used: {string.Join(", ", code.Names.Select(n => $"`{Prose.Code(n)}`"))}."]);
        if (code.Values.Count > 0) lines.AddRange([.. Gap(lines), $"Values that recur: {string.Join(", ", code.Values.Select(v => $"`{Prose.Code(v)}`"))}."]);
        return Lines(lines);
    }

    private static string[] Gap(List<string> before) => before.Count > 0 ? [""] : [];

    private static string Check(CodingCheck check) =>
        $"- `{Prose.Command(check.Form)}`{(check.Answers.Length > 0 ? $" answers `{check.Answers}` where all is well" : "")}.";

    private static string Capitalised(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);
}
