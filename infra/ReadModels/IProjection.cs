using Npgsql;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.ReadModels;

/// <summary>Folds sealed events into tables that are read often.</summary>
/// <remarks>Its statements name its own tables without a schema: <see cref="ProjectionRunner"/> points them at the live tables or
/// at a rebuild's. What they hold is a function of the events alone, so a rebuild gives the same rows.</remarks>
public interface IProjection
{
    /// <summary>Stored: its position is kept under it.</summary>
    string Name { get; }

    /// <summary>The tables that it alone writes.</summary>
    IReadOnlyList<string> Tables { get; }

    /// <summary>Applies the next events, in the order of their leaves, inside the caller's transaction.</summary>
    Task ApplyAsync(NpgsqlConnection connection, IReadOnlyList<RecordedEvent> events, CancellationToken cancellationToken);
}
