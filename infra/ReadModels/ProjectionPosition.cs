using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.ReadModels;

/// <summary>How far a projection is: the next leaf that it has to read, written in the transaction of what it applied.</summary>
internal static class ProjectionPosition
{
    /// <summary>Holds the projection until the transaction ends.</summary>
    /// <param name="searchPath">Where the projection's statements find their tables during the transaction.</param>
    public static async Task LockAsync(NpgsqlConnection connection, IProjection projection, string searchPath, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new($"set local search_path = {searchPath}"));
        var begin = new NpgsqlBatchCommand(SqlText.Of("projection_begin"));
        begin.Parameters.AddText(projection.Name);
        batch.BatchCommands.Add(begin);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task<long> ReadAsync(NpgsqlConnection connection, IProjection projection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SqlText.Of("projection_position"), connection);
        command.Parameters.AddText(projection.Name);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async Task WriteAsync(NpgsqlConnection connection, IProjection projection, long leaf, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SqlText.Of("projection_advance"), connection);
        command.Parameters.AddText(projection.Name);
        command.Parameters.AddNumber(leaf);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
