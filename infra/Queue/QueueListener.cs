using System.Collections.Concurrent;
using System.Data;
using System.Threading.Channels;
using Npgsql;

namespace Pipeline.Infra.Queue;

/// <summary>Hears on a connection of its own that a queue has something new, and wakes who waits for it.</summary>
/// <remarks>A hint, not a promise: scheduled messages and expired locks send no signal, so a receiver also looks now and then.</remarks>
public sealed class QueueListener(NpgsqlDataSource dataSource, TimeProvider time)
{
    private static readonly TimeSpan SilenceBeforeProbe = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<QueueWaiter, string> _waiters = [];

    /// <summary>Whether the connection stands now; without it receivers only poll.</summary>
    public bool IsListening { get; private set; }

    /// <summary>Listens until cancelled; a broken connection is made again, after pauses that grow to ten seconds.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = TimeSpan.Zero;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
                pause = TimeSpan.Zero;
                try
                {
                    await ListenAsync(connection, cancellationToken);
                }
                finally
                {
                    // The pool takes connections back as they are: this one would go on hearing.
                    if (connection.State == ConnectionState.Open) await ExecuteAsync(connection, "unlisten *", CancellationToken.None);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                pause = pause == TimeSpan.Zero ? TimeSpan.FromMilliseconds(100) : pause * 2;
                if (pause > LongestPause) pause = LongestPause;
            }
            finally
            {
                IsListening = false;
            }
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Begins to hear of a queue. What comes after this call is not missed, however late the first wait.</summary>
    public QueueWaiter Subscribe(string queue)
    {
        var waiter = new QueueWaiter(time, w => _waiters.TryRemove(w, out _));
        _waiters[waiter] = queue;
        return waiter;
    }

    private async Task ListenAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        connection.Notification += (_, notification) => Wake(notification.Payload);
        await ExecuteAsync(connection, $"listen {PostgresQueue.Channel}", cancellationToken);
        IsListening = true;

        // Whatever came while nobody listened sent its signal to nobody.
        Wake(queue: null);
        while (true)
        {
            if (await connection.WaitAsync(SilenceBeforeProbe, cancellationToken)) continue;
            await ExecuteAsync(connection, "select 1", cancellationToken);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private void Wake(string? queue)
    {
        foreach (var (waiter, of) in _waiters)
        {
            if (queue is null || of == queue) waiter.Wake();
        }
    }
}

/// <summary>One receiver's ear at one queue.</summary>
public sealed class QueueWaiter : IDisposable
{
    private readonly Channel<bool> _woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TimeProvider _time;
    private readonly Action<QueueWaiter> _unsubscribe;

    internal QueueWaiter(TimeProvider time, Action<QueueWaiter> unsubscribe) => (_time, _unsubscribe) = (time, unsubscribe);

    /// <summary>Returns true once there was a signal since the last wait (at once if there was one meanwhile), false after <paramref name="atMost"/>.</summary>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(atMost, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await _woken.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Dispose() => _unsubscribe(this);

    internal void Wake() => _woken.Writer.TryWrite(true);
}
