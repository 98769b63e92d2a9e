using System.Text.Json.Nodes;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Local;

/// <summary>Takes messages off the queues in PostgreSQL and calls the functions that their triggers name.</summary>
public sealed class QueuePump(LocalHost host, PostgresQueue queue, QueueListener listener, IConfiguration configuration, ILogger<QueuePump> logger) : BackgroundService
{
    // What a killed process held is seen again after this long.
    private static readonly TimeSpan LockFor = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookAtLeast = TimeSpan.FromSeconds(2);
    private const int Prefetch = 16;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        from function in host.Functions
        let binding = function.Trigger
        where binding is { Type: "serviceBusTrigger", QueueName: not null }
        from worker in Enumerable.Range(0, WorkersOf(binding.QueueName!))
        select Task.Run(() => PumpAsync(function, binding, stoppingToken), CancellationToken.None));

    // Runs are projected one after the other, so that the same input in the same order gives the same ledger; families go side by side.
    private int WorkersOf(string name) => configuration.GetValue<int?>($"Local:Workers:{name}") ?? (name == QueueNames.Trajectories ? 1 : 2);

    private async Task PumpAsync(FunctionFile function, Binding trigger, CancellationToken ct)
    {
        using var news = listener.Subscribe(trigger.QueueName!);
        var take = WorkersOf(trigger.QueueName!) == 1 ? Prefetch : 1;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var messages = await queue.ReceiveAsync(trigger.QueueName!, take, LockFor, ct);
                await DeliverAsync(function, trigger, messages, ct);
                if (messages.Count == 0) await news.WaitAsync(LookAtLeast, ct);
            }
            // While the program stops, a call may end in whatever way its server ends.
            catch (Exception) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, the other queues go on; the messages in hand come again, at the latest once their locks have expired.
                logger.LogWarning("{Function} waits: {Problem}", function.Name, e.GetType().Name);
                await Task.Delay(LookAtLeast, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task DeliverAsync(FunctionFile function, Binding trigger, IReadOnlyList<ReceivedMessage> messages, CancellationToken ct)
    {
        var done = 0;
        try
        {
            for (; done < messages.Count; done++) await DeliverAsync(function, trigger, messages[done], ct);
        }
        finally
        {
            // Whoever stops gives back what it held, so that the next one need not wait for the locks to expire.
            foreach (var message in messages.Skip(done)) await queue.AbandonAsync(message.Lock, TimeSpan.Zero, CancellationToken.None);
        }
    }

    private async Task DeliverAsync(FunctionFile function, Binding trigger, ReceivedMessage received, CancellationToken ct)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var held = new HeldLock(received.Lock);
        var renewing = RenewAsync(held, done.Token);
        JsonObject? outputs;
        try
        {
            outputs = await host.InvokeAsync(function, DataOf(trigger, received), MetadataOf(received), ct);
        }
        finally
        {
            // However the call ended: a lock that went on being renewed would keep the message from ever coming again.
            await done.CancelAsync();
            await renewing;
        }
        if (outputs is null) await queue.AbandonAsync(held.Lock, Pause(received.DeliveryCount), ct);
        else await queue.CompleteAsync(held.Lock, [.. QueuedOutputs.Of(function, outputs)], ct);
    }

    private async Task RenewAsync(HeldLock held, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await Task.Delay(RenewEvery, ct);
                if (await queue.RenewAsync(held.Lock, LockFor, ct) is not { } renewed) return;
                held.Lock = renewed;
            }
        }
        catch (OperationCanceledException)
        {
            // The call has ended.
        }
    }

    private static TimeSpan Pause(int deliveries) => TimeSpan.FromMilliseconds(200 * Math.Pow(2, Math.Min(deliveries - 1, 8)));

    // dataType binary: the body as base64, in a string, as the host sends it.
    private static JsonObject DataOf(Binding trigger, ReceivedMessage received) =>
        new() { [trigger.Name] = Convert.ToBase64String(received.Message.Body.Span) };

    private static JsonObject MetadataOf(ReceivedMessage received) => new()
    {
        ["MessageId"] = received.Message.MessageId,
        ["DeliveryCount"] = received.DeliveryCount.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["CorrelationId"] = received.Message.CorrelationId,
        ["SequenceNumber"] = received.SequenceNumber.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["EnqueuedTimeUtc"] = received.EnqueuedAt.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
        ["ContentType"] = received.Message.ContentType,
    };

    private sealed class HeldLock(QueueLock first)
    {
        public QueueLock Lock { get; set; } = first;
    }
}
