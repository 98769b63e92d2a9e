using Npgsql;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Postgres;

public sealed class BrokenConnectionTests(PostgresFixture postgres) : LedgerTests(postgres)
{
    private static InboxEntry Message { get; } = new()
    {
        Source = "shop",
        MessageId = "1",
        ContentDigest = "x",
        StreamId = "trajectory-1",
        StreamVersion = 1,
        Result = """{"state": "recorded"}""",
    };

    /// <summary>Appends over a connection that is cut after the server committed and before it could say so.</summary>
    private async Task<AppendOutcome> AppendAndLoseTheAnswerAsync(LedgerTransaction transaction)
    {
        var direct = new NpgsqlConnectionStringBuilder(ConnectionString);
        await using var proxy = new CuttingProxy(direct.Host!, direct.Port);
        // Without the reset the first answer on a pooled connection is the append's own.
        await using var db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString)
        {
            Host = "127.0.0.1",
            Port = proxy.Port,
            NoResetOnClose = true,
        });
        var store = new EventStore(db);
        // And with every statement prepared before, it is the answer to its execution.
        await store.AppendAsync(Writing(To("trajectory-before", 0)));
        await store.AppendAsync(Writing(To("trajectory-before", 1)));
        await store.AppendAsync(Writing(To("trajectory-before", 2, 2)));

        proxy.SwallowNextAnswer();
        var outcome = await store.AppendAsync(transaction);

        proxy.Cuts.ShouldBe(1);
        return outcome;
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    public async Task An_append_whose_answer_was_lost_is_answered_as_if_it_had_not_been(int before, int events)
    {
        if (before > 0) await AppendAsync(To("trajectory-1", 0, before));

        var outcome = await AppendAndLoseTheAnswerAsync(Writing(To("trajectory-1", before, events)));

        outcome.ShouldBeOfType<AppendOutcome.Appended>().Versions["trajectory-1"].ShouldBe(before + events);
        (await Store.ReadStreamAsync(Tenant, "trajectory-1")).Count.ShouldBe(before + events);
    }

    [Fact]
    public async Task A_message_whose_answer_was_lost_has_one_effect_and_its_redelivery_finds_the_inbox_row()
    {
        var transaction = Writing(To("trajectory-1", 0)) with { Inbox = Message };

        (await AppendAndLoseTheAnswerAsync(transaction)).ShouldBeOfType<AppendOutcome.Appended>().Versions["trajectory-1"].ShouldBe(1);

        var redelivered = (await Store.AppendAsync(transaction)).ShouldBeOfType<AppendOutcome.AlreadyHandled>();
        redelivered.Existing.Matches("x").ShouldBeTrue();
        redelivered.Existing.Result.ShouldBe(Message.Result);
        (await Store.ReadStreamAsync(Tenant, "trajectory-1")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_message_without_events_whose_answer_was_lost_is_found_in_the_inbox()
    {
        var outcome = await AppendAndLoseTheAnswerAsync(Writing() with { Inbox = Message });

        outcome.ShouldBeOfType<AppendOutcome.AlreadyHandled>().Existing.Matches("x").ShouldBeTrue();
    }

    [Fact]
    public async Task An_append_whose_backend_is_ended_before_it_committed_is_tried_again()
    {
        await AppendAsync(To("trajectory-1", 0));
        await using var connection = await Db.OpenConnectionAsync();
        await using var holding = await connection.BeginTransactionAsync();
        await Local.Sql.ExecuteAsync(connection, "select 1 from ledger.mt_streams for update");

        var append = AppendAsync(To("trajectory-1", 1));
        await ExecuteAsync($"select pg_terminate_backend({await BlockedBackendAsync()})");
        await holding.CommitAsync();

        (await append).ShouldBeOfType<AppendOutcome.Appended>();
        (await Store.ReadStreamAsync(Tenant, "trajectory-1")).Count.ShouldBe(2);
    }
}
