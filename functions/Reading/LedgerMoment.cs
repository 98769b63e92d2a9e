using System.Globalization;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Reading;

/// <summary>A state of the ledger that one can ask for: all that had been sealed up to some leaf.</summary>
/// <param name="Leaves">How many leaves there were.</param>
/// <param name="At">When the last of them was recorded; null where there is none.</param>
/// <param name="Sealed">How many there are now.</param>
/// <param name="Asked">As it was asked for; empty for now.</param>
public sealed record LedgerMoment(long Leaves, DateTimeOffset? At, long Sealed, string Asked)
{
    public bool IsNow => Asked.Length == 0;

    /// <summary>The last leaf; -1 where there is none.</summary>
    public long Leaf => Leaves - 1;
}

/// <summary>Reads what people call a moment: a leaf, or a time.</summary>
public sealed class LedgerMoments(EventStore store, EventStates states)
{
    /// <param name="asOf">A leaf, which is the last to be seen, or a time; null: now.</param>
    /// <returns>Null where it is neither.</returns>
    public async Task<long?> LeavesAsync(string? asOf, CancellationToken ct)
    {
        if (asOf is null) return (await store.SizeAsync(ct)).Sealed;
        if (long.TryParse(asOf, NumberStyles.None, CultureInfo.InvariantCulture, out var leaf)) return Math.Min(leaf, long.MaxValue - 1) + 1;
        return DateTimeOffset.TryParse(asOf, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? await states.LeavesAtAsync(time, ct) : null;
    }

    /// <inheritdoc cref="LeavesAsync"/>
    public async Task<LedgerMoment?> ReadAsync(string? asOf, CancellationToken ct)
    {
        if (await LeavesAsync(asOf, ct) is not { } asked) return null;
        var there = (await store.SizeAsync(ct)).Sealed;
        var leaves = Math.Min(asked, there);
        var at = leaves > 0 && await store.ReadSealedAsync(leaves - 1, 1, ct) is [var last] ? last.Context.RecordedAt : (DateTimeOffset?)null;
        return new(leaves, at, there, asOf ?? "");
    }
}
