using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.ReadModels;

/// <summary>Questions to the trajectory catalogue.</summary>
public sealed class TrajectoryQueries(NpgsqlDataSource dataSource)
{
    private readonly CatalogueReader _reader = new(dataSource, "trajectory_catalogue");

    /// <param name="environment">Empty: of all.</param>
    /// <param name="after">A page's <see cref="CataloguePage{T}.Next"/>; null for the first page.</param>
    public Task<CataloguePage<CataloguedTrajectory>> ListAsync(
        string tenant, string environment = "", long? after = null, int limit = 100, CancellationToken cancellationToken = default) =>
        _reader.PageAsync<CataloguedTrajectory>(
            "trajectory_list", tenant, after ?? -1, limit, p => p.AddText(environment), t => t.RecordedLeaf, cancellationToken);

    public Task<AtLeaf<CataloguedTrajectory?>> FindAsync(string tenant, string trajectoryId, CancellationToken cancellationToken = default) =>
        _reader.FindAsync<CataloguedTrajectory>("trajectory_find", tenant, trajectoryId, cancellationToken);
}
