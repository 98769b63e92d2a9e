using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Webhooks;

namespace Pipeline.Functions.Webhooks;

/// <summary>Tells subscribers what was sealed. Each has a place in the sealed order and a lane of its own, so that one who hangs or fails holds
/// up nobody else; several processes may do this at once.</summary>
public sealed class WebhookDeliverer(WebhookStore store, WebhookSecrets secrets, WebhookSender sender, EventStore events, WebhookOptions options, TimeProvider time, ILogger<WebhookDeliverer> logger) : BackgroundService
{
    private const int Lanes = 16;
    private const int MostAtOnce = 100;
    private const int Batch = 500;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Keep = TimeSpan.FromDays(30);

    // Longer than an attempt with all that belongs to it.
    private TimeSpan Claim => (2 * options.Timeout) + TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<Task> lanes = [];
        while (!stoppingToken.IsCancellationRequested)
        {
            lanes.RemoveAll(lane => lane.IsCompleted);
            var taken = lanes.Count < Lanes ? await TakeAsync(Lanes - lanes.Count, stoppingToken) : [];
            lanes.AddRange(taken.Select(claimed => LaneAsync(claimed, stoppingToken)));
            await Task.Delay(LookEvery, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(lanes);
    }

    private async Task<IReadOnlyList<ClaimedWebhook>> TakeAsync(int limit, CancellationToken ct)
    {
        try
        {
            return await store.ClaimAsync(time.GetUtcNow(), time.GetUtcNow() + Claim, limit, ct);
        }
        catch (Exception e)
        {
            if (!ct.IsCancellationRequested) logger.LogWarning("Webhooks wait: {Problem}", e.GetType().Name);
            return [];
        }
    }

    private async Task LaneAsync(ClaimedWebhook claimed, CancellationToken ct)
    {
        try
        {
            await EnqueueAsync(claimed.Subscription, ct);
            if (await secrets.OpenAsync(claimed.Subscription.Id, claimed.SealedSecret, ct) is { } secret) await DeliverAsync(claimed.Subscription, secret, ct);
            else await store.DisableAsync(claimed.Subscription.Id, "its secret cannot be read any more: remove it and subscribe again", ct);
            await store.ReleaseAsync(claimed.Subscription.Id, time.GetUtcNow() - Keep, ct);
        }
        catch (Exception e)
        {
            // The claim ends by itself, and what was not recorded is sent again under the same id.
            if (!ct.IsCancellationRequested) logger.LogWarning("The webhook {Subscription} waits: {Problem}", claimed.Subscription.Id, e.GetType().Name);
        }
    }

    private async Task EnqueueAsync(WebhookSubscription subscription, CancellationToken ct)
    {
        for (var from = subscription.Position; await events.ReadSealedAsync(from, Batch, ct) is { Count: > 0 } passed; from += passed.Count)
        {
            var notices = passed.Where(e => e.Context.Tenant == subscription.TenantId)
                .Select(e => (Leaf: e.Leaf!.Value, Notice: WebhookNotice.Of(e)))
                .Where(n => n.Notice is not null && subscription.Topics.Contains(n.Notice.Topic)).Select(n => (n.Leaf, n.Notice!)).ToList();
            await store.EnqueueAsync(subscription.Id, from, from + passed.Count, notices, time.GetUtcNow(), ct);
            if (passed.Count < Batch) return;
        }
    }

    // In order while all goes well. After a failure the subscriber is left alone for a while, and later ones go first if it was this one's fault.
    // A turn is short: there are more subscribers than lanes, and some are slow.
    private async Task DeliverAsync(WebhookSubscription subscription, byte[] secret, CancellationToken ct)
    {
        var (end, failures) = (time.GetUtcNow() + options.Timeout, subscription.Failures);
        for (var sent = 0; sent < MostAtOnce && time.GetUtcNow() < end && await store.NextAsync(subscription.Id, time.GetUtcNow(), ct) is { } delivery; sent++)
        {
            var recorded = (await events.ReadSealedAsync(delivery.Leaf, 1, ct))[0];
            var answer = await sender.SendAsync(subscription, delivery.Id, secret, WebhookNotice.Of(recorded)!.Body(recorded), ct);
            var now = time.GetUtcNow();
            if (answer is { Error: "", Status: { } status })
            {
                await store.DeliveredAsync(delivery.Id, status, now, now + Claim, ct);
                failures = 0;
                continue;
            }

            await FailAsync(delivery, answer, failures + 1, now, ct);
            return;
        }
    }

    private Task FailAsync(WebhookDelivery delivery, WebhookAnswer answer, int failures, DateTimeOffset now, CancellationToken ct)
    {
        var attempts = delivery.Attempts + 1;
        // Whoever asks for more than the longest delay has that.
        var asked = answer.RetryAfter is { } after ? Shorter(after, options.LongestDelay) : TimeSpan.Zero;
        DateTimeOffset? again = attempts < options.MostAttempts ? now + Longer(options.DelayAfter(attempts), asked) : null;
        var gone = answer.Status == StatusCodes.Status410Gone ? "it answered 410: nobody is there any more" : "";
        return store.FailedAsync(delivery.Id, answer, again, now, now + Longer(options.PauseAfter(failures), asked), gone, now - options.DisableAfter, ct);
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
