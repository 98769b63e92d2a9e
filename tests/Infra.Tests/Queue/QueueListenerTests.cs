using System.Diagnostics;
using Npgsql;
using Pipeline.Infra.Queue;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Queue;

public sealed class QueueListenerTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    private readonly CancellationTokenSource _stop = new();
    private TestLedger _ledger = null!;
    private PostgresQueue _queue = null!;
    private QueueListener _listener = null!;
    private Task _running = null!;

    public async ValueTask InitializeAsync()
    {
        _ledger = await TestLedger.CreateAsync(postgres);
        _queue = new(_ledger.DataSource);
        _listener = new(_ledger.DataSource, TimeProvider.System);
        _running = _listener.RunAsync(_stop.Token);
        await UntilAsync(() => _listener.IsListening);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        await _ledger.DisposeAsync();
    }

    [Fact]
    public async Task A_waiting_receiver_is_woken_by_its_own_queue_only()
    {
        using var waiter = _listener.Subscribe("work");

        await _queue.EnqueueAsync([Message("other")]);
        (await waiter.WaitAsync(Short, default)).ShouldBeFalse();

        await _queue.EnqueueAsync([Message("work")]);
        (await waiter.WaitAsync(Long, default)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_signal_that_came_before_the_wait_is_not_missed()
    {
        using var waiter = _listener.Subscribe("work");
        await _queue.EnqueueAsync([Message("work")]);
        await Task.Delay(Short);

        (await waiter.WaitAsync(TimeSpan.FromMilliseconds(1), default)).ShouldBeTrue();
        (await waiter.WaitAsync(Short, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task Outputs_and_retries_wake_receivers_too()
    {
        using var waiter = _listener.Subscribe("next");
        await _queue.EnqueueAsync([Message("work")]);
        var held = (await _queue.ReceiveAsync("work", 1, TimeSpan.FromMinutes(1)))[0];

        await _queue.CompleteAsync(held.Lock, [Message("next")]);
        (await waiter.WaitAsync(Long, default)).ShouldBeTrue();

        await _queue.DeadLetterAsync((await _queue.ReceiveAsync("next", 1, TimeSpan.FromMinutes(1)))[0].Lock, "r", "d");
        var dead = new DeadLetters(_ledger.DataSource);
        await dead.RetryAsync("*DEFAULT*", (await dead.ListAsync("*DEFAULT*"))[0].Id);
        (await waiter.WaitAsync(Long, default)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_broken_connection_is_made_again_and_everybody_looks()
    {
        using var waiter = _listener.Subscribe("work");
        await using (var kill = _ledger.DataSource.CreateCommand(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query ilike 'listen %'"))
            await kill.ExecuteNonQueryAsync();

        (await waiter.WaitAsync(Long, default)).ShouldBeTrue();
        await UntilAsync(() => _listener.IsListening);
        while (await waiter.WaitAsync(Short, default)) { }

        await _queue.EnqueueAsync([Message("work")]);
        (await waiter.WaitAsync(Long, default)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_listener_that_stopped_leaves_nobody_listening_in_the_pool()
    {
        await _stop.CancelAsync();
        await _running;

        var connections = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _ledger.DataSource.OpenConnectionAsync().AsTask()));
        foreach (var connection in connections)
        {
            await using var command = new NpgsqlCommand("select count(*) from pg_listening_channels()", connection);
            (await command.ExecuteScalarAsync()).ShouldBe(0L);
        }
        foreach (var connection in connections) await connection.DisposeAsync();
    }

    private static QueueMessage Message(string queue) => new() { Queue = queue, MessageId = "m", Body = "b"u8.ToArray() };

    private static async Task UntilAsync(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition() && clock.Elapsed < Long) await Task.Delay(10);
        condition().ShouldBeTrue();
    }
}
