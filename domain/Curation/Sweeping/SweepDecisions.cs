using Pipeline.Domain.Curation.Rules;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Sweeping;

/// <summary>Decisions as a sweep puts them on record.</summary>
internal static class SweepDecisions
{
    /// <param name="families">The one whose stream it is for first; the skills of all are what was looked at.</param>
    public static FamilyEvent.CurationDecided Record(SweepInput input, IReadOnlyList<SweptFamily> families, CurationOperation operation, Finding finding) => new()
    {
        Operation = operation,
        ThroughEvidence = families[0].Family.EvidenceEvents,
        Leaf = input.Leaf,
        At = input.At,
        Policy = input.PolicyReference,
        Candidates = [.. families.DistinctBy(f => f.Skill.Id).Select(f => CandidateOf(f.Skill)!)],
        Scores = finding.Scores,
        Thresholds = finding.Thresholds,
        ReasonCode = finding.Code,
        Reason = finding.Reason,
        Sweep = new(input.Leaf, [.. families.Select(f => f.Id)], input.LeftOut),
    };

    /// <summary>The skill as it stands; null where it has no version.</summary>
    public static Candidate? CandidateOf(Skill skill) =>
        skill.Current is { } current ? new(skill.Id, current.Number, current.PackageDigest, skill.Lifecycle.ToString().ToLowerInvariant()) : null;
}
