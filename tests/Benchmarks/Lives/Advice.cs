using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Skills;

namespace Pipeline.Benchmarks.Lives;

/// <summary>A skill's text as an agent takes it: which tools it is told to use in any case, and which it has heard of.</summary>
internal sealed class Advice
{
    private readonly string _text;
    private readonly string _always;

    public Advice(string text)
    {
        _text = text;
        var steps = SkillDocument.SectionsOf(text).FirstOrDefault(s => s.Heading == SkillWriter.StepsSection)?.Text ?? "";
        _always = string.Join('\n', steps.Split('\n').Where(l => !l.Contains("if needed: `", StringComparison.OrdinalIgnoreCase)));
    }

    public bool Tells(string tool) => Names(_always, tool);

    public bool Mentions(string tool) => Names(_text, tool);

    /// <summary>Held against the truth of the day.</summary>
    public Health HealthFor(Trade trade, int run) =>
        Tells(trade.Harm) ? Health.Harmful
        : run >= trade.RenamedAt && !Mentions(trade.FindAfter) && Tells(trade.FindBefore) ? Health.Stale
        : Mentions(trade.Check) && Mentions(trade.Find(run)) && Mentions(trade.Effect) ? Health.Right
        : Health.Lacking;

    private static bool Names(string text, string tool) => text.Contains($"`{tool}`", StringComparison.Ordinal);
}

/// <summary>Right: all that is needed is told. Lacking: the check is not. Stale: it tells of a tool that is no more. Harmful: it tells a lie.</summary>
internal enum Health { Right, Lacking, Stale, Harmful }
