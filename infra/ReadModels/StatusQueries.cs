using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.ReadModels;

/// <summary>What a tenant's ledger comes to, in numbers.</summary>
public sealed class StatusQueries(NpgsqlDataSource dataSource)
{
    public async Task<StatusCounts> CountAsync(string tenant, CancellationToken cancellationToken = default)
    {
        await using var command = dataSource.CreateCommand(SqlText.Of("status_counts"));
        command.Parameters.AddText(tenant);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new(
            new(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(7)),
            new(reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5)),
            reader.GetInt64(6));
    }
}

public sealed record StatusCounts(TrajectoryCounts Trajectories, SkillCounts Skills, long Families);

/// <param name="Unverified">Of the recorded: those whose outcome nobody but the agent has told. Nothing is learned from them.</param>
public sealed record TrajectoryCounts(long Recorded, long Rejected, long Unverified);

/// <param name="Versions">Of all skills together.</param>
public sealed record SkillCounts(long Active, long Retired, long Absorbed, long Versions);
