using System.Globalization;

namespace Pipeline.Domain.Ledger.Audit;

/// <summary>When checkpoints are said to have been signed, held against what is hashed. The times themselves are not signed, and it is they that decide which leaves
/// "as of a time" means: a checkpoint is not signed before the events that it covers, nor long after the first one that it does not cover, nor after a larger one.</summary>
/// <param name="signed">Of one log, the smallest first.</param>
public sealed class SigningTimes(IReadOnlyList<SigningTime> signed)
{
    /// <summary>How findings about it are called.</summary>
    public const string Check = "checkpoint-time";

    /// <summary>By which the clocks of whoever records and whoever signs may differ, and an event may wait until it is sealed.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromHours(1);

    private readonly Dictionary<long, int> _bySize = signed.Select((s, i) => (s.Size, Index: i)).DistinctBy(s => s.Size).ToDictionary(s => s.Size, s => s.Index);

    public static SigningTimes None { get; } = new([]);

    /// <summary>What an event tells about the checkpoints before and after it. Where what is hashed shows that the clock itself was set back, by more than the
    /// tolerance, what was signed before that is held against the events before it only: nothing was altered there.</summary>
    /// <param name="at">When the event was recorded, as it was hashed.</param>
    /// <param name="clock">What was seen so far.</param>
    public IEnumerable<AuditFinding> Take(long leaf, DateTimeOffset at, ref RecordingClock clock)
    {
        var isSetBack = clock.Last > at + Tolerance;
        var before = clock.Last;
        clock = new(at, isSetBack ? leaf : clock.SetBackAt);
        List<AuditFinding> findings = [];
        if (_bySize.TryGetValue(leaf + 1, out var covering))
        {
            var time = signed[covering];
            if (time.At < at - Tolerance) findings.Add(Wrong(time, $"and its last event was recorded at {at:u}"));
            if (covering > 0 && signed[covering - 1] is var smaller && time.At < smaller.At && clock.SetBackAt < smaller.Size)
                findings.Add(Wrong(smaller, $"and {time.Name} at {time.At:u}"));
        }
        if (_bySize.TryGetValue(leaf, out var last) && signed[last] is var earlier && earlier.At > at + Tolerance && !(isSetBack && earlier.At <= before + Tolerance))
            findings.Add(Wrong(earlier, $"and does not cover an event that was recorded at {at:u}. If nobody altered the time, the clock of whoever signed was ahead"));
        return findings;
    }

    private static AuditFinding Wrong(SigningTime time, FormattableString what) => new(
        Check, time.Size, string.Create(CultureInfo.InvariantCulture, $"{time.Name} is said to have been signed at {time.At:u}, ") + what.ToString(CultureInfo.InvariantCulture));
}

/// <summary>The clock of whoever records, as the events tell of it.</summary>
/// <param name="Last">When the last event was recorded; null before the first.</param>
/// <param name="SetBackAt">The last leaf that was recorded more than <see cref="SigningTimes.Tolerance"/> before the one before it; below 0 where none was.</param>
public readonly record struct RecordingClock(DateTimeOffset? Last, long SetBackAt)
{
    public static RecordingClock Begin { get; } = new(null, -1);
}

/// <param name="Size">Of the checkpoint, in leaves.</param>
/// <param name="At">When it is said to have been signed.</param>
/// <param name="Name">What people call it.</param>
public sealed record SigningTime(long Size, DateTimeOffset At, string Name);
