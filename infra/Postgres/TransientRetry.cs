using Npgsql;
using Polly;
using Polly.Retry;

namespace Pipeline.Infra.Postgres;

/// <summary>The one policy for what passes by itself: a broken connection, a deadlock (40P01), a server that restarts. Up to six
/// attempts within about two seconds. What runs under it must be safe to run again after an attempt whose end is unknown.</summary>
public sealed class TransientRetry(TimeProvider time)
{
    private readonly ResiliencePipeline _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<NpgsqlException>(static e => e.IsTransient),
            MaxRetryAttempts = 5,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(25),
            MaxDelay = TimeSpan.FromSeconds(1),
        })
        .Build();

    public ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> work, CancellationToken ct) =>
        _pipeline.ExecuteAsync(static (run, token) => run(token), work, ct);
}
