namespace Pipeline.Functions.Hosting;

/// <summary>How long a message that is given back is held first. Service Bus delivers it again at once, and dead-letters it after so many deliveries: what another
/// message has to come before would never get the time. (The local pump waits by itself.)</summary>
/// <param name="First">Before the second delivery; doubled with each.</param>
internal sealed record RetryPacing(TimeSpan First)
{
    // Nine of ten deliveries are paced: a minute and a half in all. The host renews the lock for longer than any pause.
    private const int MostDoublings = 8;

    public static RetryPacing None { get; } = new(TimeSpan.Zero);

    public static RetryPacing Broker { get; } = new(TimeSpan.FromMilliseconds(200));

    /// <param name="deliveries">From 1, this one included.</param>
    public TimeSpan After(int deliveries) => First * Math.Pow(2, Math.Clamp(deliveries - 1, 0, MostDoublings));
}
