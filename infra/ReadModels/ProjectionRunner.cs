using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.ReadModels;

/// <summary>Keeps read models up with the sealed order. Several instances may run it at once.</summary>
public sealed class ProjectionRunner(NpgsqlDataSource dataSource, EventStore store, IReadOnlyList<IProjection> projections) : IDisposable
{
    private const int BatchSize = 500;

    // One turn needs two connections: those who wait for theirs here must not hold any.
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>The projections that the pipeline comes with.</summary>
    public static IReadOnlyList<IProjection> All { get; } = [new SkillCatalogue(), new TrajectoryCatalogue(), new FamilyCatalogue()];

    /// <summary>Applies everything that was sealed when it was called, and perhaps more.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken = default)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            foreach (var projection in projections)
            {
                while (await AdvanceAsync(projection, cancellationToken)) { }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    /// <summary>The next leaf that each projection has to read.</summary>
    public async Task<IReadOnlyDictionary<string, long>> PositionsAsync(CancellationToken cancellationToken = default)
    {
        var positions = projections.ToDictionary(p => p.Name, _ => 0L, StringComparer.Ordinal);
        await using var command = dataSource.CreateCommand(SqlText.Of("projection_positions"));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (positions.ContainsKey(reader.GetString(0))) positions[reader.GetString(0)] = reader.GetInt64(1);
        }
        return positions;
    }

    /// <summary>Builds a projection's tables anew beside the live ones, which are read meanwhile, and puts them in their place in one step.</summary>
    /// <returns>How many live rows differed from the rebuilt ones: 0 unless somebody altered them or the projection's code changed.</returns>
    public Task<long> RebuildAsync(IProjection projection, CancellationToken cancellationToken = default) =>
        new ProjectionRebuild(dataSource, store, projection).RunAsync(replace: true, cancellationToken);

    /// <summary>Compares a projection's live tables with a rebuild, and changes nothing.</summary>
    /// <returns>How many rows differ.</returns>
    public Task<long> CompareAsync(IProjection projection, CancellationToken cancellationToken = default) =>
        new ProjectionRebuild(dataSource, store, projection).RunAsync(replace: false, cancellationToken);

    /// <returns>False when there was nothing left.</returns>
    private async Task<bool> AdvanceAsync(IProjection projection, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ProjectionPosition.LockAsync(connection, projection, "ledger, pg_temp", cancellationToken);
        var from = await ProjectionPosition.ReadAsync(connection, projection, cancellationToken);
        var events = await ReadAsync(store, from, BatchSize, cancellationToken);
        if (events.Count == 0) return false;

        await projection.ApplyAsync(connection, events, cancellationToken);
        await ProjectionPosition.WriteAsync(connection, projection, from + events.Count, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return events.Count == BatchSize;
    }

    /// <summary>The next sealed events, of which none may be left out.</summary>
    internal static async Task<IReadOnlyList<RecordedEvent>> ReadAsync(EventStore store, long from, int limit, CancellationToken cancellationToken)
    {
        var events = await store.ReadSealedAsync(from, limit, cancellationToken);
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i].Leaf != from + i)
                throw new InvalidOperationException($"the sealed order has a gap: leaf {from + i} was wanted, and {events[i].Leaf} came");
        }
        return events;
    }
}
