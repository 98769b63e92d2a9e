using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.Hosting;

/// <summary>Seals what was committed and lets the read models follow: woken by commits in this process, and looking by itself for those elsewhere.</summary>
public sealed class LedgerFollower(Sealer sealer, ProjectionRunner projections, CommitSignal commits, ILogger<LedgerFollower> logger) : BackgroundService
{
    private static readonly TimeSpan LookAtLeast = TimeSpan.FromSeconds(1);

    /// <summary>Set whenever something may have been sealed; for one who goes on from there.</summary>
    public CommitSignal Sealed { get; } = new();

    /// <summary>Returns when all that was committed before the call is sealed and in the read models.</summary>
    public async Task SettleAsync(CancellationToken ct)
    {
        await sealer.SealAllAsync(ct);
        await projections.CatchUpAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await SettleAsync(stoppingToken);
                Sealed.Set();
                await commits.WaitAsync(LookAtLeast, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, everything else goes on; what it says may quote what was stored, so only its kind is told.
                logger.LogWarning("Sealing and read models wait: {Problem}", e.GetType().Name);
                await Task.Delay(LookAtLeast, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
