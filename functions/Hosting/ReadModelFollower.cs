using Npgsql;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.Hosting;

/// <summary>Keeps the read models up with the sealed order, woken by writers in this process and looking by itself for those elsewhere.</summary>
public sealed class ReadModelFollower(ProjectionRunner projections, SealedSignal sealedSignal, ILogger<ReadModelFollower> logger) : BackgroundService
{
    private static readonly TimeSpan LookAtLeast = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await projections.CatchUpAsync(stoppingToken);
                await sealedSignal.WaitAsync(LookAtLeast, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                logger.LogWarning("The read models wait for the database: {Problem}", e.GetType().Name);
                await Task.Delay(LookAtLeast, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
