using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Postgres;

public sealed class ConcurrentAppendTests(PostgresFixture postgres) : LedgerTests(postgres)
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    public async Task Of_two_writers_that_expect_the_same_version_exactly_one_wins(long expected, int events)
    {
        for (var round = 0; round < 15; round++)
        {
            var stream = $"trajectory-{round}";
            if (expected > 0) await AppendAsync(To(stream, 0));

            var outcomes = await Task.WhenAll(AppendAsync(To(stream, expected, events)), AppendAsync(To(stream, expected, events)));

            var winner = outcomes.OfType<AppendOutcome.Appended>().ShouldHaveSingleItem();
            outcomes.ShouldContain(new AppendOutcome.VersionConflict(stream, expected));
            (await Store.ReadStreamAsync(Tenant, stream)).Select(e => e.Version)
                .ShouldBe(Enumerable.Range(1, (int)winner.Versions[stream]).Select(v => (long)v));
        }
    }

    [Fact]
    public async Task Eight_writers_on_one_stream_lose_nothing_when_each_reads_again_after_a_conflict()
    {
        const int Each = 25;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var written = 0; written < Each;)
            {
                var at = (await Store.ReadStreamAsync(Tenant, "trajectory-hot")).Count;
                if (await AppendAsync(To("trajectory-hot", at)) is AppendOutcome.Appended) written++;
            }
        })));

        var events = await Store.ReadStreamAsync(Tenant, "trajectory-hot");
        events.Select(e => e.Version).ShouldBe(Enumerable.Range(1, 8 * Each).Select(v => (long)v));
        events.Select(e => e.SequenceNumber).ShouldBe(events.Select(e => e.SequenceNumber).Order());
    }

    [Fact]
    public async Task A_later_version_never_has_a_lower_number_even_if_its_append_began_earlier()
    {
        await AppendAsync(To("trajectory-a", 0), To("trajectory-b", 0));
        await using var connection = await Db.OpenConnectionAsync();
        await using var holding = await connection.BeginTransactionAsync();
        await Local.Sql.ExecuteAsync(connection, "select 1 from ledger.mt_streams where id = 'trajectory-a' for update");

        var third = AppendAsync(To("trajectory-a", 1), To("trajectory-b", 2));
        await BlockedBackendAsync();
        await AppendAsync(To("trajectory-b", 1));
        await holding.CommitAsync();

        (await third).ShouldBeOfType<AppendOutcome.Appended>();
        var events = await Store.ReadStreamAsync(Tenant, "trajectory-b");
        events.Select(e => e.Version).ShouldBe([1L, 2, 3]);
        events.Select(e => e.SequenceNumber).ShouldBeInOrder();
    }

    [Fact]
    public async Task Streams_are_locked_in_one_order_however_they_are_given()
    {
        await AppendAsync(To("trajectory-a", 0), To("trajectory-b", 0));
        await using var connection = await Db.OpenConnectionAsync();
        // This side notices a deadlock first, and it does not try again.
        await Local.Sql.ExecuteAsync(connection, "set deadlock_timeout = '20ms'");
        await using var transaction = await connection.BeginTransactionAsync();
        await AppendOnAsync(connection, Writing(To("trajectory-a", 1)));

        var crosswise = AppendAsync(To("trajectory-b", 1), To("trajectory-a", 1));
        await BlockedBackendAsync();
        await AppendOnAsync(connection, Writing(To("trajectory-b", 1)));
        await transaction.CommitAsync();

        (await crosswise).ShouldBe(new AppendOutcome.VersionConflict("trajectory-a", 1));
    }

    [Fact]
    public async Task Two_appends_over_the_same_streams_in_opposite_order_never_surface_a_deadlock()
    {
        for (long version = 0; version < 40; version++)
        {
            StreamAppend[] streams = [To("trajectory-a", version), To("trajectory-b", version), To("trajectory-c", version)];
            var outcomes = await Task.WhenAll(AppendAsync(streams), AppendAsync([.. streams.Reverse()]));

            outcomes.OfType<AppendOutcome.Appended>().Count().ShouldBe(1);
            outcomes.OfType<AppendOutcome.VersionConflict>().Count().ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_deadlock_with_somebody_else_is_tried_again()
    {
        await AppendAsync(To("trajectory-a", 0), To("trajectory-b", 0));
        await using var connection = await Db.OpenConnectionAsync();
        // The append notices first and is the one to give way.
        await Local.Sql.ExecuteAsync(connection, "set deadlock_timeout = '60s'");
        await using var transaction = await connection.BeginTransactionAsync();
        await Local.Sql.ExecuteAsync(connection, "select 1 from ledger.mt_streams where id = 'trajectory-b' for update");

        var append = AppendAsync(To("trajectory-a", 1), To("trajectory-b", 1));
        await BlockedBackendAsync();
        await Local.Sql.ExecuteAsync(connection, "select 1 from ledger.mt_streams where id = 'trajectory-a' for update");
        await transaction.CommitAsync();

        (await append).ShouldBeOfType<AppendOutcome.Appended>();
    }
}
