using Pipeline.Functions.RunValidation;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Hosting;

/// <summary>Follows the sealed order for versions that need validation, and sends messages for their jobs. (The functions SealLedger and SweepLifecycle do so too,
/// for whatever was missed.)</summary>
public sealed class ValidationPump(ValidationRequests requests, LedgerFollower follower, PostgresQueue queue, ILogger<ValidationPump> logger) : BackgroundService
{
    private const int MostResent = 500;
    private static readonly TimeSpan LookAtLeast = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await requests.FollowAsync(messages => SendAsync(messages, stoppingToken), stoppingToken);
                await SendAsync(await requests.ResendAsync(MostResent, stoppingToken), stoppingToken);
                await follower.Sealed.WaitAsync(LookAtLeast, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, everything else goes on, and this looks again from where it was.
                logger.LogWarning("Requests for validation wait: {Problem}", e.GetType().Name);
                await Task.Delay(LookAtLeast, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private Task SendAsync(IReadOnlyList<OutputMessage> messages, CancellationToken ct) =>
        queue.EnqueueAsync([.. QueuedOutputs.Of(messages)], ct);
}
