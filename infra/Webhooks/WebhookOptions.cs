namespace Pipeline.Infra.Webhooks;

/// <summary>How deliveries are made; the section <c>Webhooks</c> of the configuration.</summary>
public sealed record WebhookOptions
{
    public const string Section = "Webhooks";

    /// <summary>Of one attempt, from the first packet to the status.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Before the second attempt; it doubles with each.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(5);
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Then a delivery is given up, after some two days; it can be replayed.</summary>
    public int MostAttempts { get; init; } = 20;

    /// <summary>A subscription that has had no success for so long is disabled.</summary>
    public TimeSpan DisableAfter { get; init; } = TimeSpan.FromDays(5);

    /// <summary>Whether subscriptions may be made for addresses of this machine and of private networks.</summary>
    public bool AllowPrivate { get; init; }

    /// <param name="failures">So far, from 1.</param>
    public TimeSpan DelayAfter(int failures) => Doubled(failures, LongestDelay);

    /// <summary>How long a subscriber is left alone who failed so often in a row: less long, so that one who is back is soon told.</summary>
    public TimeSpan PauseAfter(int failures) => Doubled(failures, LongestDelay < LongestPause ? LongestDelay : LongestPause);

    private static TimeSpan LongestPause => TimeSpan.FromMinutes(15);

    private TimeSpan Doubled(int failures, TimeSpan longest)
    {
        var delay = FirstDelay * Math.Pow(2, Math.Min(failures - 1, 30));
        return delay < longest ? delay : longest;
    }
}
