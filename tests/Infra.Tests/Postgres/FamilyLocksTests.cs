using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Postgres;

public sealed class FamilyLocksTests(PostgresFixture postgres) : LedgerTests(postgres)
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lock_whose_connection_is_gone_is_let_go_without_a_word()
    {
        var locks = new FamilyLocks(Db);
        var held = await locks.TryTakeAsync(Tenant, "lamps", Stop);
        held.ShouldNotBeNull();
        await using (var kill = Db.CreateCommand("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())"))
            (await kill.ExecuteScalarAsync(Stop)).ShouldBe(true);

        await Should.NotThrowAsync(async () => await held.DisposeAsync());
        await using var again = await locks.TryTakeAsync(Tenant, "lamps", Stop);
        again.ShouldNotBeNull();
    }
}
