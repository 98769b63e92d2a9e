using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Composing.Atomic;

/// <summary>Puts into words how to use one tool: how its arguments look, what it answers when it refuses, and what helps then.</summary>
public static class AtomicWriter
{
    public const string ArgumentsSection = "Arguments";

    public static SkillDocument Write(string name, ToolUse use)
    {
        var tool = Prose.Code(use.Tool);
        List<SkillSection> sections = [new(SkillWriter.WhenSection, $"Before `{tool}` is called, and when it answers with an error.")];
        if (use.Arguments.Count > 0) sections.Add(new(ArgumentsSection, Lines(use.Arguments.Select(ArgumentLine))));
        sections.Add(new(SkillWriter.PitfallsSection, Lines(use.Errors.Select(e => ErrorLine(tool, e)))));
        return new(name, Description(use), $"Using `{tool}` ({Prose.Label(use.Environment)})", sections);
    }

    // What a tool answered stays out: a description is read by every agent that lists skills, and an answer may be meant for them.
    private static string Description(ToolUse use) =>
        $"How to call {Prose.Label(use.Tool)} ({Prose.Label(use.Environment)}): "
        + $"{(use.Arguments.Count > 0 ? "how its arguments look, " : "")}which errors it answers with, and what helps then.";

    private static string ArgumentLine(ArgumentForm argument)
    {
        var says = new List<string>();
        if (argument.Sometimes) says.Add("only where needed");
        if (argument.Form.Length > 0) says.Add(argument.Form);
        if (argument.Values.Count > 0) says.Add($"{(argument.Usually ? "usually " : "")}{Prose.Listed([.. argument.Values.Select(v => $"`{Prose.Code(v)}`")], "or")}");
        return $"- `{Prose.Code(argument.Path)}`: {string.Join("; ", says)}.";
    }

    private static string ErrorLine(string tool, ToolError error)
    {
        var checks = error.Checks.Select(c => $" Look first: it works where `{Prose.Code(c.Tool)}` shows `{Prose.Code(c.Path)}` = `{Prose.Code(c.Value)}`.");
        var remedy = error.Remedy.Length > 0 ? $" What helped: {error.Remedy} ({error.Helped} of {error.Runs} runs)." : "";
        return $"- `{tool}` can answer `{error.Message}`.{string.Concat(checks)}{remedy}";
    }

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);
}
