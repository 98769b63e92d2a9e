using System.Globalization;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Reading;

/// <summary>A state of the ledger that one can ask for: all that had been sealed up to some leaf.</summary>
/// <param name="Leaves">How many leaves there were.</param>
/// <param name="At">When the last of them was recorded; null where there is none.</param>
/// <param name="Sealed">How many there are now.</param>
/// <param name="Asked">As it was asked for; empty for now.</param>
public sealed record LedgerMoment(long Leaves, DateTimeOffset? At, long Sealed, string Asked)
{
    /// <summary>Of the checkpoint that a time stands for; null where no time was asked for, or nothing was signed by then.</summary>
    public DateTimeOffset? SignedAt { get; init; }

    public bool IsNow => Asked.Length == 0;

    /// <summary>The last leaf; -1 where there is none.</summary>
    public long Leaf => Leaves - 1;
}

/// <summary>Reads what people call a moment: a leaf, or a time.</summary>
public sealed class LedgerMoments(EventStore store, LogIdentity identity, CheckpointStore checkpoints)
{
    /// <param name="asOf">A leaf, which is the last to be seen, or a time, which stands for the last checkpoint that was signed by then; null: now.</param>
    /// <returns>How many leaves there were, null where it is neither; and when that was signed, where a time was asked for.</returns>
    public async Task<(long? Leaves, DateTimeOffset? SignedAt)> WhenAsync(string? asOf, CancellationToken ct)
    {
        if (asOf is null) return ((await store.SizeAsync(ct)).Sealed, null);
        if (long.TryParse(asOf, NumberStyles.None, CultureInfo.InvariantCulture, out var leaf)) return (Math.Min(leaf, long.MaxValue - 1) + 1, null);
        if (!DateTimeOffset.TryParse(asOf, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return (null, null);
        // Nothing is ordered by the times of events: what stood at a time is what was signed by then.
        return await checkpoints.AtAsync(await identity.OriginAsync(ct), time, ct) is { } checkpoint ? (checkpoint.Checkpoint.Size, checkpoint.SignedAt) : (0, null);
    }

    /// <inheritdoc cref="WhenAsync"/>
    /// <returns>Null where it is neither.</returns>
    public async Task<LedgerMoment?> ReadAsync(string? asOf, CancellationToken ct)
    {
        if (await WhenAsync(asOf, ct) is not ({ } asked, var signed)) return null;
        var there = (await store.SizeAsync(ct)).Sealed;
        var leaves = Math.Min(asked, there);
        var at = leaves > 0 && await store.ReadSealedAsync(leaves - 1, 1, ct) is [var last] ? last.Context.RecordedAt : (DateTimeOffset?)null;
        return new(leaves, at, there, asOf ?? "") { SignedAt = signed };
    }
}
