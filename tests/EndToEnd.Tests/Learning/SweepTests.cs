using System.Text;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Messages;
using Pipeline.Functions.SweepLifecycle;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Learning;

/// <summary>Any message but the trajectory itself may be lost.</summary>
public sealed class SweepTests(PostgresFixture postgres) : IAsyncLifetime
{
    private HandDrivenLedger ledger = null!;

    public async ValueTask InitializeAsync() => ledger = await HandDrivenLedger.StartAsync(postgres, follows: false);

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task Lost_curation_messages_are_made_up_for_by_the_sweep()
    {
        await ledger.EmitAsync(Run.Many(5).SelectMany(r => new[] { r with { Id = $"a-{r.Number}" }, r with { Id = $"b-{r.Number}", Effect = "return_loan" } }));
        await ledger.ProjectAllAsync();
        (await ledger.ExecuteAsync("delete from ledger.queue_messages where queue = 'curation'")).ShouldBe(10);
        (await ledger.CurateAllAsync()).ShouldBe(0);
        (await ledger.ReadAsync("/api/status")).GetProperty("settled").GetBoolean().ShouldBeFalse();

        (await ledger.InvokeAsync("SweepLifecycle", null)).Status.ShouldBe(200);
        (await ledger.CurateAllAsync()).ShouldBe(2);

        (await ledger.InvokeAsync("SweepLifecycle", null)).Json.GetProperty("Outputs").TryGetProperty("curation", out _).ShouldBeFalse();
        (await ledger.SettleAsync()).GetProperty("settled").GetBoolean().ShouldBeTrue();
        foreach (var name in new[] { "library-renew-loan", "library-return-loan" }) (await ledger.GetAsync($"/api/skills/{name}")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_library_that_has_grown_is_swept_although_some_family_is_always_waiting()
    {
        var prolong = Run.Many(8, from: 40).Select(r => r with { Id = $"prolong-{r.Number}", Effect = "prolong_loan" });
        await ledger.EmitAsync([.. Run.Many(10), .. prolong, .. Run.Many(60, from: 100).Select(r => r with { Id = $"waits-{r.Number}", Effect = "return_loan" })]);
        await ledger.ProjectAllAsync();
        foreach (var family in new[] { "library.renew-loan", "library.prolong-loan" })
            (await ledger.InvokeAsync("CurateFamily", Encoding.UTF8.GetBytes(new CurationMessage(EventContext.DefaultTenant, family).ToOutput().Body.ToJsonString()))).Status.ShouldBe(200);

        (await ledger.InvokeAsync("SweepLifecycle", null)).Status.ShouldBe(200);

        (await ledger.EventsAsync("skill_merged")).ShouldBe(1);
        (await ledger.ColumnAsync("select distinct data #>> '{sweep,leftOut}' from ledger.mt_events where type = 'curation_decided' and data ->> 'operation' = 'merge'")).ShouldBe(["""["library.return-loan"]"""]);
    }

    [Fact]
    public async Task A_merge_into_a_text_that_was_revoked_under_another_id_is_put_on_record_as_not_made()
    {
        await LearnTwinsAsync(ledger);
        await ledger.Service<LibrarySweeper>().SweepAsync(EventContext.DefaultTenant, TestContext.Current.CancellationToken);
        var survivor = await ledger.ScalarAsync<string>("select stream_id from ledger.mt_events where type = 'skill_merged'");
        var merged = (await ledger.Store.ReadStreamAsync(EventContext.DefaultTenant, survivor)).Select(e => e.Event).OfType<SkillEvent.SkillMerged>().Single();
        await using var again = await HandDrivenLedger.StartAsync(postgres, follows: false);
        await LearnTwinsAsync(again);
        var created = new SkillEvent.SkillCreated { SkillId = "borrowed", Name = "borrowed", Origin = SkillOrigin.Imported, FamilyId = "", Environment = "", Kind = SkillKind.Functional, Content = merged.Content };
        (await again.Store.AppendAsync(new()
        {
            Context = new() { Actor = new(ActorKind.Admin, "local"), CausationId = "", CorrelationId = "", DecidedBy = "", RecordedAt = DateTimeOffset.UnixEpoch },
            Streams = [new("skill-borrowed", "skill", 0, [created, new SkillEvent.VersionRevoked(1, merged.Content.Package.Digest, "harm")])],
        }, TestContext.Current.CancellationToken)).ShouldBeOfType<AppendOutcome.Appended>();

        for (var i = 0; i < 2; i++) await again.Service<LibrarySweeper>().SweepAsync(EventContext.DefaultTenant, TestContext.Current.CancellationToken);

        (await again.EventsAsync("skill_merged")).ShouldBe(0);
        (await again.ColumnAsync("select data ->> 'reasonCode' from ledger.mt_events where type = 'curation_decided' and data -> 'sweep' is not null and data ->> 'operation' = 'keep'")).ShouldBe(["digest-revoked"]);
    }

    private static async Task LearnTwinsAsync(HandDrivenLedger ledger)
    {
        await ledger.EmitAsync([.. Run.Many(10), .. Run.Many(8, from: 40).Select(r => r with { Id = $"prolong-{r.Number}", Effect = "prolong_loan" })]);
        await ledger.ProjectAllAsync();
        await ledger.CurateAllAsync();
    }

    [Fact]
    public async Task Doubled_and_late_curation_messages_change_nothing()
    {
        await ledger.EmitAsync(Run.Many(5));
        await ledger.ProjectAllAsync();
        var message = (await ledger.Queue.ReceiveAsync("curation", 1, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).Single().Message.Body;
        await ledger.CurateAllAsync();
        var events = await ledger.EventsAsync();

        for (var i = 0; i < 3; i++) (await ledger.InvokeAsync("CurateFamily", message)).Status.ShouldBe(200);

        (await ledger.EventsAsync()).ShouldBe(events);
    }

    [Fact]
    public async Task Events_whose_writer_died_before_sealing_are_sealed()
    {
        var before = (await ledger.ReadAsync("/api/status")).GetProperty("sealed").GetInt64();
        (await ledger.Store.AppendAsync(new()
        {
            Context = new()
            {
                Actor = new(ActorKind.System, "test"),
                CausationId = "c",
                CorrelationId = "c",
                DecidedBy = "test@1",
                RecordedAt = DateTimeOffset.UtcNow,
            },
            Streams = [new("family-left.behind", Streams.Family, 0, [new FamilyEvent.FamilyOpened("left.behind", "left", "behind")])],
        }, TestContext.Current.CancellationToken)).ShouldBeOfType<AppendOutcome.Appended>();
        var unsealed = await ledger.ReadAsync("/api/status");
        (unsealed.GetProperty("sealed").GetInt64(), unsealed.GetProperty("settled").GetBoolean()).ShouldBe((before, false));

        (await ledger.InvokeAsync("SealLedger", System.Text.Encoding.UTF8.GetBytes("{}"))).Status.ShouldBe(200);

        var after = await ledger.ReadAsync("/api/status");
        (after.GetProperty("sealed").GetInt64(), after.GetProperty("events").GetInt64()).ShouldBe((before + 1, before + 1));
        after.GetProperty("families").GetInt32().ShouldBe(1);
    }
}
