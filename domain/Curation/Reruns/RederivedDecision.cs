using Pipeline.Domain.Families;

namespace Pipeline.Domain.Curation.Reruns;

/// <summary>What came of deciding again at one point of a family.</summary>
/// <param name="Point">How many evidence events of the family there are up to it.</param>
/// <param name="Leaf">Of the decision on record; null where none is.</param>
/// <param name="Operation">On record, or where none is as it comes out again.</param>
/// <param name="Verdict">Whether it came out the same.</param>
/// <param name="SkillId">The skill that was made or changed; empty where none was.</param>
/// <param name="Version">Its version on record; 0 where there is none.</param>
/// <param name="PackageDigest">Of that version, as recorded; empty where there is none.</param>
/// <param name="Differences">What is not the same.</param>
/// <param name="SinceLeaf">From which leaf on it cannot be decided again.</param>
/// <param name="Reason">Why it differs, or what was erased; empty where it is the same.</param>
public sealed record RederivedDecision(
    string FamilyId, int Point, long? Leaf, CurationOperation Operation, RederivationVerdict Verdict,
    string SkillId = "", int Version = 0, string PackageDigest = "", IReadOnlyList<FieldDifference>? Differences = null, long? SinceLeaf = null, string Reason = "")
{
    public IReadOnlyList<FieldDifference> Differences { get; init; } = Differences ?? [];
}

/// <summary>Erased: a sealed event says that the text was erased. Unreadable: it is gone or altered, and no event says so, or it never was here.</summary>
public enum RederivationVerdict { Same, Differs, Erased, Unreadable }
