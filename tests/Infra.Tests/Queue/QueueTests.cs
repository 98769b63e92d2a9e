using System.Collections.Concurrent;
using System.Text;
using Npgsql;
using Pipeline.Infra.Queue;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Queue;

public sealed class QueueTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(1);

    private TestLedger _ledger = null!;
    private PostgresQueue _queue = null!;

    public async ValueTask InitializeAsync()
    {
        _ledger = await TestLedger.CreateAsync(postgres);
        _queue = new(_ledger.DataSource, new(MaxDeliveries: 3));
    }

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    [Fact]
    public async Task A_message_arrives_as_it_was_sent()
    {
        var sent = Message("a") with { Subject = "s", CorrelationId = "c", ContentType = "application/json" };
        sent = sent with { Properties = sent.Properties.Add("traceparent", "00-1-2-01") };
        await _queue.EnqueueAsync([sent]);

        var got = (await _queue.ReceiveAsync("work", 1, Minute)).ShouldHaveSingleItem();

        got.DeliveryCount.ShouldBe(1);
        got.Message.Body.ToArray().ShouldBe(sent.Body.ToArray());
        got.Message.Properties.ShouldBe(sent.Properties);
        (got.Message with { Body = sent.Body, Properties = sent.Properties }).ShouldBe(sent);
    }

    [Fact]
    public async Task Messages_come_in_the_order_in_which_they_were_sent()
    {
        await _queue.EnqueueAsync([.. Enumerable.Range(0, 50).Select(i => Message($"{i}"))]);

        var got = await _queue.ReceiveAsync("work", 50, Minute);

        got.Select(m => m.Message.MessageId).ShouldBe(Enumerable.Range(0, 50).Select(i => $"{i}"));
    }

    [Fact]
    public async Task Eight_receivers_get_each_message_once()
    {
        const int Count = 2000;
        await _queue.EnqueueAsync([.. Enumerable.Range(0, Count).Select(i => Message($"{i}"))]);
        var seen = new ConcurrentBag<string>();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (await _queue.ReceiveAsync("work", 7, Minute) is { Count: > 0 } batch)
            {
                foreach (var message in batch)
                {
                    seen.Add(message.Message.MessageId);
                    (await _queue.CompleteAsync(message.Lock, [])).ShouldBe(Settlement.Done);
                }
            }
        })));

        seen.Count.ShouldBe(Count);
        seen.Distinct().Count().ShouldBe(Count);
        (await _ledger.CountAsync("queue_messages")).ShouldBe(0);
    }

    [Fact]
    public async Task A_receiver_does_not_wait_for_a_message_that_another_is_taking()
    {
        await _queue.EnqueueAsync([Message("a"), Message("b")]);
        await using var other = await _ledger.DataSource.OpenConnectionAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using (var take = new NpgsqlCommand("select 1 from ledger.queue_messages where message_id = 'a' for update", other))
            await take.ExecuteNonQueryAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));

        (await _queue.ReceiveAsync("work", 2, Minute, patience.Token)).ShouldHaveSingleItem().Message.MessageId.ShouldBe("b");
    }

    [Fact]
    public async Task A_receiver_that_dies_leaves_the_message_to_the_next_one_once_its_lock_expires()
    {
        await _queue.EnqueueAsync([Message("a")]);
        var lost = (await _queue.ReceiveAsync("work", 1, Blink)).ShouldHaveSingleItem();
        await Task.Delay(20);

        var again = (await _queue.ReceiveAsync("work", 1, Minute)).ShouldHaveSingleItem();

        again.SequenceNumber.ShouldBe(lost.SequenceNumber);
        again.DeliveryCount.ShouldBe(2);
        (await _queue.ReceiveAsync("work", 1, Minute)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_comes_late_with_a_lock_that_another_took_changes_nothing()
    {
        await _queue.EnqueueAsync([Message("a")]);
        var late = (await _queue.ReceiveAsync("work", 1, Blink))[0];
        await Task.Delay(20);
        var holder = (await _queue.ReceiveAsync("work", 1, Minute))[0];

        (await _queue.CompleteAsync(late.Lock, [Message("output", "next")])).ShouldBe(Settlement.LockLost);
        (await _queue.AbandonAsync(late.Lock, TimeSpan.Zero)).ShouldBe(Settlement.LockLost);
        (await _queue.DeadLetterAsync(late.Lock, "r", "d")).ShouldBe(Settlement.LockLost);
        (await _queue.RenewAsync(late.Lock, Minute)).ShouldBeNull();

        (await _queue.ReceiveAsync("next", 1, Minute)).ShouldBeEmpty();
        (await _ledger.CountAsync("dead_letters")).ShouldBe(0);
        (await _queue.CompleteAsync(holder.Lock, [])).ShouldBe(Settlement.Done);
    }

    [Fact]
    public async Task Completing_a_message_and_sending_its_outputs_is_one_step()
    {
        await _queue.EnqueueAsync([Message("a")]);
        var held = (await _queue.ReceiveAsync("work", 1, Minute))[0];

        // The second output breaks a not-null rule of the table, after the first was fine.
        await Should.ThrowAsync<PostgresException>(() =>
            _queue.CompleteAsync(held.Lock, [Message("1", "next"), Message("2", "next") with { Subject = null! }]));
        (await _ledger.CountAsync("queue_messages")).ShouldBe(1);

        (await _queue.CompleteAsync(held.Lock, [Message("1", "next"), Message("2", "next")])).ShouldBe(Settlement.Done);
        (await _queue.ReceiveAsync("work", 1, Minute)).ShouldBeEmpty();
        (await _queue.ReceiveAsync("next", 5, Minute)).Select(m => m.Message.MessageId).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task An_abandoned_message_waits_for_its_delay()
    {
        await _queue.EnqueueAsync([Message("a")]);
        await _queue.AbandonAsync((await _queue.ReceiveAsync("work", 1, Minute))[0].Lock, Minute);
        (await _queue.ReceiveAsync("work", 1, Minute)).ShouldBeEmpty();

        await _queue.EnqueueAsync([Message("b")]);
        await _queue.AbandonAsync((await _queue.ReceiveAsync("work", 1, Minute))[0].Lock, TimeSpan.Zero);
        (await _queue.ReceiveAsync("work", 1, Minute)).ShouldHaveSingleItem().Message.MessageId.ShouldBe("b");
    }

    [Fact]
    public async Task A_scheduled_message_is_not_seen_before_its_time()
    {
        await _queue.EnqueueAsync([Message("later") with { VisibleAt = DateTimeOffset.UtcNow.AddHours(1) }, Message("now")]);

        (await _queue.ReceiveAsync("work", 5, Minute)).ShouldHaveSingleItem().Message.MessageId.ShouldBe("now");
        (await _queue.DepthsAsync())["work"].ShouldSatisfyAllConditions(d => d.Waiting.ShouldBe(2), d => d.InFlight.ShouldBe(1));
    }

    [Fact]
    public async Task A_renewed_lock_holds_past_its_first_end()
    {
        await _queue.EnqueueAsync([Message("a")]);
        var held = (await _queue.ReceiveAsync("work", 1, TimeSpan.FromSeconds(1)))[0];

        var renewed = (await _queue.RenewAsync(held.Lock, Minute)).ShouldNotBeNull();

        renewed.Until.ShouldBeGreaterThan(held.Lock.Until.AddSeconds(30));
        await Task.Delay(1100);
        (await _queue.ReceiveAsync("work", 1, Minute)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_message_that_is_never_completed_becomes_a_dead_letter_and_holds_up_nobody()
    {
        await _queue.EnqueueAsync([Message("poison")]);
        for (var i = 1; i <= 3; i++)
            await _queue.AbandonAsync((await _queue.ReceiveAsync("work", 1, Minute)).ShouldHaveSingleItem().Lock, TimeSpan.Zero);
        await _queue.EnqueueAsync([Message("fine")]);

        (await _queue.ReceiveAsync("work", 1, Minute)).ShouldHaveSingleItem().Message.MessageId.ShouldBe("fine");

        var dead = (await new DeadLetters(_ledger.DataSource).ListAsync("acme")).ShouldHaveSingleItem();
        dead.ShouldSatisfyAllConditions(
            d => d.MessageId.ShouldBe("poison"),
            d => d.Reason.ShouldBe("max-deliveries"),
            d => d.DeliveryCount.ShouldBe(3),
            d => d.Source.ShouldBe("laptop"));
        (await _queue.DepthsAsync())["work"].Dead.ShouldBe(1);
    }

    [Fact]
    public async Task What_a_rolled_back_transaction_enqueued_was_never_sent()
    {
        await using var connection = await _ledger.DataSource.OpenConnectionAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await PostgresQueue.EnqueueAsync(connection, [Message("a")]);
            await transaction.RollbackAsync();
        }
        (await _queue.ReceiveAsync("work", 1, Minute)).ShouldBeEmpty();

        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await PostgresQueue.EnqueueAsync(connection, [Message("b")]);
            await transaction.CommitAsync();
        }
        (await _queue.ReceiveAsync("work", 1, Minute)).ShouldHaveSingleItem().Message.MessageId.ShouldBe("b");
    }

    [Fact]
    public async Task Queues_without_messages_are_shown_at_zero()
    {
        var depths = await _queue.DepthsAsync();
        depths.Keys.ShouldBe(QueueNames.All, ignoreOrder: true);
        depths.Values.ShouldAllBe(d => d.Waiting == 0 && d.Dead == 0);
    }

    private static QueueMessage Message(string id, string queue = "work")
    {
        var message = new QueueMessage { Queue = queue, MessageId = id, Body = Encoding.UTF8.GetBytes($"body of {id}") };
        return message with
        {
            Properties = message.Properties.Add(QueueMessage.TenantProperty, "acme").Add(QueueMessage.SourceProperty, "laptop"),
        };
    }
}
