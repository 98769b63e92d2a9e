using System.Text;
using Pipeline.Infra.Queue;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Queue;

public sealed class DeadLetterTests(PostgresFixture postgres) : IAsyncLifetime
{
    private TestLedger _ledger = null!;
    private PostgresQueue _queue = null!;
    private DeadLetters _dead = null!;

    public async ValueTask InitializeAsync()
    {
        _ledger = await TestLedger.CreateAsync(postgres);
        _queue = new(_ledger.DataSource);
        _dead = new(_ledger.DataSource);
    }

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    [Fact]
    public async Task A_retried_dead_letter_is_on_its_queue_again_with_all_it_had()
    {
        var sent = new QueueMessage { Queue = "work", MessageId = "a", Body = "body"u8.ToArray(), Subject = "s", CorrelationId = "c" };
        await _queue.EnqueueAsync([sent]);
        await _queue.DeadLetterAsync((await _queue.ReceiveAsync("work", 1, TimeSpan.FromMinutes(1)))[0].Lock, "bad", "it was bad");
        var letter = (await _dead.ListAsync("*DEFAULT*")).ShouldHaveSingleItem();

        (await _dead.RetryAsync("*DEFAULT*", letter.Id)).ShouldBe(DeadLetterOutcome.Done);
        (await _dead.RetryAsync("*DEFAULT*", letter.Id)).ShouldBe(DeadLetterOutcome.AlreadyRetried);

        var again = (await _queue.ReceiveAsync("work", 5, TimeSpan.FromMinutes(1))).ShouldHaveSingleItem();
        again.DeliveryCount.ShouldBe(1);
        again.Message.Body.ToArray().ShouldBe(sent.Body.ToArray());
        (again.Message with { Body = sent.Body, Properties = sent.Properties }).ShouldBe(sent);
        (await _dead.ListAsync("*DEFAULT*")).ShouldBeEmpty();
        (await _dead.ListAsync("*DEFAULT*", state: DeadLetterState.Retried)).ShouldHaveSingleItem().Reason.ShouldBe("bad");
    }

    [Fact]
    public async Task A_discarded_dead_letter_keeps_its_reason_and_not_its_body()
    {
        await _dead.RecordAsync(Poison("a"));
        var id = (await _dead.ListAsync("acme"))[0].Id;
        (await _dead.GetAsync("acme", id)).ShouldNotBeNull().Body.ToArray().ShouldBe(Poison("a").Body.ToArray());

        (await _dead.DiscardAsync("acme", id)).ShouldBe(DeadLetterOutcome.Done);

        (await _dead.RetryAsync("acme", id)).ShouldBe(DeadLetterOutcome.AlreadyDiscarded);
        (await _dead.GetAsync("acme", id)).ShouldNotBeNull().Body.Length.ShouldBe(0);
        (await _queue.ReceiveAsync("trajectories", 1, TimeSpan.FromMinutes(1))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Poison_that_is_found_again_after_a_crash_is_kept_once()
    {
        await _dead.RecordAsync(Poison("a"));
        await _dead.RecordAsync(Poison("a"));
        await _dead.RecordAsync(Poison("a") with { Body = "other content"u8.ToArray() });

        (await _dead.ListAsync("acme")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Nobody_touches_the_dead_letters_of_another_tenant()
    {
        await _dead.RecordAsync(Poison("a"));
        var id = (await _dead.ListAsync("acme"))[0].Id;

        (await _dead.ListAsync("other")).ShouldBeEmpty();
        (await _dead.GetAsync("other", id)).ShouldBeNull();
        (await _dead.RetryAsync("other", id)).ShouldBe(DeadLetterOutcome.NotFound);
        (await _dead.DiscardAsync("other", id)).ShouldBe(DeadLetterOutcome.NotFound);
        (await _dead.ListAsync("acme")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Text_that_no_database_takes_still_becomes_a_dead_letter()
    {
        var poison = Poison("nul\0 and \ud800 alone") with { Detail = "\0\udfff", Source = "\0" };
        poison = poison with { Properties = poison.Properties.Add("k", "\0\ud800") };

        await _dead.RecordAsync(poison);

        (await _dead.ListAsync("acme")).ShouldHaveSingleItem().MessageId.ShouldBe("nul\ufffd and \ufffd alone");
    }

    [Fact]
    public async Task Dead_letters_are_listed_page_by_page()
    {
        for (var i = 0; i < 5; i++) await _dead.RecordAsync(Poison($"{i}") with { Queue = i % 2 == 0 ? "trajectories" : "curation" });

        var first = await _dead.ListAsync("acme", limit: 3);
        var rest = await _dead.ListAsync("acme", after: first[^1].Id, limit: 3);

        first.Concat(rest).Select(d => d.MessageId).ShouldBe(["0", "1", "2", "3", "4"]);
        (await _dead.ListAsync("acme", queue: "curation")).Select(d => d.MessageId).ShouldBe(["1", "3"]);
    }

    private static PoisonMessage Poison(string id) => new()
    {
        Tenant = "acme",
        Queue = "trajectories",
        MessageId = id,
        Reason = "malformed-json",
        Detail = "the body is no JSON: unexpected end at byte 3",
        Body = Encoding.UTF8.GetBytes("{\"a"),
        Source = "laptop",
    };
}
