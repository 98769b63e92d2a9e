using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Functions.EraseSubject;
using Pipeline.Infra.Payloads;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Input;

public sealed class ErasureTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Patron = "patron-17";

    private HandDrivenLedger ledger = null!;

    public async ValueTask InitializeAsync() => ledger = await HandDrivenLedger.StartAsync(postgres);

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    // Only the patron's runs return loans, and some of everybody's renew them.
    private static Run Renewal(int number) => new(number) { Source = $"https://library.test/desk-{number % 2}", Subject = number > 6 ? Patron : $"other-{number % 3}", ChecksHolds = true };

    private static Run Return(int number) => new(number) { Id = $"return-{number}", Effect = "return_loan", Source = $"https://library.test/desk-{number % 2}", Subject = Patron, Asks = "I would like to give the atlas of Zanzibar back" };

    [Fact]
    public async Task A_subjects_runs_and_what_only_they_said_are_gone_and_the_ledger_says_so()
    {
        await LearnAsync([.. Enumerable.Range(1, 8).Select(Renewal), .. Enumerable.Range(1, 6).Select(Return)]);
        (await ledger.ReadAsync("/api/skills/library-return-loan")).GetProperty("skill").GetProperty("version").GetInt32().ShouldBePositive();
        var runs = await ledger.ScalarAsync<long>($"select count(*) from ledger.trajectory_catalogue where subject = '{Patron}'");
        runs.ShouldBe(8);

        var dry = await EraseAsync("--dry-run");
        dry.Json.GetProperty("runs").GetInt64().ShouldBe(runs);
        (await ledger.EventsAsync("subject_erased")).ShouldBe(0);

        var erased = await EraseAsync("--yes");

        erased.ExitCode.ShouldBe(ExitCodes.Done, erased.Error);
        erased.Json.GetProperty("runs").GetInt64().ShouldBe(runs);
        erased.Json.GetProperty("contents").GetInt32().ShouldBe(dry.Json.GetProperty("contents").GetInt32());
        (await ledger.EventsAsync("subject_erased")).ShouldBe(runs);
        (await ledger.ScalarAsync<long>($"select count(*) from ledger.payloads where subject = '{Patron}'")).ShouldBe(0);
        (await ledger.ScalarAsync<bool>($"select wrapped_key is null from ledger.subject_keys where subject = '{Patron}'")).ShouldBeTrue();

        // What only the patron's runs say is served no more; what others say too is as it was.
        (await ledger.ReadAsync("/api/skills/library-return-loan")).GetProperty("skill").TryGetProperty("version", out _).ShouldBeFalse();
        (await ledger.ReadAsync("/api/search?q=return%20loan&top=10")).GetProperty("results").EnumerateArray().ShouldNotContain(h => h.Text("name") == "library-return-loan");
        (await ledger.ReadAsync("/api/skills/library-renew-loan")).GetProperty("skill").GetProperty("version").GetInt32().ShouldBePositive();
        (await RunAsync("replay", "library-renew-loan")).ExitCode.ShouldBe(ExitCodes.Done);

        var replay = await RunAsync("replay", "library-return-loan@1", "--json");
        replay.ExitCode.ShouldBe(ExitCodes.Refused);
        replay.Json.GetProperty("erasedSince").GetInt64().ShouldBe(await ledger.ScalarAsync<long>(
            "select min(l.leaf_index) from ledger.leaves l join ledger.mt_events e on e.seq_id = l.seq_id where e.type = 'subject_erased' and e.data ? 'purged'"));
        replay.Error.ShouldContain("nobody tampered with it");
        (await RunAsync("rederive", "--json")).Json.GetProperty("erased").GetInt32().ShouldBePositive();
        (await RunAsync("rederive", "--json")).Json.GetProperty("unreadable").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task What_only_the_subject_said_is_looked_for_in_every_copy_and_found_in_none()
    {
        await LearnAsync([.. Enumerable.Range(1, 8).Select(Renewal), .. Enumerable.Range(1, 6).Select(Return)]);
        // The lines of the skill's body that no other skill has; what its description and title say stays, as docs/erasure.md tells.
        var (own, other) = ((await RunAsync("replay", "library-return-loan@1")).Out, (await RunAsync("replay", "library-renew-loan@1")).Out);
        var lines = own.Split('\n').SkipWhile(l => !l.StartsWith("## ", StringComparison.Ordinal)).Where(l => l.Length > 20 && !other.Contains(l, StringComparison.Ordinal)).ToList();
        lines.Count.ShouldBeGreaterThan(2, own);
        using var before = new ScratchFolder();
        (await CopiesAsync(lines, before)).ShouldNotBeEmpty();

        (await EraseAsync("--yes")).ExitCode.ShouldBe(ExitCodes.Done);

        using var after = new ScratchFolder();
        (await CopiesAsync(lines, after)).ShouldBeEmpty();
        (await RunAsync("audit", "verify")).ExitCode.ShouldBe(ExitCodes.Done);
    }

    [Fact]
    public async Task A_file_that_is_gone_and_that_no_event_says_was_erased_was_taken_away()
    {
        await LearnAsync([.. Enumerable.Range(1, 6).Select(Renewal)]);
        (await ledger.ExecuteAsync("delete from ledger.contents")).ShouldBePositive();

        var replay = await RunAsync("replay", "library-renew-loan@1", "--json");

        replay.Json.TryGetProperty("erasedSince", out _).ShouldBeFalse();
        replay.Error.ShouldContain("Something was altered");
    }

    [Fact]
    public async Task Erased_again_it_is_done_already_and_nothing_more_comes_in_of_the_subject()
    {
        await LearnAsync([.. Enumerable.Range(1, 6).Select(Return)]);
        await EraseAsync("--yes");
        var events = await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events");

        (await EraseAsync("--yes")).ExitCode.ShouldBe(ExitCodes.Done);

        (await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events")).ShouldBe(events);
        var refused = await ledger.EmitAsync(Return(9));
        refused.Text.ShouldContain("subject-erased");
    }

    [Fact]
    public async Task What_died_in_between_is_finished_by_the_sweep()
    {
        await LearnAsync([.. Enumerable.Range(1, 6).Select(Return)]);
        var subject = new DataSubject(EventContext.DefaultTenant, Patron);
        var plan = (await ledger.Service<SubjectErasure>().PlanAsync(subject, "asked for", new(ActorKind.Admin, "local"), Stop))!;
        plan.Purge.ShouldNotBeEmpty();
        await ledger.Service<Erasures>().BeginAsync(subject, plan, DateTimeOffset.UtcNow, Stop);
        // The key is gone, and the program with it.
        await ledger.Service<PayloadVault>().EraseAsync(subject, Stop);

        await ledger.Service<SubjectErasure>().ResumeAsync(EventContext.DefaultTenant, Stop);

        (await ledger.EventsAsync("subject_erased")).ShouldBe(6);
        (await ledger.ReadAsync("/api/skills/library-return-loan")).GetProperty("skill").TryGetProperty("version", out _).ShouldBeFalse();
        (await RunAsync("replay", "library-return-loan@1", "--json")).Json.GetProperty("erasedSince").GetInt64().ShouldBePositive();
    }

    [Fact]
    public async Task Asked_again_after_the_key_was_destroyed_it_does_what_was_planned_before()
    {
        await LearnAsync([.. Enumerable.Range(1, 6).Select(Return)]);
        var subject = new DataSubject(EventContext.DefaultTenant, Patron);
        var plan = (await ledger.Service<SubjectErasure>().PlanAsync(subject, "asked for", new(ActorKind.Admin, "local"), Stop))!;
        await ledger.Service<Erasures>().BeginAsync(subject, plan, DateTimeOffset.UtcNow, Stop);
        await ledger.Service<PayloadVault>().EraseAsync(subject, Stop);

        var erased = await EraseAsync("--yes");

        erased.Json.GetProperty("contents").GetInt32().ShouldBe(plan.Purge.Count);
        (await RunAsync("replay", "library-return-loan@1", "--json")).Json.GetProperty("erasedSince").GetInt64().ShouldBePositive();
    }

    [Fact]
    public async Task A_file_that_somebody_else_has_too_stays_and_so_does_the_skill()
    {
        await LearnAsync([.. Enumerable.Range(1, 6).Select(Return)]);
        var text = (await ledger.ReadAsync("/api/skills/library-return-loan")).Text("text");
        await ledger.ImportAsync(Written.Of("copy", null, ("SKILL.md", text)));

        (await EraseAsync("--yes")).ExitCode.ShouldBe(ExitCodes.Done);

        (await RunAsync("replay", "copy@1")).ExitCode.ShouldBe(ExitCodes.Done);
    }

    [Fact]
    public async Task What_was_learned_while_the_plan_was_made_goes_unlooked_at()
    {
        await LearnAsync([.. Enumerable.Range(1, 7).Select(n => Renewal(n) with { ChecksHolds = false })]);
        var subject = new DataSubject(EventContext.DefaultTenant, Patron);
        var plan = (await ledger.Service<SubjectErasure>().PlanAsync(subject, "asked for", new(ActorKind.Admin, "local"), Stop))!;
        await ledger.Service<Erasures>().BeginAsync(subject, plan with { Purge = [] }, DateTimeOffset.UtcNow, Stop);
        await LearnAsync([.. Enumerable.Range(8, 24).Select(Renewal)]);
        var latest = await ledger.ScalarAsync<long>("select count(*) from ledger.skill_versions where skill_id = 'library-renew-loan'");

        await ledger.Service<SubjectErasure>().ResumeAsync(EventContext.DefaultTenant, Stop);

        latest.ShouldBeGreaterThan(1);
        (await ledger.EventsAsync("version_revoked")).ShouldBeInRange(1, latest - 1);
    }

    [Fact]
    public async Task Who_is_not_known_cannot_be_erased_and_nothing_is_without_consent()
    {
        (await RunAsync("subject", "erase", "nobody", "--reason", "x", "--yes")).ExitCode.ShouldBe(ExitCodes.NotFound);
        await LearnAsync([Return(1)]);
        (await EraseAsync()).ExitCode.ShouldBe(ExitCodes.Usage);
        (await RunAsync("subject", "erase", Patron, "--yes")).ExitCode.ShouldBe(ExitCodes.Usage);
        (await ledger.PostAsync("/api/subjects/erase", new JsonObject { ["subject"] = Patron, ["reason"] = " " })).ShouldBeProblem(400, "reason");
        (await ledger.EventsAsync("subject_erased")).ShouldBe(0);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task LearnAsync(IEnumerable<Run> runs)
    {
        (await ledger.EmitAsync(runs)).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        await ledger.CurateAllAsync();
        await ledger.SettleAsync();
    }

    // Every column of every table, every content unpacked, and an archive made now.
    private async Task<IReadOnlyList<string>> CopiesAsync(IReadOnlyList<string> lines, ScratchFolder folder)
    {
        var found = new List<string>();
        foreach (var column in (await ledger.ColumnAsync("""
            select table_name || ' ' || column_name || ' ' || data_type from information_schema.columns
            where table_schema = 'ledger' and data_type in ('text', 'character varying', 'jsonb', 'bytea', 'ARRAY') order by 1
            """)).Select(c => c.Split(' ', 3)))
        {
            var text = column[2] == "bytea" ? $"encode({column[1]}, 'escape')" : $"{column[1]}::text";
            foreach (var line in lines)
                if (await ledger.ScalarAsync<bool>($"select exists (select from ledger.{column[0]} where position('{line.Replace("'", "''", StringComparison.Ordinal)}' in {text}) > 0)")) found.Add($"{column[0]}.{column[1]}");
        }
        var contents = await ledger.Store.ReadContentsAsync([.. (await ledger.ColumnAsync("select 'sha256:' || encode(sha256, 'hex') from ledger.contents"))], Stop);
        found.AddRange(contents.Where(c => lines.Any(l => Encoding.UTF8.GetString(c.Value).Contains(l, StringComparison.Ordinal))).Select(c => c.Key));
        (await RunAsync("ledger", "export", folder["archive"])).ExitCode.ShouldBe(ExitCodes.Done);
        foreach (var file in Directory.EnumerateFiles(folder["archive"], "*", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(file, Stop);
            if (bytes is [0x1f, 0x8b, ..])
            {
                await using var unpacked = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
                using var whole = new MemoryStream();
                await unpacked.CopyToAsync(whole, Stop);
                bytes = whole.ToArray();
            }
            if (lines.Any(l => Encoding.UTF8.GetString(bytes).Contains(l, StringComparison.Ordinal))) found.Add(Path.GetFileName(file));
        }
        return found;
    }

    private Task<CommandLineRun> EraseAsync(params string[] more) => RunAsync(["subject", "erase", Patron, "--reason", "asked for", "--json", .. more]);

    private async Task<CommandLineRun> RunAsync(params string[] args)
    {
        using var home = new ScratchFolder();
        return await CommandLineRun.OfAsync([.. args, "--url", ledger.Http.BaseAddress!.ToString(), "--home", home.Root]);
    }
}
