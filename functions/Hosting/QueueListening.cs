using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Hosting;

/// <summary>Keeps the listener's connection open for as long as the program runs.</summary>
public sealed class QueueListening(QueueListener listener) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => listener.RunAsync(stoppingToken);
}
