using System.Text;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation;

/// <summary>Families whose skills became one. What each is about is taken for the same thing under two names: the merged skill is learned
/// from the runs of all, and says what else the tool is called.</summary>
public static class MergedFamilies
{
    /// <summary>The families whose skill is this one's, the one that it is about first; empty while it has its skill for itself.</summary>
    public static IReadOnlyList<string> KinOf(Family family) => LastMerge(family)?.Sweep?.Families ?? [];

    /// <summary>The family with those merges forgotten that were undone since: its skill is its own again.</summary>
    /// <param name="find">A skill as it stands.</param>
    public static Family WithoutUndone(Family family, Func<string, Skill> find)
    {
        while (LastMerge(family) is { Result: { } result } merge && find(result.SkillId).UndoneMerges.Contains(result.Version))
            family = family with { Decisions = family.Decisions.Remove(merge) };
        return family;
    }

    /// <param name="families">The one that the skill is about first.</param>
    /// <param name="episodes">Of all of them.</param>
    /// <returns>Null where the episodes show nothing that is worth a skill.</returns>
    public static (SkillDocument Document, VersionContent Content, Package Package)? Compose(
        IReadOnlyList<Family> families, string name, IReadOnlyList<MinedEpisode> episodes, CurationPolicy policy, string rationale)
    {
        var usable = As(families, episodes);
        if (!usable.Any(e => e.Succeeded) || KindMiner.Compose(families[0], name, usable, policy, rationale) is not var (document, content, composed)) return null;
        var named = document with { Sections = [.. document.Sections.Select(s => s.Heading == SkillWriter.StepsSection ? s with { Text = $"{s.Text}\n\n{OtherNames(families)}" } : s)] };
        var package = composed.WithSkillText(named.Markdown());
        return (named, content with { Package = package.Manifest }, package);
    }

    /// <summary>The episodes as if all had called the first family's tool.</summary>
    public static IReadOnlyList<MinedEpisode> As(IReadOnlyList<Family> families, IReadOnlyList<MinedEpisode> episodes)
    {
        var effect = families[0].Effect;
        var others = families.Skip(1).Select(f => f.Effect).Where(e => e != effect).ToHashSet(StringComparer.Ordinal);
        return [.. episodes.Select(e => others.Contains(e.Episode.Effect) ? e with { Episode = Renamed(e.Episode, effect) } : e)];
    }

    private static FamilyEvent.CurationDecided? LastMerge(Family family) =>
        family.Decisions.FindLast(d => d is { Operation: CurationOperation.Merge, Result: not null });

    private static Episode Renamed(Episode episode, string effect)
    {
        TracedCall As(TracedCall call) => call.Tool == episode.Effect ? call with { Call = call.Call with { Tool = effect } } : call;
        return episode with { Effect = effect, Calls = [.. episode.Calls.Select(As)], Context = [.. episode.Context.Select(As)] };
    }

    private static string OtherNames(IReadOnlyList<Family> families)
    {
        var others = families.Skip(1).Select(f => f.Effect).Where(e => e != families[0].Effect).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(e => $"`{Prose.Code(e)}`").ToList();
        return $"{Prose.Listed(others, "and")} {(others.Count == 1 ? "does" : "do")} the same as `{Prose.Code(families[0].Effect)}`: where that is the tool at hand, call it instead, with the same values.";
    }
}
