using Npgsql;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Postgres;

public sealed class SealerTests(PostgresFixture postgres) : LedgerTests(postgres)
{
    [Fact]
    public async Task Sealed_events_get_dense_leaves_in_the_order_of_their_numbers()
    {
        await AppendAsync(To("trajectory-a", 0, 2), To("trajectory-b", 0, 2));
        await AppendAsync(To("trajectory-a", 0));
        await AppendAsync(To("trajectory-c", 0));

        (await Sealer.SealAsync(3)).ShouldBe(new SealResult(0, 3));
        (await Store.SizeAsync()).ShouldBe(new LedgerSize(5, 3));
        (await Sealer.SealAsync(3)).ShouldBe(new SealResult(3, 2));
        (await Sealer.SealAsync(3)).ShouldBe(new SealResult(5, 0));

        var all = await Store.ReadSealedAsync(0, 100);
        all.Select(e => e.Leaf).ShouldBe([0L, 1, 2, 3, 4]);
        all.Select(e => (e.StreamId, e.Version)).ShouldBe(
            [("trajectory-a", 1), ("trajectory-a", 2), ("trajectory-b", 1), ("trajectory-b", 2), ("trajectory-c", 1)]);
        (await Store.ReadSealedAsync(3, 1)).Single().Leaf.ShouldBe(3);
    }

    [Fact]
    public async Task A_late_commit_is_sealed_after_what_overtook_it()
    {
        await using var connection = await Db.OpenConnectionAsync();
        await using var late = await connection.BeginTransactionAsync();
        await AppendOnAsync(connection, Writing(To("trajectory-late", 0, 2)));
        await AppendAsync(To("trajectory-a", 0));
        await AppendAsync(To("trajectory-b", 0));

        (await Sealer.SealAllAsync()).ShouldBe(new SealResult(0, 2));
        var before = (await Store.ReadSealedAsync(0, 100)).Select(e => (e.Leaf, e.Id)).ToList();
        await late.CommitAsync();
        (await Sealer.SealAllAsync()).ShouldBe(new SealResult(2, 2));

        var after = await Store.ReadSealedAsync(0, 100);
        after.Take(2).Select(e => (e.Leaf, e.Id)).ShouldBe(before);
        after.Select(e => e.StreamId).ShouldBe(["trajectory-a", "trajectory-b", "trajectory-late", "trajectory-late"]);
        after[2].SequenceNumber.ShouldBeLessThan(after[0].SequenceNumber);
    }

    [Fact]
    public async Task A_sealer_that_had_to_wait_sees_what_was_committed_meanwhile()
    {
        await using var connection = await Db.OpenConnectionAsync();
        await using var other = await connection.BeginTransactionAsync();
        await Local.Sql.ExecuteAsync(connection, "select * from ledger.seal_lock()");

        var waiting = Sealer.SealAllAsync();
        await BlockedBackendAsync();
        await AppendAsync(To("trajectory-a", 0));
        await other.CommitAsync();

        (await waiting).ShouldBe(new SealResult(0, 1));
    }

    [Fact]
    public async Task Whoever_appends_and_then_seals_finds_the_events_sealed()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var version = 0; version < 15; version++)
            {
                await AppendAsync(To($"trajectory-{writer}", version));
                await Sealer.SealAllAsync();
                (await Store.ReadStreamAsync(Tenant, $"trajectory-{writer}", sealedOnly: true)).Count.ShouldBe(version + 1);
            }
        })));

        (await Store.ReadSealedAsync(0, 1000)).Select(e => e.Leaf).ShouldBe(Enumerable.Range(0, 120).Select(i => (long?)i));
        (await ScalarAsync<long>("select count(*) from ledger.unsealed")).ShouldBe(0);
    }

    [Fact]
    public async Task A_stream_is_read_as_sealed_or_as_it_was_at_some_size()
    {
        await AppendAsync(To("trajectory-a", 0, 2));
        await Sealer.SealAllAsync();
        await AppendAsync(To("trajectory-b", 0));
        await AppendAsync(To("trajectory-a", 2));
        await Sealer.SealAllAsync();
        await AppendAsync(To("trajectory-a", 3));

        (await Store.ReadStreamAsync(Tenant, "trajectory-a")).Select(e => e.Leaf).ShouldBe([0L, 1, 3, null]);
        (await Store.ReadStreamAsync(Tenant, "trajectory-a", sealedOnly: true)).Select(e => e.Version).ShouldBe([1L, 2, 3]);
        (await Store.ReadStreamAsOfAsync(Tenant, "trajectory-a", leaves: 3)).Select(e => e.Version).ShouldBe([1L, 2]);
    }

    [Fact]
    public async Task Sealing_sees_what_was_committed_while_it_waited_whatever_the_database_s_default_isolation()
    {
        await using var strict = NpgsqlDataSource.Create($"{ConnectionString};Options=-c default_transaction_isolation=serializable");
        await AppendAsync(To("trajectory-a", 0));

        (await new Sealer(strict).SealAllAsync()).ShouldBe(new SealResult(0, 1));
        (await Should.ThrowAsync<PostgresException>(async () =>
        {
            await using var command = strict.CreateCommand("select * from ledger.seal_lock()");
            await command.ExecuteNonQueryAsync();
        })).SqlState.ShouldBe("LG002");
    }
}
