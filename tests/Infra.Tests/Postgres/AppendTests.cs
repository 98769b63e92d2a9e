using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;
using static Pipeline.Domain.Trajectories.TrajectoryEvent;

namespace Pipeline.Infra.Tests.Postgres;

public sealed class AppendTests(PostgresFixture postgres) : LedgerTests(postgres)
{
    [Fact]
    public async Task What_is_appended_is_read_back_with_its_versions_and_context()
    {
        var outcome = await AppendAsync(To("trajectory-a", 0, 2), To("trajectory-b", 0));
        await AppendAsync(To("trajectory-a", 2));

        outcome.ShouldBeOfType<AppendOutcome.Appended>().Versions.ShouldBe(
            new Dictionary<string, long> { ["trajectory-a"] = 2, ["trajectory-b"] = 1 }, ignoreOrder: true);
        var events = await Store.ReadStreamAsync(Tenant, "trajectory-a");
        events.Select(e => e.Version).ShouldBe([1L, 2, 3]);
        events.ShouldAllBe(e => e.Alias == "trajectory_rejected" && e.StreamId == "trajectory-a" && e.Leaf == null && e.Context == Context());
        events[2].Event.ShouldBe(new TrajectoryRejected("trajectory-a", "shop", "3", "test"));
        events.Select(e => e.Id).Distinct().Count().ShouldBe(3);
        events.ShouldAllBe(e => e.Id.Version == 7);
        (await Store.ReadStreamAsync(Tenant, "trajectory-a", afterVersion: 2)).Single().Version.ShouldBe(3);
        (await Store.ReadStreamAsync(Tenant, "trajectory-none")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Times_are_kept_to_the_microsecond()
    {
        var at = new DateTimeOffset(2026, 1, 2, 5, 4, 5, TimeSpan.FromHours(2)).AddTicks(1_234_567);
        await Store.AppendAsync(Writing(To("trajectory-a", 0)) with { Context = Context() with { RecordedAt = at } });

        var read = (await Store.ReadStreamAsync(Tenant, "trajectory-a")).Single().Context.RecordedAt;
        read.ShouldBe(at.AddTicks(-7));
        read.Offset.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task The_same_stream_id_in_two_tenants_is_two_streams()
    {
        await AppendAsync(To("trajectory-a", 0));
        var other = await Store.AppendAsync(Writing(To("trajectory-a", 0, 3)) with { Context = Context("acme") });

        other.ShouldBeOfType<AppendOutcome.Appended>();
        (await Store.ReadStreamAsync("acme", "trajectory-a")).Count.ShouldBe(3);
        (await Store.ReadStreamAsync(Tenant, "trajectory-a")).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_stream_that_is_elsewhere_than_expected_is_a_conflict_and_nothing_is_written(long expected)
    {
        await AppendAsync(To("trajectory-b", 0, 2));

        var outcome = await AppendAsync(To("trajectory-a", 0), To("trajectory-b", expected), To("trajectory-c", 0));

        outcome.ShouldBe(new AppendOutcome.VersionConflict("trajectory-b", expected));
        (await Store.SizeAsync()).Events.ShouldBe(2);
        (await ScalarAsync<long>("select count(*) from ledger.mt_streams")).ShouldBe(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task One_event_to_a_stream_that_is_elsewhere_is_a_conflict_too(long expected)
    {
        await AppendAsync(To("trajectory-b", 0, 2));

        (await AppendAsync(To("trajectory-b", expected))).ShouldBe(new AppendOutcome.VersionConflict("trajectory-b", expected));
        (await AppendAsync(To("trajectory-none", expected + 1))).ShouldBe(new AppendOutcome.VersionConflict("trajectory-none", expected + 1));
        (await Store.ReadStreamAsync(Tenant, "trajectory-b")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_stream_without_events_is_only_held_at_its_version()
    {
        await AppendAsync(To("trajectory-a", 0, 2));

        (await AppendAsync(To("trajectory-a", 2, events: 0), To("trajectory-b", 0))).ShouldBeOfType<AppendOutcome.Appended>();
        (await AppendAsync(To("trajectory-a", 1, events: 0), To("trajectory-c", 0))).ShouldBe(new AppendOutcome.VersionConflict("trajectory-a", 1));
        (await Store.ReadStreamAsync(Tenant, "trajectory-a")).Count.ShouldBe(2);
        (await Store.ReadStreamAsync(Tenant, "trajectory-c")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_transaction_that_names_a_stream_twice_or_holds_nothing_is_a_mistake()
    {
        await Should.ThrowAsync<ArgumentException>(() => AppendAsync(To("trajectory-a", 0), To("trajectory-a", 1)));
        await Should.ThrowAsync<ArgumentException>(() => AppendAsync(To("trajectory-a", 0, events: 0)));
    }

    [Fact]
    public async Task An_event_that_a_newer_program_wrote_is_read_as_unknown_and_unchanged()
    {
        var newer = new UnknownEvent("skill_teleported", """{"to":"mars","at":[1,2.50]}""");
        await AppendAsync(new StreamAppend("skill-a", "skill", 0, [newer]));

        var read = (await Store.ReadStreamAsync(Tenant, "skill-a")).Single();
        read.Alias.ShouldBe("skill_teleported");
        read.Event.ShouldBeOfType<UnknownEvent>().Json.ShouldContain("2.50");
    }

    [Fact]
    public async Task A_rollback_leaves_nothing_but_a_gap_in_the_numbers()
    {
        await Store.AppendAsync(Writing(To("skill-a", 0)) with { ClaimedNames = [new("refunds", "a")] });
        var before = await EverythingAsync();

        var refused = await Store.AppendAsync(Writing(To("skill-b", 0, 3)) with
        {
            Inbox = new() { Source = "shop", MessageId = "1", ContentDigest = "d", StreamId = "skill-b", StreamVersion = 3 },
            Contents = [new("text"u8.ToArray())],
            ClaimedNames = [new("refunds", "b")],
        });

        refused.ShouldBe(new AppendOutcome.NameTaken("refunds", "a"));
        (await EverythingAsync()).ShouldBe(before);
        await AppendAsync(To("skill-c", 0));
        (await Store.ReadStreamAsync(Tenant, "skill-c")).Single().SequenceNumber.ShouldBe(5);
    }

    [Fact]
    public async Task A_name_is_one_living_skills_until_it_is_released()
    {
        await Store.AppendAsync(Writing(To("skill-a", 0)) with { ClaimedNames = [new("refunds", "a")] });
        (await Store.AppendAsync(Writing(To("skill-a", 1)) with { ClaimedNames = [new("refunds", "a")] })).ShouldBeOfType<AppendOutcome.Appended>();
        (await Store.AppendAsync(Writing(To("skill-x", 0)) with { Context = Context("acme"), ClaimedNames = [new("refunds", "x")] }))
            .ShouldBeOfType<AppendOutcome.Appended>();

        var release = Writing(To("skill-b", 0)) with { ReleasedNames = [new("refunds", "b")], ClaimedNames = [new("refunds", "b")] };
        (await Store.AppendAsync(release)).ShouldBe(new AppendOutcome.NameTaken("refunds", "a"));

        var handover = Writing(To("skill-a", 2), To("skill-b", 0)) with { ReleasedNames = [new("refunds", "a")], ClaimedNames = [new("refunds", "b")] };
        (await Store.AppendAsync(handover)).ShouldBeOfType<AppendOutcome.Appended>();
        (await RowsAsync("select skill_id from ledger.skill_names where tenant_id = '*DEFAULT*'")).ShouldBe(["b"]);
    }

    private Task<IReadOnlyList<string>> EverythingAsync() => RowsAsync(
        """
        select id || version from ledger.mt_streams union all select id::text from ledger.mt_events
        union all select seq_id::text from ledger.unsealed union all select message_id from ledger.inbox
        union all select sha256::text from ledger.contents union all select name || skill_id from ledger.skill_names order by 1
        """);
}
