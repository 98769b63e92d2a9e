using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Postgres;

public sealed class InboxTests(PostgresFixture postgres) : LedgerTests(postgres)
{
    private static InboxEntry Message(string id, string content, long version = 1) => new()
    {
        Source = "shop",
        MessageId = id,
        ContentDigest = content,
        StreamId = $"trajectory-{id}",
        StreamVersion = version,
        Result = """{"state": "recorded"}""",
        HandledAt = Context().RecordedAt,
    };

    [Fact]
    public async Task A_message_that_comes_again_has_no_second_effect_and_its_first_answer_is_found()
    {
        var transaction = Writing(To("trajectory-1", 0)) with { Inbox = Message("1", "x") };
        (await Store.AppendAsync(transaction)).ShouldBeOfType<AppendOutcome.Appended>();

        var again = (await Store.AppendAsync(transaction)).ShouldBeOfType<AppendOutcome.AlreadyHandled>();

        again.Existing.ShouldBe(Message("1", "x"));
        again.Existing.Matches("x").ShouldBeTrue();
        (await Store.SizeAsync()).Events.ShouldBe(1);
    }

    [Fact]
    public async Task The_same_identity_with_other_content_is_told_apart_and_writes_nothing()
    {
        await Store.AppendAsync(Writing(To("trajectory-1", 0)) with { Inbox = Message("1", "x") });

        var other = await Store.AppendAsync(Writing(To("trajectory-other", 0)) with { Inbox = Message("1", "y") });

        other.ShouldBeOfType<AppendOutcome.AlreadyHandled>().Existing.Matches("y").ShouldBeFalse();
        (await Store.ReadStreamAsync(Tenant, "trajectory-other")).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_same_identity_from_another_source_or_tenant_is_another_message()
    {
        await Store.AppendAsync(Writing(To("trajectory-1", 0)) with { Inbox = Message("1", "x") });

        (await Store.AppendAsync(Writing(To("trajectory-2", 0)) with { Inbox = Message("1", "x") with { Source = "airline" } }))
            .ShouldBeOfType<AppendOutcome.Appended>();
        (await Store.AppendAsync(Writing(To("trajectory-1", 0)) with { Context = Context("acme"), Inbox = Message("1", "x") }))
            .ShouldBeOfType<AppendOutcome.Appended>();
    }

    [Fact]
    public async Task Of_one_message_delivered_eight_times_at_once_one_has_its_effect()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
            Store.AppendAsync(Writing(To("trajectory-1", 0)) with { Inbox = Message("1", "x") }))));

        outcomes.OfType<AppendOutcome.Appended>().Count().ShouldBe(1);
        outcomes.OfType<AppendOutcome.AlreadyHandled>().Count(o => o.Existing.Matches("x")).ShouldBe(7);
    }

    [Fact]
    public async Task Many_messages_are_looked_up_at_once()
    {
        foreach (var id in new[] { "1", "2" })
            await Store.AppendAsync(Writing(To($"trajectory-{id}", 0)) with { Inbox = Message(id, "x") });

        var found = await Store.FindInboxAsync(Tenant, [new("shop", "1"), new("shop", "2"), new("shop", "3"), new("airline", "1")]);

        found.Keys.ShouldBe([new("shop", "1"), new("shop", "2")], ignoreOrder: true);
        (await Store.FindInboxAsync(Tenant, new InboxKey("shop", "3"))).ShouldBeNull();
    }
}
