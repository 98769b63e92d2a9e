using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.ReadModels;

/// <param name="Leaf">Everything sealed below this leaf is in the answer.</param>
public sealed record AtLeaf<T>(T Value, long Leaf);

/// <param name="Next">What to ask for the following page with; null when this was the last.</param>
/// <param name="Leaf">Everything sealed below this leaf is in the answer.</param>
public sealed record CataloguePage<T>(IReadOnlyList<T> Items, long? Next, long Leaf);

/// <summary>Reads rows of one projection's tables, in one round trip with the leaf that they are up to.</summary>
internal sealed class CatalogueReader(NpgsqlDataSource dataSource, string projection)
{
    public async Task<AtLeaf<IReadOnlyList<TRow>>> ReadAsync<TRow>(
        string statement, Action<NpgsqlParameterCollection> bind, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();

        // The position first: what commits between the two statements then makes the rows newer than they claim, never older.
        var position = new NpgsqlBatchCommand(SqlText.Of("projection_position"));
        position.Parameters.AddText(projection);
        batch.BatchCommands.Add(position);
        var select = new NpgsqlBatchCommand(SqlText.Of(statement));
        bind(select.Parameters);
        batch.BatchCommands.Add(select);

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var leaf = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        List<TRow> rows = [];
        while (await reader.ReadAsync(cancellationToken)) rows.Add(ReadModelRows.Read<TRow>(reader.GetString(0)));
        return new(rows, leaf);
    }

    /// <param name="bind">Binds what follows tenant, cursor and limit.</param>
    public async Task<CataloguePage<TRow>> PageAsync<TRow>(
        string statement, string tenant, long after, int limit, Action<NpgsqlParameterCollection> bind, Func<TRow, long> cursor,
        CancellationToken cancellationToken)
    {
        var (rows, leaf) = await ReadAsync<TRow>(statement, parameters =>
        {
            parameters.AddText(tenant);
            parameters.AddNumber(after);
            parameters.AddNumber(limit + 1);
            bind(parameters);
        }, cancellationToken);
        return rows.Count > limit ? new([.. rows.Take(limit)], cursor(rows[limit - 1]), leaf) : new(rows, null, leaf);
    }

    public async Task<AtLeaf<TRow?>> FindAsync<TRow>(string statement, string tenant, string id, CancellationToken cancellationToken)
        where TRow : class
    {
        var (rows, leaf) = await ReadAsync<TRow>(statement, parameters =>
        {
            parameters.AddText(tenant);
            parameters.AddText(id);
        }, cancellationToken);
        return new(rows.Count == 0 ? null : rows[0], leaf);
    }
}
