using Npgsql;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Infra.ReadModels;
using Pipeline.Tests;
using static Pipeline.Domain.Families.FamilyEvent;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Infra.Tests.ReadModels;

public sealed class ProjectionRunnerTests(PostgresFixture postgres) : ReadModelTests(postgres)
{
    [Fact]
    public async Task What_is_not_sealed_is_not_read()
    {
        await AppendAsync("skill-a", Sample.Created("a"));
        await Runner.CatchUpAsync();

        (await Ledger.CountAsync("skill_catalogue")).ShouldBe(0);
        (await Runner.PositionsAsync()).Values.ShouldAllBe(p => p == 0);
    }

    [Fact]
    public async Task An_event_that_commits_late_is_not_skipped()
    {
        await using var slow = await Ledger.DataSource.OpenConnectionAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await InsertTrajectoryAsync(slow, "late");

        for (var i = 0; i < 3; i++)
        {
            await AppendAsync($"trajectory-{i}", Sample.Recorded($"{i}"));
            await SealAndCatchUpAsync();
        }
        (await Ledger.CountAsync("trajectory_catalogue")).ShouldBe(3);

        await transaction.CommitAsync();
        await SealAndCatchUpAsync();

        var all = (await new TrajectoryQueries(Ledger.DataSource).ListAsync("acme")).Items;
        all.Select(t => t.TrajectoryId).ShouldBe(["0", "1", "2", "late"]);
    }

    [Fact]
    public async Task A_projection_goes_on_where_it_stopped()
    {
        var seen = new Recording();
        var runner = new ProjectionRunner(Ledger.DataSource, Ledger.Store, [seen]);
        await AppendAsync("skill-a", Sample.Created("a"));
        await Ledger.Sealer.SealAllAsync();
        await runner.CatchUpAsync();
        await AppendAsync("skill-b", Sample.Created("b"));
        await Ledger.Sealer.SealAllAsync();

        await new ProjectionRunner(Ledger.DataSource, Ledger.Store, [seen]).CatchUpAsync();
        await runner.CatchUpAsync();

        seen.Leaves.ShouldBe([0, 1]);
    }

    [Fact]
    public async Task A_crash_in_the_middle_leaves_neither_rows_nor_a_position()
    {
        await AppendAsync("skill-a", Sample.Created("a"));
        await Ledger.Sealer.SealAllAsync();
        var crashing = new Crashing(new SkillCatalogue());

        await Should.ThrowAsync<IOException>(() => new ProjectionRunner(Ledger.DataSource, Ledger.Store, [crashing]).CatchUpAsync());
        (await Ledger.CountAsync("skill_catalogue")).ShouldBe(0);
        (await Runner.PositionsAsync())["skill_catalogue"].ShouldBe(0);

        await Runner.CatchUpAsync();
        (await Ledger.CountAsync("skill_catalogue")).ShouldBe(1);
    }

    [Fact]
    public async Task Programs_that_project_side_by_side_apply_each_event_once()
    {
        await AppendAsync("family-f", new FamilyOpened("f", "shop", "refund"));
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 60; i++)
            {
                await AppendAsync("family-f", [.. Enumerable.Range(0, 20).Select(n => Sample.Evidence($"{i}-{n}"))]);
                await Ledger.Sealer.SealAllAsync();
            }
        });
        var projecting = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var runner = NewRunner();
            while (!writing.IsCompleted) await runner.CatchUpAsync();
        })).ToList();
        await Task.WhenAll([writing, .. projecting]);
        await Runner.CatchUpAsync();

        var family = (await new FamilyQueries(Ledger.DataSource).FindAsync("acme", "f")).Value!;
        family.EvidenceEvents.ShouldBe(1200);
        family.Successes.ShouldBe(1200);
    }

    [Fact]
    public async Task A_rebuild_equals_what_grew_event_by_event()
    {
        await FeedAsync(seed: 7, steps: 300);

        foreach (var projection in ProjectionRunner.All)
        {
            (await Runner.CompareAsync(projection)).ShouldBe(0, projection.Name);
            (await Runner.RebuildAsync(projection)).ShouldBe(0, projection.Name);
        }
        (await Ledger.CountAsync("skill_catalogue")).ShouldBeGreaterThan(5);
        (await Ledger.CountAsync("family_evidence")).ShouldBeGreaterThan(5);
    }

    [Fact]
    public async Task A_row_that_somebody_altered_is_found_and_mended()
    {
        await AppendAsync("skill-a", Sample.Created("a"));
        await AppendAsync("skill-b", Sample.Created("b"));
        await SealAndCatchUpAsync();
        await Ledger.ExecuteAsync("update ledger.skill_catalogue set description = 'trust me' where skill_id = 'a'");
        await Ledger.ExecuteAsync("delete from ledger.skill_versions where skill_id = 'b'");
        var projection = ProjectionRunner.All.Single(p => p.Name == "skill_catalogue");

        (await Runner.CompareAsync(projection)).ShouldBe(3);
        (await new SkillQueries(Ledger.DataSource).FindAsync("acme", "a")).Value!.Description.ShouldBe("trust me");

        (await Runner.RebuildAsync(projection)).ShouldBe(3);
        (await Runner.CompareAsync(projection)).ShouldBe(0);
        (await new SkillQueries(Ledger.DataSource).FindAsync("acme", "a")).Value!.Description.ShouldBe("does it");
    }

    [Fact]
    public async Task A_rebuild_loses_nothing_that_is_projected_meanwhile()
    {
        await FeedAsync(seed: 3, steps: 30);
        var projection = ProjectionRunner.All.Single(p => p.Name == "skill_catalogue");
        using var stop = new CancellationTokenSource();
        var growing = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await AppendAsync($"skill-new{i}", Sample.Created($"new{i}"));
                await SealAndCatchUpAsync();
            }
        });
        for (var i = 0; i < 10; i++) (await Runner.RebuildAsync(projection)).ShouldBe(0);
        await stop.CancelAsync();
        await growing;

        (await Runner.CompareAsync(projection)).ShouldBe(0);
        (await Runner.PositionsAsync())["skill_catalogue"].ShouldBe((await Ledger.Store.SizeAsync()).Sealed);
    }

    [Fact]
    public async Task Temporary_tables_that_a_rebuild_left_behind_do_not_catch_live_rows()
    {
        await using (var connection = await Ledger.DataSource.OpenConnectionAsync())
        {
            await using var leave = new NpgsqlCommand("create temporary table skill_catalogue (like ledger.skill_catalogue including all)", connection);
            await leave.ExecuteNonQueryAsync();
            await AppendAsync("skill-a", Sample.Created("a"));
        }
        await SealAndCatchUpAsync();
        (await Ledger.CountAsync("skill_catalogue")).ShouldBe(1);
    }

    /// <summary>A history of all kinds of event, projected in pieces of many sizes.</summary>
    private async Task FeedAsync(int seed, int steps)
    {
        var random = new Random(seed);
        var skills = new List<Skill>();
        for (var f = 0; f < 3; f++) await AppendAsync($"family-{f}", new FamilyOpened($"{f}", "shop", $"effect-{f}"));
        for (var step = 0; step < steps; step++)
        {
            if (skills.Count < 4 || random.Next(8) == 0)
            {
                skills.Add(Skill.None);
                await ApplyAsync(skills.Count - 1, Sample.Created($"{skills.Count - 1}"));
            }
            var at = random.Next(skills.Count);
            SkillCommand command = random.Next(6) switch
            {
                0 => new SkillCommand.Retire(RetirementCause.Stale, "gone"),
                1 => new SkillCommand.Reinstate("back"),
                2 => new SkillCommand.RollBack(random.Next(1, skills[at].Versions.Count + 1), "worse"),
                3 when random.Next(5) == 0 => new SkillCommand.Revoke(random.Next(1, skills[at].Versions.Count + 1), "leaks"),
                _ => new SkillCommand.Improve(skills[at].Current!.Number, Sample.Content($"text {step}"), []),
            };
            if (SkillDecider.Decide(command, skills[at]) is Decision.Accepted { Events: { Count: > 0 } events }) await ApplyAsync(at, [.. events]);
            await AppendAsync($"family-{random.Next(3)}", random.Next(4) switch
            {
                0 => new EvidenceWithdrawn($"{random.Next(steps)}", "erased"),
                1 => Sample.Decided((CurationOperation)random.Next(4), random.Next(3)),
                _ => Sample.Evidence($"{random.Next(steps)}", random.Next(2) == 0 ? Sample.Success : Sample.Failure),
            });
            await AppendAsync($"trajectory-{step}", Sample.Recorded($"{step}"));
            if (random.Next(5) == 0) await SealAndCatchUpAsync();
        }
        await SealAndCatchUpAsync();

        async Task ApplyAsync(int at, params ILedgerEvent[] events)
        {
            await AppendAsync($"skill-{at}", events);
            skills[at] = events.Aggregate(skills[at], Skill.Evolve);
        }
    }

    private static async Task InsertTrajectoryAsync(NpgsqlConnection connection, string id)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new($"insert into ledger.mt_streams (tenant_id, id, type, version) values ('acme', 'trajectory-{id}', 'trajectory', 1)"),
                new("""
                    with event as (
                      insert into ledger.mt_events (seq_id, id, stream_id, version, data, type, tenant_id)
                      values (nextval('ledger.mt_events_sequence'), gen_random_uuid(), $1, 1, $2::jsonb, 'trajectory_recorded', 'acme')
                      returning seq_id
                    )
                    insert into ledger.unsealed select seq_id from event
                    """)
                {
                    Parameters = { new() { Value = $"trajectory-{id}" }, new() { Value = EventCatalogue.Write(Sample.Recorded(id)) } },
                },
            },
        };
        await batch.ExecuteNonQueryAsync();
    }

    private sealed class Recording : IProjection
    {
        public List<long> Leaves { get; } = [];
        public string Name => "recording";
        public IReadOnlyList<string> Tables => [];

        public Task ApplyAsync(NpgsqlConnection connection, IReadOnlyList<RecordedEvent> events, CancellationToken cancellationToken)
        {
            Leaves.AddRange(events.Select(e => e.Leaf!.Value));
            return Task.CompletedTask;
        }
    }

    private sealed class Crashing(IProjection inner) : IProjection
    {
        public string Name => inner.Name;
        public IReadOnlyList<string> Tables => inner.Tables;

        public async Task ApplyAsync(NpgsqlConnection connection, IReadOnlyList<RecordedEvent> events, CancellationToken cancellationToken)
        {
            await inner.ApplyAsync(connection, events, cancellationToken);
            throw new IOException("the power went");
        }
    }
}
