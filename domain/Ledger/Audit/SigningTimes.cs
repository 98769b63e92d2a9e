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

    /// <summary>What an event tells about the checkpoints before and after it. Nothing is remembered from one leaf to the next.</summary>
    /// <param name="at">When the event was recorded, as it was hashed.</param>
    public IEnumerable<AuditFinding> Take(long leaf, DateTimeOffset at)
    {
        if (_bySize.TryGetValue(leaf + 1, out var covering))
        {
            var time = signed[covering];
            if (time.At < at - Tolerance) yield return Wrong(time, $"and its last event was recorded at {at:u}");
            if (covering + 1 < signed.Count && signed[covering + 1] is var next && next.At < time.At) yield return Wrong(time, $"and {next.Name} at {next.At:u}");
        }
        if (_bySize.TryGetValue(leaf, out var before) && signed[before] is var earlier && earlier.At > at + Tolerance)
            yield return Wrong(earlier, $"and does not cover an event that was recorded at {at:u}");
    }

    private static AuditFinding Wrong(SigningTime time, FormattableString what) => new(
        Check, time.Size, string.Create(CultureInfo.InvariantCulture, $"{time.Name} is said to have been signed at {time.At:u}, ") + what.ToString(CultureInfo.InvariantCulture));
}

/// <param name="Size">Of the checkpoint, in leaves.</param>
/// <param name="At">When it is said to have been signed.</param>
/// <param name="Name">What people call it.</param>
public sealed record SigningTime(long Size, DateTimeOffset At, string Name);
