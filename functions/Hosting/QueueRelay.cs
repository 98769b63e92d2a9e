using Npgsql;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Hosting;

/// <summary>Under the Functions host the queues are Service Bus, and those in PostgreSQL are where messages begin that no output binding carries: those that a
/// command or a follower sends, and dead letters that are put back. This takes them over, each at least once; what cannot be sent now stays where it is.</summary>
public sealed class QueueRelay(NpgsqlDataSource database, QueueListener listener, ServiceBusSender bus, ILogger<QueueRelay> logger) : BackgroundService
{
    private static readonly TimeSpan LockFor = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookAtLeast = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private const int AtOnce = 16;

    // However long Service Bus is away, nothing becomes a dead letter for it.
    private readonly PostgresQueue _queue = new(database, new QueueOptions(int.MaxValue));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(QueueNames.All.Select(name => Task.Run(() => RelayAsync(name, stoppingToken), CancellationToken.None)));

    private async Task RelayAsync(string name, CancellationToken ct)
    {
        using var news = listener.Subscribe(name);
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var messages = await _queue.ReceiveAsync(name, AtOnce, LockFor, ct);
                await Task.WhenAll(messages.Select(message => RelayAsync(message, ct)));
                if (messages.Count == 0) await news.WaitAsync(LookAtLeast, ct);
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogWarning("Messages for {Queue} wait: {Problem}", name, e.GetType().Name);
                await Task.Delay(LookAtLeast, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RelayAsync(ReceivedMessage received, CancellationToken ct)
    {
        try
        {
            await bus.SendAsync(received.Message, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            logger.LogWarning("A message for {Queue} was not taken by Service Bus: {Problem} {Status}", received.Message.Queue, e.GetType().Name, (e as Azure.RequestFailedException)?.Status);
            await _queue.AbandonAsync(received.Lock, Pause(received.DeliveryCount), ct);
            return;
        }
        // Also while the program stops: it is sent.
        await _queue.CompleteAsync(received.Lock, [], CancellationToken.None);
    }

    private static TimeSpan Pause(int deliveries)
    {
        var pause = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(deliveries - 1, 6)));
        return pause < LongestPause ? pause : LongestPause;
    }
}
