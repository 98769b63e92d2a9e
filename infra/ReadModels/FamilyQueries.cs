using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.ReadModels;

/// <summary>Questions to the family catalogue.</summary>
public sealed class FamilyQueries(NpgsqlDataSource dataSource)
{
    private readonly CatalogueReader _reader = new(dataSource, "family_catalogue");

    /// <param name="environment">Empty: of all.</param>
    /// <param name="after">A page's <see cref="CataloguePage{T}.Next"/>; null for the first page.</param>
    public Task<CataloguePage<CataloguedFamily>> ListAsync(
        string tenant, string environment = "", long? after = null, int limit = 100, CancellationToken cancellationToken = default) =>
        _reader.PageAsync<CataloguedFamily>(
            "family_list", tenant, after ?? -1, limit, p => p.AddText(environment), f => f.OpenedLeaf, cancellationToken);

    /// <summary>Those with failures and without a skill, but for the families of single tools.</summary>
    /// <inheritdoc cref="ListAsync"/>
    public Task<CataloguePage<CataloguedFamily>> GapsAsync(string tenant, string environment, long? after, int limit, CancellationToken cancellationToken = default) =>
        _reader.PageAsync<CataloguedFamily>(
            "family_gaps", tenant, after ?? -1, limit, p => p.AddText(environment), f => f.OpenedLeaf, cancellationToken);

    public Task<AtLeaf<CataloguedFamily?>> FindAsync(string tenant, string familyId, CancellationToken cancellationToken = default) =>
        _reader.FindAsync<CataloguedFamily>("family_find", tenant, familyId, cancellationToken);
}
