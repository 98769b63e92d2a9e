using System.Collections.Immutable;

namespace Pipeline.Infra.Queue;

/// <summary>A message that could not be handled, with its reason.</summary>
/// <param name="Source">Who emitted it, where known.</param>
/// <param name="Reason">Stable, for programs.</param>
/// <param name="Detail">For people; quotes nothing of the message.</param>
/// <param name="Bytes">Size of the body.</param>
public sealed record DeadLetter(
    long Id, string Tenant, string Queue, string MessageId, string Source, string Reason, string Detail,
    long Bytes, string ContentType, int DeliveryCount, DateTimeOffset DeadAt, DeadLetterState State);

/// <param name="Body">As it lay on the queue; empty once discarded.</param>
public sealed record DeadLetterContent(DeadLetter Letter, ReadOnlyMemory<byte> Body);

public enum DeadLetterState { Waiting, Retried, Discarded }

/// <summary>What became of retrying or discarding a dead letter.</summary>
public enum DeadLetterOutcome { Done, NotFound, AlreadyRetried, AlreadyDiscarded }

/// <summary>What a handler found to be poison: nothing that waiting would mend.</summary>
public sealed record PoisonMessage
{
    public required string Tenant { get; init; }

    /// <summary>Where a retry puts it.</summary>
    public required string Queue { get; init; }
    public required string MessageId { get; init; }

    /// <summary>Stable, for programs, e.g. <c>atif-version-unknown</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>For people. It may not quote the message: dead letters outlive erasure.</summary>
    public required string Detail { get; init; }
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>By what it is known to be the same message again; empty: by its body. An encrypted body is another one each time.</summary>
    public string Identity { get; init; } = "";
    public string Source { get; init; } = "";
    public string ContentType { get; init; } = "application/cloudevents+json";
    public string CorrelationId { get; init; } = "";
    public string Subject { get; init; } = "";
    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
    public int DeliveryCount { get; init; }
}
