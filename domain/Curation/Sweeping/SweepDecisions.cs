using Pipeline.Domain.Curation.Rules;
using Pipeline.Domain.Families;

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
        Candidates = [.. families.DistinctBy(f => f.Skill.Id).Select(f => new Candidate(f.Skill.Id, f.Skill.Current!.Number, f.Skill.Current.PackageDigest, f.Skill.Lifecycle.ToString().ToLowerInvariant()))],
        Scores = finding.Scores,
        Thresholds = finding.Thresholds,
        ReasonCode = finding.Code,
        Reason = finding.Reason,
        Sweep = new(input.Leaf, [.. families.Select(f => f.Id)]),
    };
}
