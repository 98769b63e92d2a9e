using Pipeline.Domain.Curation.Composing.Atomic;
using Pipeline.Domain.Curation.Composing.Plans;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>The built-in composer for every kind of skill: a family's kind says what its episodes are mined for.</summary>
public static class KindMiner
{
    /// <returns>Null where the episodes show nothing that is worth a skill of that kind.</returns>
    public static SkillDocument? Write(Family family, string name, IReadOnlyList<MinedEpisode> episodes, CurationPolicy policy) =>
        Draft(family, name, episodes, policy)?.Document;

    /// <inheritdoc cref="Write"/>
    public static (SkillDocument Document, VersionContent Content, Package Package)? Compose(
        Family family, string name, IReadOnlyList<MinedEpisode> episodes, CurationPolicy policy, string rationale)
    {
        if (family.Kind == SkillKind.Functional)
            return Miner.Mine(family.Environment, family.Effect, episodes, policy) is { Coding: not { IsEmpty: true } } procedure ? Miner.Compose(name, procedure, episodes, rationale) : null;
        if (Draft(family, name, episodes, policy) is not { } draft) return null;
        var (document, pitfalls) = draft;
        var package = Package.OfText((Package.SkillFile, document.Markdown()));
        var successes = episodes.Where(e => e.Succeeded).Select(e => e.Id).ToList();
        return (document, new()
        {
            Description = document.Description,
            Package = package.Manifest,
            Composer = Miner.Composer,
            Rationale = rationale,
            Evidence = [.. episodes.Select(e => new EvidenceReference(e.Id, e.Evidence.TrajectoryId, e.Evidence.FirstStep, e.Evidence.LastStep))],
            Sections = [.. document.Sections.Select(s => new SectionEvidence(s.Heading, s.Heading == SkillWriter.PitfallsSection
                ? [.. pitfalls.SelectMany(p => p.EvidenceIds).Distinct(StringComparer.Ordinal)]
                : successes))],
            Taint = ["tool-output", "user-text"],
        }, package);
    }

    private static (SkillDocument Document, IReadOnlyList<Pitfall> Pitfalls)? Draft(
        Family family, string name, IReadOnlyList<MinedEpisode> episodes, CurationPolicy policy)
    {
        switch (family.Kind)
        {
            case SkillKind.Plan:
                return PlanMiner.Mine(family.Environment, episodes, policy) is { } plan ? (PlanWriter.Write(name, plan), plan.Pitfalls) : null;
            case SkillKind.Atomic:
                return AtomicMiner.Mine(family.Environment, family.Effect, episodes) is { } use
                    ? (AtomicWriter.Write(name, use), [.. use.Errors.Select(e => new Pitfall(e.Message, e.Runs, e.EvidenceIds))])
                    : null;
            default:
                var procedure = Miner.Mine(family.Environment, family.Effect, episodes, policy);
                return (SkillWriter.Write(name, procedure), procedure.Pitfalls);
        }
    }
}
