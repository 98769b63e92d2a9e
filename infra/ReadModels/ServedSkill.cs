namespace Pipeline.Infra.ReadModels;

/// <summary>A skill with the version that an alias serves. What each alias means stands in <c>skill_list.sql</c>, and nowhere else.</summary>
public sealed record ServedSkill
{
    /// <summary>The alias that is served unless another is named.</summary>
    public const string Latest = "latest";

    public required CataloguedSkill Skill { get; init; }

    /// <summary>Never a revoked one; null when there is none to serve.</summary>
    public CataloguedVersion? Version { get; init; }
}
