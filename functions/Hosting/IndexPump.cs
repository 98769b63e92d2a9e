using Pipeline.Functions.UpdateIndex;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Hosting;

/// <summary>Looks whether the search index is behind, and sends a message that says so. (The functions SealLedger and SweepLifecycle do so too, for whatever
/// was missed.)</summary>
public sealed class IndexPump(IndexFanOut fanOut, PostgresQueue queue, ILogger<IndexPump> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await fanOut.MessagesAsync(stoppingToken) is { Count: > 0 } messages && !await IsOnItsWayAsync(stoppingToken))
                    await queue.EnqueueAsync([.. QueuedOutputs.Of(messages)], stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it is, everything else goes on, and this looks again.
                logger.LogWarning("Updates of the search index wait: {Problem}", e.GetType().Name);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await Task.Delay(LookEvery, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // While a message waits, or comes again since the index cannot be reached, another would say nothing new.
    private async Task<bool> IsOnItsWayAsync(CancellationToken ct) =>
        (await queue.DepthsAsync(ct)).TryGetValue(QueueNames.IndexUpdates, out var depth) && depth.Waiting > 0;
}
