using Npgsql;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.ReadModels;

/// <summary>Questions to the skill catalogue.</summary>
public sealed class SkillQueries(NpgsqlDataSource dataSource)
{
    private readonly CatalogueReader _reader = new(dataSource, "skill_catalogue");

    /// <summary>Skills with the version that an alias serves. Under another alias than <see cref="ServedSkill.Latest"/>, only those that have one.</summary>
    /// <param name="after">A page's <see cref="CataloguePage{T}.Next"/>; null for the first page.</param>
    public Task<CataloguePage<ServedSkill>> ListAsync(
        string tenant, SkillFilter filter, long? after = null, int limit = 100, CancellationToken cancellationToken = default) =>
        _reader.PageAsync<ServedSkill>("skill_list", tenant, after ?? -1, limit, parameters =>
        {
            parameters.AddText(filter.Alias);
            parameters.AddText(filter.Status?.ToString().ToLowerInvariant() ?? "");
            parameters.AddText(filter.Environment);
            parameters.AddText(filter.FamilyId);
        }, s => s.Skill.CreatedLeaf, cancellationToken);

    /// <param name="idOrName">An id, else the name of a skill: the living one, or the one that had it last.</param>
    public Task<AtLeaf<CataloguedSkill?>> FindAsync(string tenant, string idOrName, CancellationToken cancellationToken = default) =>
        _reader.FindAsync<CataloguedSkill>("skill_find", tenant, idOrName, cancellationToken);

    /// <summary>All versions of a skill by number; none when there is no such skill.</summary>
    public Task<AtLeaf<IReadOnlyList<CataloguedVersion>>> VersionsAsync(
        string tenant, string skillId, CancellationToken cancellationToken = default) =>
        _reader.ReadAsync<CataloguedVersion>("skill_version_list", parameters =>
        {
            parameters.AddText(tenant);
            parameters.AddText(skillId);
        }, cancellationToken);
}

/// <summary>What is left empty does not narrow.</summary>
public sealed record SkillFilter(Lifecycle? Status = null, string Environment = "", string FamilyId = "")
{
    public string Alias { get; init; } = ServedSkill.Latest;
}
