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

    /// <summary>Runs, the newest first, with the outcomes that stood at a moment.</summary>
    /// <param name="before">A leaf that all were recorded before; null: from the newest.</param>
    /// <param name="leaves">How many leaves there were at the moment; null: now.</param>
    public Task<CataloguePage<CataloguedTrajectory>> NewestAsync(
        string tenant, TrajectoryFilter filter, long? before, long? leaves, int limit, CancellationToken cancellationToken = default) =>
        _reader.PageAsync<CataloguedTrajectory>(
            leaves is null ? "trajectory_newest" : "trajectory_newest_as_of", tenant, Math.Min(before ?? long.MaxValue, leaves ?? long.MaxValue), limit, p =>
            {
                p.AddText(filter.Environment);
                p.AddText(filter.Source);
                p.AddText(filter.Ended);
                if (leaves is { } size) p.AddNumber(size);
            }, t => t.RecordedLeaf, cancellationToken);

    /// <summary>Environments that runs were done in and that anything is learned of, by name; the first of them.</summary>
    public async Task<IReadOnlyList<string>> EnvironmentsAsync(string tenant, int limit, CancellationToken cancellationToken = default)
    {
        await using var command = dataSource.CreateCommand(SqlText.Of("trajectory_environments"));
        command.Parameters.AddText(tenant);
        command.Parameters.AddNumber(limit);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<string> environments = [];
        while (await reader.ReadAsync(cancellationToken)) environments.Add(reader.GetString(0));
        return environments;
    }

    public Task<AtLeaf<CataloguedTrajectory?>> FindAsync(string tenant, string trajectoryId, CancellationToken cancellationToken = default) =>
        _reader.FindAsync<CataloguedTrajectory>("trajectory_find", tenant, trajectoryId, cancellationToken);
}

/// <summary>What is left empty does not narrow.</summary>
/// <param name="Source">Part of it; small and capital letters are one.</param>
/// <param name="Ended"><c>succeeded</c>, <c>failed</c>, <c>untold</c> (nobody said) or <c>kept-out</c>.</param>
public sealed record TrajectoryFilter(string Environment = "", string Source = "", string Ended = "");
