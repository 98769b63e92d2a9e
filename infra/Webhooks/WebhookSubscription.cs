namespace Pipeline.Infra.Webhooks;

/// <summary>Who is told of what.</summary>
public sealed record WebhookSubscription
{
    public required string Id { get; init; }
    public required string TenantId { get; init; }
    public required string Url { get; init; }
    public required IReadOnlyList<WebhookTopic> Topics { get; init; }

    /// <summary>Whether its address may be one of this machine or of a private network.</summary>
    public required bool AllowPrivate { get; init; }
    public required WebhookState State { get; init; }

    /// <summary>Why it is disabled; empty while it is not.</summary>
    public required string Reason { get; init; }

    /// <summary>The next leaf to look at.</summary>
    public required long Position { get; init; }

    /// <summary>In a row.</summary>
    public required int Failures { get; init; }
    public DateTimeOffset? FailingSince { get; init; }
    public DateTimeOffset? WaitUntil { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Of what was asked for when it was made, see <see cref="WebhookSecrets.DigestAsync"/>; empty where that was not kept.</summary>
    public required string RequestDigest { get; init; }

    /// <summary>How many deliveries wait; 0 where nobody counted.</summary>
    public long Pending { get; init; }
}

/// <summary>A subscription that this process looks after for a while.</summary>
/// <param name="SealedSecret">Encrypted, see <see cref="WebhookSecrets"/>.</param>
public sealed record ClaimedWebhook(WebhookSubscription Subscription, byte[] SealedSecret);

public enum WebhookState { Active, Disabled }

/// <summary>An event on its way to a subscriber.</summary>
public sealed record WebhookDelivery
{
    /// <summary>The same for every attempt and every replay.</summary>
    public required string Id { get; init; }
    public required string SubscriptionId { get; init; }
    public required long Leaf { get; init; }

    /// <summary>The type of the CloudEvent.</summary>
    public required string Type { get; init; }

    /// <summary>The id of the skill.</summary>
    public required string Subject { get; init; }
    public required WebhookDeliveryState State { get; init; }
    public required int Attempts { get; init; }
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Of the last attempt; null when there was no answer.</summary>
    public int? LastStatus { get; init; }
    public required string LastError { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? DeliveredAt { get; init; }
}

public enum WebhookDeliveryState { Pending, Delivered, Failed }
