using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Composing.Plans;

/// <summary>Puts a plan into words: what is done once, which effects there are and with which skill, their order, what goes wrong between them.</summary>
/// <remarks>Effects are named by their skills, which say how each is done: a plan that named their tools as well would be found for, and
/// propose, every effect at once.</remarks>
public static class PlanWriter
{
    public const string OrderSection = "Order";

    public static SkillDocument Write(string name, Plan plan)
    {
        List<SkillSection> sections = [new(SkillWriter.WhenSection, When(plan)), new(SkillWriter.StepsSection, Steps(plan))];
        if (plan.Orders.Count + plan.Supplies.Count > 0) sections.Add(new(OrderSection, Order(plan)));
        if (plan.Pitfalls.Count > 0) sections.Add(new(SkillWriter.PitfallsSection, Lines(plan.Pitfalls.Select(p => $"- {p.Text}"))));
        return new(name, Description(plan), $"Several changes in one task ({Prose.Label(plan.Environment)})", sections);
    }

    private static string Description(Plan plan) =>
        $"How several changes in one task go together ({Prose.Label(plan.Environment)}): what to look up first, the order, the skill for each.";

    private static string When(Plan plan)
    {
        var pairs = plan.Together.Select(t => $"{Prose.Clause(t.First)} with {Prose.Clause(t.Second)} ({t.Tasks} tasks)");
        return $"When one task asks for more than one change. Seen together: {Prose.Listed([.. pairs], "and")}.";
    }

    private static string Steps(Plan plan)
    {
        var lines = new List<string>();
        void Add(string text) => lines.Add($"{lines.Count + 1}. {text}");
        if (plan.Start.Count > 0)
        {
            var lookUps = plan.Start.Select(step => $"{string.Join(" or ", step.Tools.Select(t => $"`{Prose.Code(t.Tool)}`"))}{(step.Sometimes ? " (if needed)" : "")}");
            Add($"Look up what all the changes need, before the first of them: {string.Join(", ", lookUps)}.");
        }
        foreach (var choice in plan.Choices)
        {
            Add($"For each thing, `{Prose.Code(choice.Path)}` as `{Prose.Code(choice.Tool)}` shows it tells what can be done: "
                + $"{string.Join("; ", choice.Values.Select(v => $"`{Prose.Code(v.Value)}`: {string.Join(", ", v.Effects.Select(Prose.Clause))}"))}.");
        }
        Add(plan.AsksFirst
            ? "Gather every change that is asked for, tell the user all of them with every value, and wait for a clear yes."
            : "Gather every change that is asked for before making the first.");
        Add($"Make the changes that are asked for, usually in this order, each by its own skill where there is one:\n{Lines(plan.Effects.Select(e => $"   - {Prose.Clause(e)} (skill `{SkillNames.Of(plan.Environment, e)}`)"))}");
        Add("Before the end, go through the request again: each change is made, and none that was not asked for.");
        return Lines(lines);
    }

    private static string Order(Plan plan) => Lines(plan.Supplies
        .Select(s => $"- {Prose.Phrase(s.From)} before you {Prose.Clause(s.To)}, which takes `{Prose.Code(s.Argument)}` from what it returns{(s.Path.Length > 0 ? $" as `{Prose.Code(s.Path)}`" : "")}.")
        .Concat(plan.Orders.Select(r =>
            $"- {Prose.Phrase(r.First)} before you {Prose.Clause(r.Then)}{(r.Argument.Length > 0 ? $" where both are about the same `{Prose.Code(r.Argument)}`" : "")}: so in {r.Kept} of {r.Of} tasks that did both.")));

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);
}
