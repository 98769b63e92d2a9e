using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Rules;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Sweeping;

/// <summary>Whether two skills become one: how alike they are, what the merged text keeps of each, and how it does on the runs of both.</summary>
internal static class MergeJudgement
{
    /// <returns>Null where they are not alike: nothing is to be said of most pairs.</returns>
    public static SweepConclusion? Judge(SweepInput input, SweptFamily one, SweptFamily other, Likeness likeness)
    {
        var (survivor, absorbed) = Successes(other) > Successes(one) ? (other, one) : (one, other);
        var episodes = new[] { survivor, absorbed }.Select(f => EpisodesOf(input, f)).ToList();
        if (MergeRules.Judge(likeness, () => Likeness.OfTriggers(episodes[0], episodes[1]), input.Policy) is not { Applies: true } alike) return null;

        var families = Families(input, survivor, absorbed);
        var all = episodes.SelectMany(e => e).ToList();
        var rationale = $"{alike.Reason}; learned from {all.Count(e => e.Succeeded)} verified successes of both";
        if (MergedFamilies.Compose(families, survivor.Skill.Name, all, input.Policy, rationale) is not var (_, content, package)) return null;

        var (gates, judged) = MergeRules.Gate(
            alike, [.. new[] { survivor, absorbed }.Select((f, i) => new MergeParent(
                f.Id, Likeness.Retention((f.Text, f.Variants), (package.SkillText, package.TextOf(SkillWriter.VariantsFile))),
                Backtest.Compare(f.Text, episodes[i], input.Policy, heldOut => Without(heldOut, families, survivor, all, input.Policy))))],
            input.Policy);
        List<SweptFamily> both = [survivor, absorbed];
        if (!gates) return new([(survivor.Id, SweepDecisions.Record(input, both, CurationOperation.Keep, judged))], []);

        var result = new CuratedVersion(survivor.Skill.Id, survivor.Skill.NextNumber, package.Digest);
        return new(
            [.. both.Concat(Others(input, survivor, absorbed)).Select(f => (f.Id, SweepDecisions.Record(input, both, CurationOperation.Merge, judged) with
            {
                ThroughEvidence = f.Family.EvidenceEvents,
                Result = result,
                Sweep = new(input.Leaf, [.. families.Select(m => m.Id)], input.LeftOut),
            }))],
            [], new(survivor.Skill.Id, [absorbed.Skill.Id], content, package));
    }

    private static int Successes(SweptFamily family) => family.Family.Evidence.Count(e => e.Outcome.IsVerifiedSuccess);

    // Of skills that were merged before, all the families come together.
    private static IReadOnlyList<Family> Families(SweepInput input, SweptFamily survivor, SweptFamily absorbed) =>
        [survivor.Family, .. new[] { absorbed }.Concat(Others(input, survivor, absorbed)).Select(f => f.Family)];

    private static IEnumerable<SweptFamily> Others(SweepInput input, SweptFamily survivor, SweptFamily absorbed) => input.Families
        .Where(f => (f.Skill.Id == survivor.Skill.Id || f.Skill.Id == absorbed.Skill.Id) && f.Id != survivor.Id && f.Id != absorbed.Id).OrderBy(f => f.Id, StringComparer.Ordinal);

    private static List<MinedEpisode> EpisodesOf(SweepInput input, SweptFamily family) =>
        [.. input.Families.Where(f => f.Skill.Id == family.Skill.Id).OrderBy(f => f.Id, StringComparer.Ordinal).SelectMany(f => input.Episodes.GetValueOrDefault(f.Id, []))];

    private static string Without(IReadOnlyList<MinedEpisode> heldOut, IReadOnlyList<Family> families, SweptFamily survivor, List<MinedEpisode> all, CurationPolicy policy) =>
        MergedFamilies.Compose(families, survivor.Skill.Name, [.. all.Where(e => !heldOut.Contains(e))], policy, "")?.Document.Markdown() ?? "";
}
