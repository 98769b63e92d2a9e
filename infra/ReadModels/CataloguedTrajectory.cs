using Pipeline.Domain.Trajectories;

namespace Pipeline.Infra.ReadModels;

/// <summary>A row of the trajectory catalogue.</summary>
public sealed record CataloguedTrajectory
{
    public required string TenantId { get; init; }
    public required string TrajectoryId { get; init; }
    public required string Source { get; init; }
    public required string SourceId { get; init; }
    public required string Subject { get; init; }
    public required string Task { get; init; }
    public required string Environment { get; init; }
    public required string Agent { get; init; }
    public required string Model { get; init; }

    /// <summary>The outcome that stands, corrections included.</summary>
    public bool? Success { get; init; }
    public double? Reward { get; init; }
    public required VerifiedBy VerifiedBy { get; init; }
    public required int Steps { get; init; }
    public required int ToolCalls { get; init; }
    public required bool Rejected { get; init; }

    /// <summary>Why it was kept out; empty when it was not.</summary>
    public required string Rejection { get; init; }

    /// <summary>The payload can no longer be read by anybody.</summary>
    public required bool Erased { get; init; }
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>The leaf of its first event: its place in lists, which never changes.</summary>
    public required long RecordedLeaf { get; init; }
    public required long UpdatedLeaf { get; init; }
}
