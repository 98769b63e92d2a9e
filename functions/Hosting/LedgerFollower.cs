using System.Diagnostics;
using Pipeline.Functions.Telemetry;
using Pipeline.Infra.Blobs;
using Pipeline.Infra.Keys;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.Hosting;

/// <summary>Seals what was committed, lets the read models follow and signs checkpoints: woken by commits in this process, and looking by itself for those elsewhere.</summary>
public sealed class LedgerFollower(Sealer sealer, ProjectionRunner projections, CheckpointSigner checkpoints, CommitSignal commits, ILogger<LedgerFollower> logger) : BackgroundService
{
    private static readonly TimeSpan LookAtLeast = TimeSpan.FromSeconds(1);

    private string _told = "";

    /// <summary>Set whenever something may have been sealed; for one who goes on from there.</summary>
    public CommitSignal Sealed { get; } = new();

    /// <summary>Returns when all that was committed before the call is sealed and in the read models. While the log is stopped, nothing is sealed.</summary>
    public async Task SettleAsync(CancellationToken ct)
    {
        await SealAsync(ct);
        await projections.CatchUpAsync(ct);
    }

    /// <summary>Signs a checkpoint of all that is sealed, unless that is done already.</summary>
    /// <param name="atOnce">Even if the last one is quite new.</param>
    public async Task<SigningOutcome> SignAsync(bool atOnce, CancellationToken ct)
    {
        var outcome = await checkpoints.SignAsync(atOnce, ct);
        switch (outcome)
        {
            case SigningOutcome.Stopped stopped:
                Tell(LogLevel.Error, $"{stopped.Stop.Reason}. {LogStop.WhatToDo}");
                break;
            case SigningOutcome.KeyAway away:
                Tell(LogLevel.Warning, $"the log goes on unsigned: its key {away.Key.IdText} is not kept here. Put its file back, or introduce another key with `audit key rotate --lost`");
                break;
            case SigningOutcome.Signed:
                _told = "";
                break;
        }
        return outcome;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await SignAsync(atOnce: true, cancellationToken);
        }
        catch (Exception e)
        {
            // The next program that runs on this ledger signs what is left.
            logger.LogWarning("The last checkpoint is not signed: {Problem}", e.GetType().Name);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var result = await SealAsync(stoppingToken);
                await projections.CatchUpAsync(stoppingToken);
                Sealed.Set();
                if (result.From + result.Count != checkpoints.Covered) await SignAsync(atOnce: false, stoppingToken);
                await commits.WaitAsync(LookAtLeast, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, everything else goes on; what it says may quote what was stored, so only its kind is told. Storage and vault quote nothing.
                logger.LogWarning("Sealing and read models wait: {Problem}", e is BlobStorageException or KeyVaultException ? e.Message : e.GetType().Name);
                await Task.Delay(LookAtLeast, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<SealResult> SealAsync(CancellationToken ct)
    {
        var started = DateTimeOffset.UtcNow;
        var result = await sealer.SealAllAsync(ct);
        // One that found nothing to seal is nothing to tell of.
        if (result.Count > 0)
        {
            using var span = Traces.Source.StartActivity("seal", ActivityKind.Internal, Activity.Current?.Context ?? default, startTime: started);
            span?.SetTag("pipeline.seal.leaves", result.Count);
        }
        if (result.Stop is { } stop) Tell(LogLevel.Error, $"{stop.Reason}. {LogStop.WhatToDo}");
        return result;
    }

    // Once, and not with every look.
    private void Tell(LogLevel level, string what)
    {
        if (Interlocked.Exchange(ref _told, what) != what) logger.Log(level, "The log: {Problem}", what);
    }
}
