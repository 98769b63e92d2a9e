using Pipeline.Domain.Curation.Rules;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Sweeping;

/// <summary>Decides what cannot be seen from one family alone: that a skill's tools left its environment, and that two skills are one. A pure
/// function of what was sealed up to a leaf, which its decisions record. A second sweep over the same finds nothing left to do.</summary>
public static class LibrarySweep
{
    /// <summary>The families whose episodes the sweep has to look at: those whose skills look alike.</summary>
    public static IReadOnlyList<string> NeedsEpisodesOf(SweepInput input)
    {
        var stale = Stale(input);
        var merging = Pairs(Apart(input, stale), input.Policy).SelectMany(p => new[] { p.One, p.Other });
        var inherited = stale.Select(s => (Gone: s.Family, Heirs: Alike(input, s.Family, stale).ToList())).Where(s => s.Heirs.Count > 0).SelectMany(s => s.Heirs.Append(s.Gone));
        return [.. merging.Concat(inherited).SelectMany(f => MergedFamilies.KinOf(f.Family).Append(f.Id)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>At most one conclusion about each skill: what two of them would ask for waits for the next sweep.</summary>
    public static IReadOnlyList<SweepConclusion> Decide(SweepInput input)
    {
        var stale = Stale(input);
        var conclusions = stale.Select(s => Retirement(input, s.Family, s.Finding, stale)).ToList();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (one, other, likeness) in Pairs(Apart(input, stale), input.Policy))
        {
            if (taken.Contains(one.Skill.Id) || taken.Contains(other.Skill.Id)) continue;
            if (MergeJudgement.Judge(input, one, other, likeness) is not { } judged) continue;
            conclusions.Add(judged);
            if (judged.Merge is not null) taken.UnionWith([one.Skill.Id, other.Skill.Id]);
        }
        return conclusions;
    }

    // A merged skill is heard of as long as one of its families is.
    private static List<(SweptFamily Family, Finding Finding)> Stale(SweepInput input) =>
        [.. input.Families.Where(f => f.IsLive).GroupBy(f => f.Skill.Id, StringComparer.Ordinal)
            .Select(g => Bearer(g) with { Sightings = [.. g.SelectMany(f => f.Sightings).OrderBy(s => s.Leaf)] }).OrderBy(f => f.Id, StringComparer.Ordinal)
            .Select(f => (Family: f, Finding: StaleRules.Judge(f, input)))
            .Where(f => f.Finding is { Applies: true }).Select(f => (f.Family, f.Finding!))];

    private static SweepConclusion Retirement(SweepInput input, SweptFamily family, Finding finding, List<(SweptFamily Family, Finding Finding)> stale)
    {
        // What does the same for the same requests with another tool took its place.
        var heir = Alike(input, family, stale).FirstOrDefault(f => Likeness.OfTriggers(input.Episodes.GetValueOrDefault(family.Id, []), input.Episodes.GetValueOrDefault(f.Id, [])) >= input.Policy.MergeTriggersAbove);
        var (cause, code, reason) = heir is null
            ? (RetirementCause.Stale, finding.Code, finding.Reason)
            : (RetirementCause.Superseded, "superseded", $"{finding.Reason}; {heir.Skill.Id} does the same with `{heir.Family.Effect}`");
        var all = input.Families.Where(f => f.Skill.Id == family.Skill.Id).OrderBy(f => f.Id != family.Id).ThenBy(f => f.Id, StringComparer.Ordinal).ToList();
        var decision = SweepDecisions.Record(input, all, CurationOperation.Retire, finding with { Code = code, Reason = reason }) with
        {
            Result = new(family.Skill.Id, family.Skill.Current!.Number, family.Skill.Current.PackageDigest),
        };
        return new([.. all.Select(f => (f.Id, decision with { ThroughEvidence = f.Family.EvidenceEvents }))], [(family.Skill.Id, new SkillCommand.Retire(cause, reason))]);
    }

    // Of a merged skill all families are as stale as the skill is.
    private static IEnumerable<SweptFamily> Alike(SweepInput input, SweptFamily family, List<(SweptFamily Family, Finding Finding)> stale)
    {
        var terms = Likeness.Terms.Of(family);
        return input.Families
            .Where(f => f.IsLive && f.Skill.Id != family.Skill.Id && f.Family.Environment == family.Family.Environment && !stale.Exists(s => s.Family.Skill.Id == f.Skill.Id))
            .Select(f => (Family: f, Likeness: Likeness.OfProcedures(terms, Likeness.Terms.Of(f)))).Where(f => f.Likeness >= input.Policy.MergeAbove)
            .OrderByDescending(f => f.Likeness).ThenBy(f => f.Family.Id, StringComparer.Ordinal).Select(f => f.Family);
    }

    private static List<SweptFamily> Apart(SweepInput input, List<(SweptFamily Family, Finding Finding)> stale) =>
        [.. input.Families.Where(f => f.IsLive && f.Family.Kind == SkillKind.Functional && stale.All(s => s.Family.Skill.Id != f.Skill.Id))
            .GroupBy(f => f.Skill.Id, StringComparer.Ordinal).Select(Bearer).OrderBy(f => f.Id, StringComparer.Ordinal)
            .Where(_ => input.Policy.Rules.Merge != OperationRules.None)];

    // A merged skill has several families; the one that it is about speaks for it.
    private static SweptFamily Bearer(IGrouping<string, SweptFamily> families) =>
        families.FirstOrDefault(f => f.Skill.FamilyId == f.Id) ?? families.OrderBy(f => f.Id, StringComparer.Ordinal).First();

    // By the measure of the policy's rule: the likest first.
    private static IEnumerable<(SweptFamily One, SweptFamily Other, Likeness Likeness)> Pairs(List<SweptFamily> families, CurationPolicy policy)
    {
        var read = families.ConvertAll(f => (Family: f, Terms: Likeness.Terms.Of(f)));
        var confused = Confused(families, policy);
        return read.SelectMany((one, i) => read.Skip(i + 1).Where(other => other.Family.Family.Environment == one.Family.Family.Environment).Select(other => (One: one.Family, Other: other.Family, Likeness: Likeness.Of(one.Terms, other.Terms) with
        {
            Confusion = confused.GetValueOrDefault((one.Family.Skill.Id, other.Family.Skill.Id)),
        })))
            .Select(p => (p.One, p.Other, p.Likeness, MergeRules.Measure(p.Likeness, policy).Value)).Where(p => p.Value >= policy.MergeAbove || MergeRules.IsConfused(p.Likeness, policy))
            .OrderByDescending(p => p.Value).ThenBy(p => p.One.Id, StringComparer.Ordinal).ThenBy(p => p.Other.Id, StringComparer.Ordinal).Select(p => (p.One, p.Other, p.Likeness));
    }

    // By skill, both ways round. A search sees only what shares its environment.
    private static Dictionary<(string, string), double> Confused(List<SweptFamily> families, CurationPolicy policy) =>
        policy.Rules.Merge != MergeRules.Overlap || policy.MergeConfusedAbove <= 0 ? [] : families
            .GroupBy(f => f.Family.Environment, StringComparer.Ordinal)
            .SelectMany(g => new Confusion(g.Select(f => new SkillWords(f.Skill.Id, f.Skill.Current!.Description, f.Text))).PairsAbove(policy.MergeConfusedAbove))
            .SelectMany(p => new[] { (Pair: (p.One, p.Other), p.Mutual), (Pair: (p.Other, p.One), p.Mutual) })
            .ToDictionary(p => p.Pair, p => p.Mutual);
}
