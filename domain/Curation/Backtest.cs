using System.Text.RegularExpressions;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation;

/// <summary>Judges a text by episodes that it was not made from: which of their tools its steps name, and how many it names in vain.</summary>
public static partial class Backtest
{
    private const int FewestHeldOut = 2;

    /// <summary>Base and revision on the held-out successes (split by digest). The revision is mined anew without them.</summary>
    public static GateResult Gate(CurationInput input, IReadOnlyList<MinedEpisode> episodes, string baseText)
    {
        var heldOut = episodes.Where(e => e.Succeeded && IsHeldOut(e, input.Policy)).ToList();
        var rest = episodes.Where(e => !heldOut.Contains(e)).ToList();
        if (heldOut.Count < FewestHeldOut || !rest.Exists(e => e.Succeeded)) return new(null, null);
        var procedure = Miner.Mine(input.Family.Environment, input.Family.Effect, rest, input.Policy);
        var revision = SkillWriter.Write(input.Skill.Name, procedure).Markdown();
        return new(Coverage(baseText, heldOut), Coverage(revision, heldOut));
    }

    /// <summary>Mean F1 (0 to 1) between the tools that the text's steps name and the tools that each episode used.</summary>
    public static double Coverage(string markdown, IReadOnlyList<MinedEpisode> episodes)
    {
        var steps = SkillDocument.SectionsOf(markdown).FirstOrDefault(s => s.Heading == SkillWriter.StepsSection)?.Text ?? "";
        var spans = CodeSpan().Matches(steps).Select(m => m.Groups["code"].Value).ToHashSet(StringComparer.Ordinal);
        var vocabulary = episodes.SelectMany(e => e.Episode.Context.Select(c => c.Tool)).ToHashSet(StringComparer.Ordinal);
        var named = vocabulary.Where(t => spans.Contains(Prose.Code(t))).ToHashSet(StringComparer.Ordinal);
        return episodes.Average(e => F1(named, e.Episode.Calls.Select(c => c.Tool).ToHashSet(StringComparer.Ordinal)));
    }

    private static double F1(HashSet<string> named, HashSet<string> used)
    {
        var both = named.Count(used.Contains);
        return both == 0 ? 0 : 2.0 * both / (named.Count + used.Count);
    }

    private static bool IsHeldOut(MinedEpisode episode, CurationPolicy policy) =>
        Convert.ToInt32(Digest.Short(episode.Task, 6), 16) % policy.HoldOutOneIn == 0;

    [GeneratedRegex("`(?<code>[^`\n]{1,200})`", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex CodeSpan();
}

/// <summary>Coverage of the version that stands and of the revision; null where too little could be held out to tell.</summary>
public sealed record GateResult(double? Base, double? Revision)
{
    public IReadOnlyDictionary<string, double> Scores => Base is { } standing && Revision is { } revised
        ? new Dictionary<string, double>(StringComparer.Ordinal) { ["heldOutBase"] = Math.Round(standing, 4), ["heldOutRevision"] = Math.Round(revised, 4) }
        : new Dictionary<string, double>(StringComparer.Ordinal);

    public bool Regresses(CurationPolicy policy) => Base is { } standing && Revision is { } revised && revised < standing - policy.MaxRegression;
}
