using System.Text.Json.Serialization;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;

namespace Pipeline.Infra.ReadModels;

/// <summary>A row of the skill catalogue.</summary>
public sealed record CataloguedSkill
{
    public required string TenantId { get; init; }
    public required string SkillId { get; init; }
    public required string Name { get; init; }

    /// <summary>Of the latest version; of the current one where every version is revoked.</summary>
    public required string Description { get; init; }
    public required string Environment { get; init; }

    /// <summary>Empty for a skill that was not learned here.</summary>
    public required string FamilyId { get; init; }
    public required SkillOrigin Origin { get; init; }
    public required SkillKind Kind { get; init; }
    public required Lifecycle Status { get; init; }

    /// <summary>The id of the skill that took it up in a merge.</summary>
    public string? AbsorbedInto { get; init; }

    /// <summary>The id of the skill that it is a sibling of; null for a skill that is no sibling.</summary>
    public string? VariantOf { get; init; }

    /// <summary>The model that a sibling is for; empty where it is for all.</summary>
    public string Model { get; init; } = "";

    /// <summary>The newest version, revoked or not.</summary>
    public required int CurrentVersion { get; init; }

    /// <summary>Where <c>latest</c> points, while that version may be shown; null when there is none. It is served only while the skill is active.</summary>
    public int? LatestVersion { get; init; }

    /// <summary>The package digest of <see cref="LatestVersion"/>.</summary>
    public string? LatestDigest { get; init; }

    /// <summary>How many there are, revoked ones included.</summary>
    public required int Versions { get; init; }
    public required IReadOnlyDictionary<string, int> Aliases { get; init; }

    /// <summary>By alias; those that are for all are not here.</summary>
    [JsonConverter(typeof(AsTheLedgerWrites<IReadOnlyDictionary<string, AliasShare>>))]
    public required IReadOnlyDictionary<string, AliasShare> Shares { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The leaf of its first event: its place in lists, which never changes.</summary>
    public required long CreatedLeaf { get; init; }

    /// <summary>The leaf of its last event.</summary>
    public required long UpdatedLeaf { get; init; }
}

/// <summary>A version of a skill, as the catalogue has it.</summary>
public sealed record CataloguedVersion
{
    public required string TenantId { get; init; }
    public required string SkillId { get; init; }
    public required int Version { get; init; }
    public required VersionOperation Operation { get; init; }
    public required string PackageDigest { get; init; }

    [JsonConverter(typeof(AsTheLedgerWrites<PackageManifest>))]
    public required PackageManifest Manifest { get; init; }
    public required string Description { get; init; }

    [JsonConverter(typeof(AsTheLedgerWrites<IReadOnlyList<VersionReference>>))]
    public required IReadOnlyList<VersionReference> Parents { get; init; }

    [JsonConverter(typeof(AsTheLedgerWrites<Composer>))]
    public required Composer Composer { get; init; }

    /// <summary>Why it was made; for a restored version, why it was restored.</summary>
    public required string Rationale { get; init; }
    public required IReadOnlyList<string> Taint { get; init; }
    public required Tier Tier { get; init; }
    public required bool Revoked { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The leaf of the event that made it.</summary>
    public required long Leaf { get; init; }
}
