using Npgsql;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.ReadModels;

/// <summary>Questions to the skill catalogue.</summary>
public sealed class SkillQueries(NpgsqlDataSource dataSource)
{
    private readonly CatalogueReader _reader = new(dataSource, "skill_catalogue");

    /// <summary>Skills with the version that an alias serves. Under another alias than <see cref="ServedSkill.Latest"/>, only those that have one:
    /// a page may then have fewer than <paramref name="limit"/> though more follow.</summary>
    /// <param name="after">A page's <see cref="CataloguePage{T}.Next"/>; null for the first page.</param>
    public async Task<CataloguePage<ServedSkill>> ListAsync(
        string tenant, SkillFilter filter, long? after = null, int limit = 100, CancellationToken cancellationToken = default)
    {
        var page = await _reader.PageAsync<Row>("skill_list", tenant, after ?? -1, limit, Bind(filter, onlyShared: false), r => r.Skill.CreatedLeaf, cancellationToken);
        var served = page.Items.Select(r => r.Served(filter));
        return new([.. filter.Alias == ServedSkill.Latest ? served : served.Where(s => s.Version is not null)], page.Next, page.Leaf);
    }

    /// <summary>The active skills where an alias is for a share of the callers that a caller is not in, with what it gets instead.</summary>
    public async Task<IReadOnlyList<ServedSkill>> OutsideAsync(string tenant, string alias, string? caller, CancellationToken cancellationToken = default)
    {
        var filter = new SkillFilter(Lifecycle.Active) { Alias = alias, Caller = caller };
        var page = await _reader.PageAsync<Row>("skill_list", tenant, -1, int.MaxValue - 1, Bind(filter, onlyShared: true), r => r.Skill.CreatedLeaf, cancellationToken);
        return [.. page.Items.Where(r => !r.Reaches(filter)).Select(r => r.Served(filter))];
    }

    /// <summary>Whether any skill has ever been of an environment, and whether any has an alias: an empty list does not tell a mistyped name from one
    /// that has nothing now.</summary>
    /// <param name="environment">Known where it is empty; so is the alias.</param>
    public async Task<(bool Environment, bool Alias)> KnownAsync(string tenant, string environment, string alias, CancellationToken cancellationToken = default)
    {
        await using var command = dataSource.CreateCommand(SqlText.Of("skill_filter_known"));
        foreach (var value in new[] { tenant, environment, alias }) command.Parameters.AddText(StorableText.Of(value));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetBoolean(0), reader.GetBoolean(1));
    }

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

    private static Action<NpgsqlParameterCollection> Bind(SkillFilter filter, bool onlyShared) => parameters =>
    {
        parameters.AddText(filter.Alias);
        parameters.AddText(filter.Status?.ToString().ToLowerInvariant() ?? "");
        parameters.AddText(filter.Environment);
        parameters.AddText(filter.FamilyId);
        parameters.AddFlag(onlyShared);
    };

    private sealed record Row(CataloguedSkill Skill, IReadOnlyList<CataloguedVersion> Versions)
    {
        public ServedSkill Served(SkillFilter filter) => ServedSkill.Of(Skill, Versions, filter.Alias, filter.Caller);

        public bool Reaches(SkillFilter filter) => Skill.Shares[filter.Alias].Reaches(filter.Caller, Skill.SkillId);
    }
}

/// <summary>What is left empty does not narrow.</summary>
public sealed record SkillFilter(Lifecycle? Status = null, string Environment = "", string FamilyId = "")
{
    public string Alias { get; init; } = ServedSkill.Latest;

    /// <summary>What stays the same for who asks; null: it is not told, and is in no share.</summary>
    public string? Caller { get; init; }
}
