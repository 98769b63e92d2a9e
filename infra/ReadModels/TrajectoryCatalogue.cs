using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Trajectories.TrajectoryEvent;

namespace Pipeline.Infra.ReadModels;

/// <summary>The runs that were recorded or rejected, with the outcome that stands.</summary>
public sealed class TrajectoryCatalogue : IProjection
{
    public string Name => "trajectory_catalogue";

    public IReadOnlyList<string> Tables => ["trajectory_catalogue"];

    public async Task ApplyAsync(NpgsqlConnection connection, IReadOnlyList<RecordedEvent> events, CancellationToken cancellationToken)
    {
        var rows = (await TouchedStreams.ReadAsync(connection, Streams.Trajectory, events, cancellationToken))
            .Select(Row).OfType<CataloguedTrajectory>().ToList();
        await ReadModelRows.WriteAsync(connection, "trajectory_catalogue_put", rows, cancellationToken);
    }

    /// <summary>Null while the stream says neither that the run was recorded nor that it was rejected.</summary>
    private static CataloguedTrajectory? Row(IReadOnlyList<RecordedEvent> stream)
    {
        var record = TrajectoryRecord.Fold(stream.Select(e => e.Event));
        var rejected = stream.Select(e => e.Event).OfType<TrajectoryRejected>().LastOrDefault();
        if (record.Facts is null && rejected is null) return null;
        return new()
        {
            TenantId = stream[0].Context.Tenant,
            TrajectoryId = record.Facts?.TrajectoryId ?? rejected!.TrajectoryId,
            Source = record.Facts?.Source ?? rejected!.Source,
            SourceId = record.Facts?.SourceId ?? rejected!.SourceId,
            Subject = record.Facts?.Subject ?? "",
            Task = record.Facts?.Task ?? "",
            Environment = record.Facts?.Environment ?? "",
            Agent = record.Facts?.Agent ?? "",
            Model = record.Facts?.Model ?? "",
            Success = record.Outcome.Success,
            Reward = record.Outcome.Reward,
            VerifiedBy = record.Outcome.VerifiedBy,
            Steps = record.Facts?.Steps ?? 0,
            ToolCalls = record.Facts?.ToolCalls ?? 0,
            Rejected = record.Rejection.Length > 0,
            Rejection = record.Rejection,
            Erased = record.IsErased,
            RecordedAt = stream[0].Context.RecordedAt,
            RecordedLeaf = stream[0].Leaf!.Value,
            UpdatedLeaf = stream[^1].Leaf!.Value,
        };
    }
}
