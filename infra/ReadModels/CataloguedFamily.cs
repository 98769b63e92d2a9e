using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Infra.ReadModels;

/// <summary>A row of the family catalogue.</summary>
public sealed record CataloguedFamily
{
    public required string TenantId { get; init; }
    public required string FamilyId { get; init; }
    public required string Environment { get; init; }
    public required string Effect { get; init; }

    /// <summary>What kind of skill is learned from it.</summary>
    public required SkillKind Kind { get; init; }

    /// <summary>Evidence that stands whose run was verified to have succeeded.</summary>
    public required int Successes { get; init; }

    /// <summary>Evidence that stands whose run was verified to have failed.</summary>
    public required int Failures { get; init; }

    /// <summary>Evidence that stands whose outcome nobody but the agent itself has judged.</summary>
    public required int Unverified { get; init; }

    /// <summary>Admissions and withdrawals so far.</summary>
    public required int EvidenceEvents { get; init; }

    /// <summary>Up to which of <see cref="EvidenceEvents"/> curation has recorded a conclusion.</summary>
    public required int CuratedThrough { get; init; }

    /// <summary>Null before the first decision; so are the next two.</summary>
    public CurationOperation? LastOperation { get; init; }
    public string? LastReasonCode { get; init; }
    public DateTimeOffset? LastDecidedAt { get; init; }

    /// <summary>The skill that curation made of it; null while there is none.</summary>
    public string? SkillId { get; init; }
    public required long OpenedLeaf { get; init; }
    public required long UpdatedLeaf { get; init; }
}
