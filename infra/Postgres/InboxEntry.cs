namespace Pipeline.Infra.Postgres;

/// <summary>The identity of a message within its tenant.</summary>
public sealed record InboxKey(string Source, string MessageId);

/// <summary>A message that had its effect, and what the effect was.</summary>
public sealed record InboxEntry
{
    public required string Source { get; init; }
    public required string MessageId { get; init; }

    /// <summary>Of the message's normalised content.</summary>
    public required string ContentDigest { get; init; }

    /// <summary>The stream that it led to, and where that stream stood afterwards.</summary>
    public required string StreamId { get; init; }
    public required long StreamVersion { get; init; }

    /// <summary>JSON: the answer, to be given again to a duplicate. The database may lay it out anew.</summary>
    public string Result { get; init; } = "{}";

    /// <summary>Set by the store to the time of the transaction.</summary>
    public DateTimeOffset HandledAt { get; init; }

    public InboxKey Key => new(Source, MessageId);

    /// <summary>Whether a message of this identity with the given content is the same message, so a duplicate.</summary>
    public bool Matches(string contentDigest) => string.Equals(ContentDigest, contentDigest, StringComparison.Ordinal);
}
