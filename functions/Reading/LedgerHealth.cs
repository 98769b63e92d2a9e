using Pipeline.Domain.Ledger;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Queue;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.Reading;

/// <summary>Whether everything keeps up, as it is now: queues, sealing, signing, read models, and what could not be handled.</summary>
public sealed class LedgerHealth(
    EventStore store, PostgresQueue queue, ProjectionRunner projections, LogIdentity identity, CheckpointStore checkpoints, Sealer sealer, DeadLetters letters, TimeProvider time)
{
    public const int MostLetters = 100;

    public async Task<HealthView> ReadAsync(CancellationToken ct)
    {
        // What is to be done before sizes, and those before the read models: what is done in between is in the sizes then.
        var depths = await queue.DepthsAsync(ct);
        var size = await store.SizeAsync(ct);
        var positions = await projections.PositionsAsync(ct);
        var dead = await letters.ListAsync(EventContext.DefaultTenant, limit: MostLetters, cancellationToken: ct);
        var latest = await checkpoints.LatestAsync(await identity.OriginAsync(ct), ct);
        var now = time.GetUtcNow();
        return new(
            now, size.Events, size.Sealed, positions.Values.DefaultIfEmpty(0).Min(),
            latest is null ? null : new(latest.Checkpoint.Size, latest.SignedAt, latest.KeyId),
            sealer.Guard.Stopped is { } stop ? $"{stop.Reason}. {LogStop.WhatToDo}" : "",
            [.. depths.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => new QueueView(d.Key, d.Value.Waiting, d.Value.InFlight, d.Value.Dead, d.Value.OldestAt is { } at ? Older(now - at) : null))],
            [.. dead.Select(d => new DeadLetterView(d.Id, d.Queue, d.MessageId, d.Source, d.Reason, d.Detail, d.DeliveryCount, d.DeadAt))]);
    }

    // The database's clock may be a little ahead.
    private static TimeSpan Older(TimeSpan age) => age < TimeSpan.Zero ? TimeSpan.Zero : age;
}

/// <param name="Projected">The leaf that every read model has read up to.</param>
/// <param name="Signed">Null while nothing is.</param>
/// <param name="Stopped">Why nothing is sealed any more, and what to do; empty where all is well.</param>
/// <param name="DeadLetters">The first <see cref="LedgerHealth.MostLetters"/> that wait for somebody.</param>
public sealed record HealthView(
    DateTimeOffset At, long Events, long Sealed, long Projected, SignedView? Signed, string Stopped, IReadOnlyList<QueueView> Queues, IReadOnlyList<DeadLetterView> DeadLetters)
{
    public long Dead => Queues.Sum(q => q.Dead);
}

/// <param name="Size">How many leaves the last checkpoint covers.</param>
public sealed record SignedView(long Size, DateTimeOffset At, string KeyId);

/// <param name="Waiting">With those in flight.</param>
/// <param name="Oldest">How long the first of them has waited; null where none does.</param>
public sealed record QueueView(string Name, long Waiting, long InFlight, long Dead, TimeSpan? Oldest);

/// <param name="Reason">Stable, for programs; <paramref name="Detail"/> is for people.</param>
public sealed record DeadLetterView(long Id, string Queue, string MessageId, string Source, string Reason, string Detail, int Deliveries, DateTimeOffset At);
