using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;

namespace Pipeline.Infra.ReadModels;

/// <summary>A skill with the version that an alias serves to a caller. What each alias means says <see cref="ServedVersion"/>, and nothing else.</summary>
public sealed record ServedSkill
{
    /// <summary>The alias that is served unless another is named.</summary>
    public const string Latest = AliasRules.Latest;

    public required CataloguedSkill Skill { get; init; }

    /// <summary>Never a revoked one; null when there is none to serve.</summary>
    public CataloguedVersion? Version { get; init; }

    /// <summary>The alias that served it: another than the one asked for where that is only for a share of the callers; null when there is none to serve.</summary>
    public string? By { get; init; }

    /// <param name="versions">At least those that the skill's aliases name, or named before they were shared.</param>
    /// <param name="caller">What stays the same for a caller; null: it is not told.</param>
    public static ServedSkill Of(CataloguedSkill skill, IReadOnlyCollection<CataloguedVersion> versions, string alias, string? caller)
    {
        var standing = versions.Where(v => !v.Revoked).ToDictionary(v => v.Version, v => new VersionStanding(v.PackageDigest, v.Tier));
        var served = ServedVersion.Of(alias, caller, new(skill.SkillId, skill.Aliases, skill.Shares, standing));
        return new() { Skill = skill, Version = served is null ? null : versions.First(v => v.Version == served.Version), By = served?.By };
    }
}
