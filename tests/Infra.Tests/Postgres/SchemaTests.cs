using Npgsql;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Postgres;

public sealed class SchemaTests(PostgresFixture postgres) : LedgerTests(postgres)
{
    private readonly PostgresFixture _postgres = postgres;

    [Fact]
    public async Task A_schema_that_is_up_to_date_stays_as_it_is()
    {
        await AppendAsync(To("trajectory-a", 0));

        (await new SchemaMigration(Db).ApplyAsync()).ShouldBeEmpty();
        (await Store.SizeAsync()).Events.ShouldBe(1);
    }

    [Fact]
    public async Task Programs_that_start_together_apply_each_step_once()
    {
        await using var db = NpgsqlDataSource.Create(await _postgres.CreateDatabaseAsync());

        var applied = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => new SchemaMigration(db).ApplyAsync())));

        var steps = applied.Where(a => a.Count > 0).ShouldHaveSingleItem();
        steps.ShouldBe(steps.Order(StringComparer.Ordinal));
        steps[0].ShouldBe("0001_append");
    }

    [Fact]
    public async Task A_plan_says_what_is_missing_and_makes_nothing()
    {
        await using var db = NpgsqlDataSource.Create(await _postgres.CreateDatabaseAsync());
        var migration = new SchemaMigration(db);

        var plan = await migration.PlanAsync();

        plan.Applied.ShouldBeEmpty();
        plan.IsCurrent.ShouldBeFalse();
        plan.Pending[0].ShouldBe("0001_append");
        await using var schemas = db.CreateCommand("select count(*) from information_schema.schemata where schema_name = 'ledger'");
        (await schemas.ExecuteScalarAsync()).ShouldBe(0L);
        (await migration.ApplyAsync()).ShouldBe(plan.Pending);
        var after = await migration.PlanAsync();
        after.IsCurrent.ShouldBeTrue();
        after.Applied.Select(s => s.Name).ShouldBe(plan.Pending);
    }

    [Fact]
    public async Task A_plan_tells_a_newer_major_version_from_a_step_that_only_adds()
    {
        await ExecuteAsync($"insert into ledger.schema_versions values ('9998_addition', {SchemaMigration.Major}, now())");
        (await new SchemaMigration(Db).PlanAsync()).IsCurrent.ShouldBeTrue();

        await ExecuteAsync($"insert into ledger.schema_versions values ('9999_upheaval', {SchemaMigration.Major + 1}, now())");
        var plan = await new SchemaMigration(Db).PlanAsync();
        (plan.IsCurrent, plan.IsTooNew, plan.Found).ShouldBe((false, true, SchemaMigration.Major + 1));
    }

    [Fact]
    public async Task A_newer_step_that_only_adds_is_accepted_and_a_newer_major_version_is_not()
    {
        await ExecuteAsync($"insert into ledger.schema_versions values ('9998_addition', {SchemaMigration.Major}, now())");
        (await new SchemaMigration(Db).ApplyAsync()).ShouldBeEmpty();

        await ExecuteAsync($"insert into ledger.schema_versions values ('9999_upheaval', {SchemaMigration.Major + 1}, now())");
        (await Should.ThrowAsync<SchemaTooNewException>(() => new SchemaMigration(Db).ApplyAsync())).Found.ShouldBe(SchemaMigration.Major + 1);
    }

    [Fact]
    public async Task The_event_tables_are_those_of_Marten_9_and_nothing_else()
    {
        var columns = await RowsAsync(
            """
            select table_name, column_name, data_type || coalesce('(' || character_maximum_length || ')', ''),
              case is_nullable when 'NO' then 'not null' else '' end, column_default
            from information_schema.columns where table_schema = 'ledger' and table_name like 'mt\_%'
            order by table_name, ordinal_position
            """);

        columns.ShouldBe([
            "mt_event_progression | name | character varying | not null | ",
            "mt_event_progression | last_seq_id | bigint |  | ",
            "mt_event_progression | last_updated | timestamp with time zone |  | transaction_timestamp()",
            "mt_events | seq_id | bigint | not null | ",
            "mt_events | id | uuid | not null | ",
            "mt_events | stream_id | character varying |  | ",
            "mt_events | version | bigint | not null | ",
            "mt_events | data | jsonb | not null | ",
            "mt_events | bdata | bytea |  | ",
            "mt_events | type | character varying(500) | not null | ",
            "mt_events | timestamp | timestamp with time zone | not null | now()",
            "mt_events | tenant_id | character varying |  | '*DEFAULT*'::character varying",
            "mt_events | mt_dotnet_type | character varying |  | ",
            "mt_events | correlation_id | character varying |  | ",
            "mt_events | causation_id | character varying |  | ",
            "mt_events | headers | jsonb |  | ",
            "mt_events | is_archived | boolean |  | false",
            "mt_high_water_skips | ending_sequence | bigint | not null | ",
            "mt_high_water_skips | starting_sequence | bigint | not null | ",
            "mt_high_water_skips | timestamp | timestamp with time zone |  | transaction_timestamp()",
            "mt_streams | tenant_id | character varying | not null | '*DEFAULT*'::character varying",
            "mt_streams | id | character varying | not null | ",
            "mt_streams | type | character varying |  | ",
            "mt_streams | version | bigint |  | ",
            "mt_streams | timestamp | timestamp with time zone | not null | now()",
            "mt_streams | created | timestamp with time zone | not null | now()",
            "mt_streams | is_archived | boolean |  | false",
        ]);
    }

    [Fact]
    public async Task The_event_tables_have_Martens_keys_and_no_index_of_ours()
    {
        (await RowsAsync("select replace(indexdef, ' USING btree', '') from pg_indexes where schemaname = 'ledger' and tablename like 'mt\\_%' order by indexname"))
            .ShouldBe([
                "CREATE UNIQUE INDEX pk_mt_event_progression ON ledger.mt_event_progression (name)",
                "CREATE UNIQUE INDEX pk_mt_events_stream_and_version ON ledger.mt_events (tenant_id, stream_id, version)",
                "CREATE UNIQUE INDEX pkey_mt_events_seq_id ON ledger.mt_events (seq_id)",
                "CREATE UNIQUE INDEX pkey_mt_high_water_skips_ending_sequence ON ledger.mt_high_water_skips (ending_sequence)",
                "CREATE UNIQUE INDEX pkey_mt_streams_tenant_id_id ON ledger.mt_streams (tenant_id, id)",
            ]);
        (await RowsAsync("select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid::regclass::text like 'ledger.mt\\_%' and contype = 'f'"))
            .ShouldBe(["fkey_mt_events_stream_id_tenant_id | FOREIGN KEY (tenant_id, stream_id) REFERENCES ledger.mt_streams(tenant_id, id)"]);
        (await ScalarAsync<string>("select pg_get_serial_sequence('ledger.mt_events', 'seq_id')")).ShouldBe("ledger.mt_events_sequence");
    }

    [Fact]
    public async Task Appending_needs_no_more_than_to_insert_and_select_and_to_move_a_stream_on()
    {
        await ExecuteAsync(
            """
            do $$ begin create role appender; exception when duplicate_object then null; end $$;
            grant usage on schema ledger to appender;
            grant insert, select on ledger.mt_streams, ledger.mt_events, ledger.unsealed, ledger.inbox, ledger.contents, ledger.skill_names to appender;
            grant update (version, timestamp) on ledger.mt_streams to appender;
            grant usage on ledger.mt_events_sequence to appender;
            """);
        await using var restricted = NpgsqlDataSource.Create($"{ConnectionString};Options=-c role=appender");
        var store = new EventStore(restricted);

        for (var version = 0; version < 2; version++)
        {
            (await store.AppendAsync(Writing(To("skill-a", version)) with
            {
                Inbox = new() { Source = "shop", MessageId = $"{version}", ContentDigest = "d", StreamId = "skill-a", StreamVersion = 1 },
                Contents = [new("text"u8.ToArray())],
                ClaimedNames = [new("refunds", "a")],
            })).ShouldBeOfType<AppendOutcome.Appended>();
        }
        await using var rewrite = restricted.CreateCommand("update ledger.mt_events set data = '{}'");
        (await Should.ThrowAsync<PostgresException>(() => rewrite.ExecuteNonQueryAsync())).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }
}
