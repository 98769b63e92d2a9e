using System.Diagnostics.Metrics;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Telemetry;

/// <summary>What waits, as gauges: they show the last reading, and nothing once that is old.</summary>
public sealed class BacklogGauges : IDisposable
{
    private static readonly TimeSpan s_old = TimeSpan.FromMinutes(1);

    private readonly Meter _meter = new(Meters.MeterName);
    private readonly TimeProvider _time;
    private volatile Reading? _last;

    public BacklogGauges(TimeProvider time)
    {
        _time = time;
        Gauge("pipeline.queue.messages", "{message}", "Messages that wait, those in flight included.", b => Each(b.Queues, "messaging.destination.name", q => q.Count));
        Gauge("pipeline.queue.oldest_message.age", "s", "How long the oldest message waits.", b => Each(b.Queues, "messaging.destination.name", q => q.AgeSeconds));
        Gauge("pipeline.dead_letters", "{message}", "Dead letters that wait for somebody.", b => Each(b.DeadLetters, "messaging.destination.name", q => q.Count));
        Gauge("pipeline.seal.unsealed_events", "{event}", "Committed events without a leaf.", b => [new(b.Unsealed.Count)]);
        Gauge("pipeline.seal.oldest_event.age", "s", "How long the oldest of them waits.", b => [new(b.Unsealed.AgeSeconds)]);
        Gauge("pipeline.read_model.lag", "{leaf}", "Leaves that the read models have not taken in.", b => [new(b.ReadModelLag)]);
        Gauge("pipeline.index.lag", "{leaf}", "Leaves that the search index has not looked at.", b => b.IndexLag is { } lag ? [new(lag)] : []);
        Gauge("pipeline.validation.jobs", "{job}", "Validation jobs that are open.", b => Each(b.Jobs, "pipeline.validation.state", j => j.Count));
        Gauge("pipeline.validation.oldest_job.age", "s", "How long the oldest of them is open.", b => Each(b.Jobs, "pipeline.validation.state", j => j.AgeSeconds));
        _meter.CreateObservableGauge("pipeline.log.stopped", () => Fresh is { } last ? [new Measurement<int>(last.IsStopped ? 1 : 0)] : Array.Empty<Measurement<int>>(), "1", "1 while nothing is sealed or signed any more.");
    }

    public void Show(Backlog backlog, bool isStopped) => _last = new(backlog, isStopped, _time.GetTimestamp());

    public void Dispose() => _meter.Dispose();

    private Reading? Fresh => _last is { } last && _time.GetElapsedTime(last.At) < s_old ? last : null;

    private void Gauge(string name, string unit, string description, Func<Backlog, IEnumerable<Measurement<double>>> read) =>
        _meter.CreateObservableGauge(name, () => Fresh is { } last ? read(last.Backlog) : [], unit, description);

    private static IEnumerable<Measurement<double>> Each(IReadOnlyDictionary<string, Waiting> all, string attribute, Func<Waiting, double> value) =>
        all.Select(one => new Measurement<double>(value(one.Value), new KeyValuePair<string, object?>(attribute, one.Key)));

    private sealed record Reading(Backlog Backlog, bool IsStopped, long At);
}

/// <summary>Reads what waits every 15 seconds, in one query, while metrics go anywhere.</summary>
internal sealed class BacklogReading(Backlogs backlogs, BacklogGauges gauges, Sealer sealer, ILogger<BacklogReading> logger) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                gauges.Show(await backlogs.ReadAsync(stoppingToken), sealer.Guard.Stopped is not null);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("What waits cannot be read: {Problem}", e.GetType().Name);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await Task.Delay(s_every, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
