using System.Text.Json.Nodes;
using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Api;

/// <summary>A package that was revoked anywhere is revoked everywhere, and comes back under no id.</summary>
public sealed class RevokedPackageTests(PostgresFixture postgres) : IAsyncLifetime
{
    private HandDrivenLedger ledger = null!;

    public async ValueTask InitializeAsync() => ledger = await HandDrivenLedger.StartAsync(postgres);

    public async ValueTask DisposeAsync() => await ledger.DisposeAsync();

    [Fact]
    public async Task Revoked_bytes_do_not_come_back_by_an_import_under_another_id_nor_under_their_own()
    {
        await ledger.ImportAsync(Same("first"));
        await RevokeAsync("first", "it sends data away");

        foreach (var id in new[] { "second", "first" })
        {
            var refused = (await ledger.ImportAsync(Same(id))).Single();
            (refused.Text("status"), refused.Text("code")).ShouldBe(("refused", "digest-revoked"));
            refused.Text("message").ShouldMatch(@"^exactly this package was revoked as first@1 on \d{4}-\d\d-\d\d \d\d:\d\d UTC: it sends data away; ");
        }
        (await ledger.GetAsync("/api/skills/second")).Status.ShouldBe(404);
        (await ledger.ImportAsync(Written.Of("second", "second", ("SKILL.md", Text + "\nChanged.")))).Single().Text("status").ShouldBe("created");
    }

    [Fact]
    public async Task Nor_does_anybody_else_make_a_version_of_them()
    {
        await ledger.ImportAsync(Same("first"));
        await RevokeAsync("first", "");

        (await CreateAsync("curated")).ShouldBeOfType<WriteOutcome.Refused>().ShouldBe(new WriteOutcome.Refused("digest-revoked", "exactly this package was revoked as version 1 of first"));
    }

    [Fact]
    public async Task A_revocation_takes_the_same_package_from_every_skill_that_has_it()
    {
        await ledger.ImportAsync(Same("first"));
        await ledger.ImportAsync(Same("second"));
        await ledger.SettleAsync();

        var revoked = await RevokeAsync("first", "it sends data away");

        revoked.Json.GetProperty("revoked").EnumerateArray().Select(r => r.GetString()).ShouldBe(["second"]);
        revoked.Json.TryGetProperty("quarantined", out _).ShouldBeFalse();
        await ledger.SettleAsync();
        var twin = (await ledger.ReadAsync("/api/skills/second/history")).GetProperty("events").EnumerateArray().Single(e => e.Text("type") == "version_revoked");
        twin.GetProperty("data").Text("reason").ShouldBe("the same package as first@1, which was revoked: it sends data away");
        (await ledger.GetAsync("/api/skills/second/versions/1/package.zip")).ShouldBeProblem(410, "version-revoked");
        (await ledger.PostAsync("/api/skills/first/revoke", new JsonObject { ["version"] = 1, ["reason"] = "again" })).Json.GetProperty("events").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Whichever_comes_first_a_revocation_and_an_import_of_the_same_package_see_each_other()
    {
        for (var round = 0; round < 12; round++)
        {
            var text = $"{Text}\nRound {round}.";
            await ledger.ImportAsync(Written.Of($"old-{round}", $"old-{round}", ("SKILL.md", text)));
            var importing = ledger.ImportAsync(Written.Of($"new-{round}", $"new-{round}", ("SKILL.md", text)));
            if (round % 2 == 1) await Task.Delay(round, TestContext.Current.CancellationToken);
            (await RevokeAsync($"old-{round}", "harm")).Status.ShouldBe(200);

            var imported = (await importing).Single();
            if (imported.Text("status") == "refused") imported.Text("code").ShouldBe("digest-revoked");
            else (await ledger.ColumnAsync($"select type from ledger.mt_events where stream_id = 'skill-new-{round}'")).ShouldContain("version_revoked");
        }
    }

    [Fact]
    public async Task A_revocation_and_an_import_of_the_same_package_wait_for_whoever_is_at_it()
    {
        await ledger.ImportAsync(Same("old"));
        var held = await HoldAsync(ledger.Database);

        var importing = ledger.ImportAsync(Same("new"));
        var revoking = RevokeAsync("old", "harm");
        await WaitingAsync(ledger.Database, 2);
        (await ledger.ColumnAsync("select stream_id || ' ' || type from ledger.mt_events where stream_id = 'skill-new' or type = 'version_revoked'")).ShouldBeEmpty();
        await held.DisposeAsync();

        (await revoking).Status.ShouldBe(200);
        if ((await importing).Single().Text("status") == "created")
            (await ledger.ColumnAsync("select type from ledger.mt_events where stream_id = 'skill-new'")).ShouldContain("version_revoked");
    }

    [Fact]
    public async Task Writers_that_wait_for_one_package_leave_a_connection_to_the_one_whose_turn_it_is()
    {
        var small = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync()) { MaxPoolSize = 4, Timeout = 20 }.ConnectionString;
        await using var crowded = await HandDrivenLedger.StartAsync(postgres, follows: false, restored: small);
        await using var aside = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(small) { Pooling = false }.ConnectionString);
        var held = await HoldAsync(aside);

        var importing = Enumerable.Range(0, 8).Select(n => crowded.PostAsync("/api/skills/import", new JsonObject { ["skills"] = new JsonArray(Same($"same-{n}")) })).ToList();
        await WaitingAsync(aside, 4);
        await held.DisposeAsync();

        (await Task.WhenAll(importing)).Select(i => i.Status).ShouldAllBe(status => status == 200);
        (await crowded.ScalarAsync<long>("select count(*) from ledger.mt_events where type = 'skill_created'")).ShouldBe(8);
    }

    [Fact]
    public async Task Who_lost_a_race_keeps_nobody_from_the_package_while_it_pauses()
    {
        await ledger.ImportAsync(Same("old"));
        var package = Package.OfText((Package.SkillFile, Text));
        var free = new List<bool>();
        var writer = Writer(new AtEachPause(() => free.Add(IsFree(ledger.Database))));
        var looks = 0;

        var outcome = await writer.WriteAsync(s_context, async read =>
        {
            var skill = await read.FoldAsync(Domain.Ledger.Streams.Of(Domain.Ledger.Streams.Skill, "raced"), Skill.None, Skill.Evolve);
            // As another who comes between the look and the writing.
            if (++looks == 1) (await ledger.ImportAsync(Written.Of("raced", "raced", ("SKILL.md", Text + "\nOther.")))).Single().Text("status").ShouldBe("created");
            return new(Decision.Nothing, [skill.Append(Domain.Ledger.Streams.Skill, [new SkillEvent.SkillImproved(2, 1, ContentOf(package), [])])]) { Contents = [.. package.Files.Select(f => new ContentBlob(f.Content))] };
        }, TestContext.Current.CancellationToken);

        outcome.ShouldBeOfType<WriteOutcome.Written>();
        free.ShouldBe([true]);
    }

    [Fact]
    public async Task A_revocation_is_on_record_while_somebody_keeps_writing_to_another_skill_with_the_package()
    {
        await ledger.ImportAsync(Same("first"));
        await ledger.ImportAsync(Same("busy"));
        var held = await HoldAsync(ledger.Database, "select from ledger.mt_streams where id = 'skill-busy' for update");

        var revoking = RevokeAsync("first", "harm");
        for (var patience = 200; (await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where type = 'version_revoked' and stream_id = 'skill-first'")) == 0; patience--)
        {
            patience.ShouldBePositive("it waits for the other");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        await held.DisposeAsync();

        (await revoking).Json.GetProperty("revoked").EnumerateArray().Select(r => r.GetString()).ShouldBe(["busy"]);
    }

    [Fact]
    public async Task Of_very_many_skills_with_the_package_some_lose_it_at_once_and_the_rest_with_the_next_sweep()
    {
        await ledger.ImportAsync(Enumerable.Range(0, 104).Select(n => Same($"same-{n:000}")));

        var revoked = await RevokeAsync("same-000", "harm");
        (revoked.Json.GetProperty("revoked").GetArrayLength(), revoked.Json.GetProperty("toCome").GetInt32()).ShouldBe((100, 3));
        (await ledger.ImportAsync(Same("one-more"))).Single().Text("code").ShouldBe("digest-revoked");
        (await ledger.InvokeAsync("SweepLifecycle", null)).Status.ShouldBe(200);

        (await ledger.ColumnAsync("select distinct stream_id from ledger.mt_events where type = 'version_revoked'")).Count.ShouldBe(104);
        (await ledger.ColumnAsync("select distinct headers ->> 'actor' from ledger.mt_events where type = 'version_revoked'")).ShouldBe(["admin:local"]);
        var again = await RevokeAsync("same-000", "harm");
        again.Json.TryGetProperty("toCome", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_skill_more_with_a_package_costs_no_look_at_all_those_that_have_it()
    {
        await using var quiet = await HandDrivenLedger.StartAsync(postgres, follows: false);
        await quiet.ImportAsync(Same("first"));

        await quiet.ImportAsync(Same("second"));

        quiet.Service<FoldCache>().Get(EventContext.DefaultTenant, Domain.Ledger.Streams.Of(Domain.Ledger.Streams.Skill, "first"), Skill.None).Version.ShouldBe(0);
    }

    private const string Text = "---\nname: any\ndescription: Water the plants of the office every other day. Use it in summer.\n---\n\n# Water plants\n\n1. Fill the can.\n";

    private static JsonObject Same(string id) => Written.Of(id, id, ("SKILL.md", Text));

    private Task<Answer> RevokeAsync(string skill, string reason) => ledger.PostAsync($"/api/skills/{skill}/revoke", new JsonObject { ["version"] = 1, ["reason"] = reason });

    private Task<WriteOutcome> CreateAsync(string id)
    {
        var package = Package.OfText((Package.SkillFile, Text));
        return ledger.Service<LedgerWriter>().WriteAsync(s_context, async read =>
        {
            var skill = await read.FoldAsync(Domain.Ledger.Streams.Of(Domain.Ledger.Streams.Skill, id), Skill.None, Skill.Evolve);
            var decision = SkillDecider.Decide(new SkillCommand.Create(id, id, SkillOrigin.Learned, "", "", SkillKind.Functional, ContentOf(package)), skill.State);
            return new(decision, [skill.Append(Domain.Ledger.Streams.Skill, ((Decision.Accepted)decision).Events)]) { Contents = [.. package.Files.Select(f => new ContentBlob(f.Content))], Claims = [new(id, id)] };
        }, TestContext.Current.CancellationToken);
    }

    private static readonly EventContext s_context = new() { Actor = new(ActorKind.Policy, "default"), CausationId = "", CorrelationId = "", DecidedBy = "default@4", RecordedAt = default };

    private static VersionContent ContentOf(Package package) => new() { Description = "Water.", Package = package.Manifest, Composer = new("miner", "1"), Rationale = "" };

    private LedgerWriter Writer(TimeProvider time) => new(ledger.Service<EventStore>(), ledger.Service<FoldCache>(), ledger.Service<CommitSignal>(), time);

    private static readonly string s_lock = $"hashtextextended(E'package:{EventContext.DefaultTenant}\\n{Package.OfText((Package.SkillFile, Text)).Digest}', 0)";

    /// <summary>As somebody who makes or revokes a version with <see cref="Text"/>, until disposed of.</summary>
    private static Task<IAsyncDisposable> HoldAsync(NpgsqlDataSource database) => HoldAsync(database, $"select pg_advisory_xact_lock({s_lock})");

    private static async Task<IAsyncDisposable> HoldAsync(NpgsqlDataSource database, string statement)
    {
        var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var hold = new NpgsqlCommand(statement, connection);
        await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return new Held(connection, transaction);
    }

    private static bool IsFree(NpgsqlDataSource database)
    {
        using var ask = database.CreateCommand($"select pg_try_advisory_xact_lock({s_lock})");
        return ask.ExecuteScalar() is true;
    }

    private static async Task WaitingAsync(NpgsqlDataSource database, int howMany)
    {
        await using var waiting = database.CreateCommand("select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())");
        for (var patience = 100; (long)(await waiting.ExecuteScalarAsync(TestContext.Current.CancellationToken))! < howMany; patience--)
        {
            patience.ShouldBePositive("nobody waits");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private sealed class Held(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }

    private sealed class AtEachPause(Action look) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            look();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
