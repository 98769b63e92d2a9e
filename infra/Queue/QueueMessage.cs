using System.Collections.Immutable;

namespace Pipeline.Infra.Queue;

/// <summary>A message as it is put on a queue.</summary>
public sealed record QueueMessage
{
    /// <summary>Property that names the tenant; a dead letter is listed under it.</summary>
    public const string TenantProperty = "tenant";

    /// <summary>Property that names the emitter; a dead letter shows it.</summary>
    public const string SourceProperty = "source";

    public required string Queue { get; init; }

    /// <summary>The sender's id. The queue looks for no duplicates: that is the inbox's work.</summary>
    public required string MessageId { get; init; }
    public required ReadOnlyMemory<byte> Body { get; init; }
    public string ContentType { get; init; } = "application/cloudevents+json";
    public string CorrelationId { get; init; } = "";
    public string Subject { get; init; } = "";
    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Not to be received before; null: at once.</summary>
    public DateTimeOffset? VisibleAt { get; init; }
}

/// <summary>A message as a receiver holds it, for as long as its lock lasts.</summary>
/// <param name="SequenceNumber">The queue's number of the message; it is received in this order.</param>
/// <param name="DeliveryCount">From 1; this delivery included.</param>
public sealed record ReceivedMessage(
    QueueMessage Message, long SequenceNumber, int DeliveryCount, DateTimeOffset EnqueuedAt, QueueLock Lock);

/// <summary>The right to settle one delivery of a message. It is lost once it has expired and somebody else took the message.</summary>
/// <param name="Until">By the database's clock.</param>
public sealed record QueueLock(string Queue, long SequenceNumber, Guid Token, DateTimeOffset Until);

/// <summary>What became of settling a message.</summary>
public enum Settlement
{
    Done,

    /// <summary>The lock had expired and the message was taken (or settled) by somebody else: nothing was changed.</summary>
    LockLost,
}

/// <summary>How a queue stands.</summary>
/// <param name="Waiting">Messages not completed yet, those in flight and those scheduled for later included.</param>
/// <param name="InFlight">Those of them that a receiver holds now.</param>
/// <param name="Dead">Dead letters that wait for somebody to retry or discard them.</param>
/// <param name="OldestAt">When the oldest of those waiting was enqueued; null when none is.</param>
public sealed record QueueDepth(long Waiting, long InFlight, long Dead, DateTimeOffset? OldestAt);

/// <param name="MaxDeliveries">A message that was delivered as often as this and not completed becomes a dead letter.</param>
public sealed record QueueOptions(int MaxDeliveries = 10);

/// <summary>The queues of the pipeline.</summary>
public static class QueueNames
{
    public const string Trajectories = "trajectories";
    public const string Curation = "curation";
    public const string Seal = "seal";
    public const string IndexUpdates = "index-updates";
    public const string ValidationJobs = "validation-jobs";

    public static IReadOnlyList<string> All { get; } = [Trajectories, Curation, Seal, IndexUpdates, ValidationJobs];
}
