using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Audit;

/// <summary>What an auditor takes away from a ledger, and checks where there is none.</summary>
public sealed class BundleTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Patron = "patron-17", Renew = "library-renew-loan", Return = "library-return-loan";

    private readonly ScratchFolder kept = new();
    private HandDrivenLedger ledger = null!;

    public async ValueTask InitializeAsync() => ledger = await HandDrivenLedger.StartAsync(postgres);

    public async ValueTask DisposeAsync()
    {
        kept.Dispose();
        await ledger.DisposeAsync();
    }

    [Fact]
    public async Task A_bundle_is_verified_where_the_ledger_is_not_and_by_the_key_before_this_one_too()
    {
        kept.Write("old.pub", (await RunAsync("audit", "key", "show")).Out);
        await LearnAsync(Run.Many(6));
        (await RunAsync("audit", "key", "rotate", "--reason", "yearly")).ExitCode.ShouldBe(ExitCodes.Done);
        await LearnAsync([.. Enumerable.Range(7, 8).Select(n => new Run(n) { ChecksHolds = true })]);
        var newest = (await ledger.ReadAsync($"/api/skills/{Renew}/versions")).GetProperty("versions")[0].GetProperty("version").GetInt32();
        newest.ShouldBeGreaterThan(1);

        foreach (var version in Enumerable.Range(1, newest))
        {
            var file = kept[$"{version}.bundle.json"];
            var made = await RunAsync("audit", "bundle", $"{Renew}@{version}", "-o", file);
            made.ExitCode.ShouldBe(ExitCodes.Done, made.Error);

            var run = await OfflineAsync("--bundle", file, "--json");

            run.ExitCode.ShouldBe(ExitCodes.Done, run.Error);
            run.Json.GetProperty("holds").GetBoolean().ShouldBeTrue();
            var told = run.Json.GetProperty("provenance");
            told.GetProperty("version").GetInt32().ShouldBe(version);
            told.GetProperty("versions")[0].Text("by").ShouldBe("policy:default");
            told.GetProperty("versions")[0].GetProperty("decision").GetProperty("policy").Text("id").ShouldBe("default");
            told.GetProperty("runs").GetArrayLength().ShouldBeGreaterThan(2);
            File.ReadAllText(file).ShouldNotContain("please help me with the book", Case.Insensitive, "no text of a run is in a bundle");
        }
        var shown = await OfflineAsync("--bundle", kept["1.bundle.json"]);
        shown.Out.ShouldContain("policy:default");
        shown.Error.ShouldContain("The bundle holds");
    }

    [Fact]
    public async Task A_bundle_that_was_changed_or_that_another_log_signed_is_refused_with_what_is_wrong()
    {
        kept.Write("old.pub", (await RunAsync("audit", "key", "show")).Out);
        await LearnAsync(Run.Many(6));
        (await RunAsync("audit", "bundle", $"{Renew}@1", "-o", kept["sound.json"])).ExitCode.ShouldBe(ExitCodes.Done);
        var sound = AuditBundle.TryRead(File.ReadAllBytes(kept["sound.json"]))!;

        await RefusedAsync("checkpoint", sound with { Checkpoint = sound.Checkpoint.Replace(" ", " A", StringComparison.Ordinal) });
        await RefusedAsync("proof", sound with { Leaves = [.. sound.Leaves.Select(l => l with { Text = l.Text.Replace("verifier", "Verifier", StringComparison.Ordinal) })] });
        await RefusedAsync("stream-ends", sound with { Leaves = [.. sound.Leaves.Where(l => !l.Text.Contains("alias_moved", StringComparison.Ordinal))] });
        await RefusedAsync("file", sound with { Files = [sound.Files[0] with { Content = Convert.ToBase64String(Encoding.UTF8.GetBytes("Trust me.")) }] });
        kept.Write("changed.json", "{}");
        (await OfflineAsync("--bundle", kept["changed.json"])).Error.ShouldContain("[bundle]");

        await using var another = await HandDrivenLedger.StartAsync(postgres);
        using var home = new ScratchFolder();
        kept.Write("old.pub", (await CommandLineRun.OfAsync("audit", "key", "show", "--url", another.Http.BaseAddress!.ToString(), "--home", home.Root)).Out);
        (await OfflineAsync("--bundle", kept["sound.json"])).ExitCode.ShouldBe(ExitCodes.Altered);
        (await RunAsync("audit", "bundle", $"{Renew}@99", "-o", kept["none.json"])).ExitCode.ShouldBe(ExitCodes.NotFound);
        (await RunAsync("audit", "bundle", Renew, "-o", kept["none.json"])).ExitCode.ShouldBe(ExitCodes.Usage);
        (await CommandLineRun.OfAsync("audit", "verify", "--bundle", kept["sound.json"])).ExitCode.ShouldBe(ExitCodes.Usage, "without a key of the auditor's own nothing is proved");

        async Task RefusedAsync(string check, AuditBundle changed)
        {
            kept.Write("changed.json", changed.Write());
            var run = await OfflineAsync("--bundle", kept["changed.json"], "--json");
            run.ExitCode.ShouldBe(ExitCodes.Altered, check);
            run.Json.GetProperty("problem").Text("check").ShouldBe(check);
        }
    }

    [Fact]
    public async Task A_bundle_of_a_version_that_lost_its_text_names_what_was_erased_and_holds()
    {
        kept.Write("old.pub", (await RunAsync("audit", "key", "show")).Out);
        await LearnAsync([.. Enumerable.Range(1, 6).Select(n => new Run(n)), .. Enumerable.Range(1, 6).Select(n => new Run(n) { Id = $"return-{n}", Effect = "return_loan", Subject = Patron, Asks = "I would like to give the atlas of Zanzibar back" })]);
        (await RunAsync("subject", "erase", Patron, "--reason", "asked for", "--yes")).ExitCode.ShouldBe(ExitCodes.Done);
        await ledger.SettleAsync();

        (await RunAsync("audit", "bundle", $"{Return}@1", "-o", kept["erased.json"])).ExitCode.ShouldBe(ExitCodes.Done);
        var run = await OfflineAsync("--bundle", kept["erased.json"], "--json");

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Error);
        run.Json.GetProperty("provenance").GetProperty("isRevoked").GetBoolean().ShouldBeTrue();
        AuditBundle.TryRead(File.ReadAllBytes(kept["erased.json"]))!.Files.ShouldContain(f => f.Content == null && f.Erased > 0);
        (await RunAsync("audit", "provenance", $"{Return}@1")).Out.ShouldContain("erased since leaf");

        // Not erased, but taken away: that is not to be bundled as if nothing were.
        await ledger.ExecuteAsync("delete from ledger.contents");
        (await RunAsync("audit", "bundle", $"{Renew}@1", "-o", kept["gone.json"])).ExitCode.ShouldBe(ExitCodes.Refused);
    }

    [Fact]
    public async Task Provenance_names_for_each_section_the_version_that_brought_it_and_the_runs_behind_it()
    {
        await LearnAsync(Run.Many(6));
        await LearnAsync([.. Enumerable.Range(7, 8).Select(n => new Run(n) { ChecksHolds = true })]);
        (await ledger.ReadAsync($"/api/skills/{Renew}/versions")).GetProperty("versions").GetArrayLength().ShouldBeGreaterThan(1);
        (await RunAsync("skill", "rollback", Renew, "1", "--reason", "was better")).ExitCode.ShouldBe(ExitCodes.Done);
        await ledger.SettleAsync();

        var told = (await RunAsync("audit", "provenance", Renew, "--json")).Json;
        var served = told.GetProperty("version").GetInt32();

        var sections = told.GetProperty("sections").EnumerateArray().ToList();
        sections.ShouldNotBeEmpty();
        foreach (var section in sections)
        {
            section.GetProperty("broughtBy").GetProperty("version").GetInt32().ShouldBeLessThanOrEqualTo(served);
            foreach (var episode in section.GetProperty("episodes").EnumerateArray())
            {
                (episode.Text("source"), episode.GetProperty("outcome").Text("verifiedBy")).ShouldBe(("https://library.test/desk", "verifier"));
                episode.GetProperty("admittedAt").GetInt64().ShouldBePositive();
            }
        }
        sections.ShouldContain(s => s.GetProperty("episodes").GetArrayLength() > 0);
        var back = (await RunAsync("audit", "provenance", $"{Renew}@{await NewestAsync()}", "--json")).Json;
        back.GetProperty("versions")[0].Text("operation").ShouldBe("rollBack");
        back.GetProperty("sections").EnumerateArray().ShouldAllBe(s => s.GetProperty("broughtBy").GetProperty("version").GetInt32() == 1);
        (await RunAsync("audit", "provenance", $"{Renew}@1")).Out.ShouldContain("BROUGHT BY");
        var dot = (await RunAsync("audit", "provenance", $"{Renew}@1", "--dot")).Out;
        dot.ShouldStartWith("digraph provenance {");
        dot.ShouldContain($"\"{Renew}@1\"");
        foreach (var (what, version) in new[] { ("bundle", 1), ("bundle", await NewestAsync()) }) (await ledger.GetAsync($"/api/audit/skills/{Renew}/versions/{version}/{what}")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_merged_version_is_bundled_with_the_evidence_of_both_families_and_its_sections_followed_to_either_parent()
    {
        kept.Write("old.pub", (await RunAsync("audit", "key", "show")).Out);
        await ledger.EmitAsync([.. Run.Many(10), .. Run.Many(8, from: 40).Select(r => r with { Id = $"prolong-{r.Number}", Effect = "prolong_loan" })]);
        await ledger.ProjectAllAsync();
        (await ledger.PostAsync("/api/curation?sweep=true", new JsonObject())).Status.ShouldBe(200);
        await ledger.CurateAllAsync();
        await ledger.SettleAsync();
        var survivor = (await ledger.ScalarAsync<string>("select substr(stream_id, 7) from ledger.mt_events where type = 'skill_merged'"))!;
        var version = await ledger.ScalarAsync<int>("select (data ->> 'version')::int from ledger.mt_events where type = 'skill_merged'");

        (await RunAsync("audit", "bundle", $"{survivor}@{version}", "-o", kept["merged.json"])).ExitCode.ShouldBe(ExitCodes.Done);
        var run = await OfflineAsync("--bundle", kept["merged.json"], "--json");

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Error);
        run.Json.GetProperty("provenance").GetProperty("parents").GetArrayLength().ShouldBe(2);
        var streams = AuditBundle.TryRead(File.ReadAllBytes(kept["merged.json"]))!.Leaves.Select(l => JsonElement.Parse(l.Text).Text("stream")).Distinct().ToList();
        streams.ShouldContain("family-library.renew-loan");
        streams.ShouldContain("family-library.prolong-loan");
        var told = (await RunAsync("audit", "provenance", $"{survivor}@{version}", "--json")).Json;
        var parents = told.GetProperty("parents").EnumerateArray().Select(p => p.Text("skillId")).ToList();
        told.GetProperty("sections").EnumerateArray().Select(s => s.GetProperty("broughtBy").Text("skillId")).ShouldAllBe(s => parents.Contains(s));
        told.GetProperty("sections").EnumerateArray().ShouldContain(s => s.GetProperty("broughtBy").GetProperty("version").GetInt32() != version, "a section that the merge left as it was");
    }

    [Fact]
    public async Task An_in_toto_statement_is_verified_offline_and_names_files_runs_and_decisions()
    {
        kept.Write("old.pub", (await RunAsync("audit", "key", "show")).Out);
        await LearnAsync(Run.Many(6));
        var file = kept["renew.intoto.json"];
        (await RunAsync("audit", "provenance", $"{Renew}@1", "--in-toto", "-o", file)).ExitCode.ShouldBe(ExitCodes.Done);

        var run = await OfflineAsync("--in-toto", file, "--json");

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Error);
        var statement = run.Json.GetProperty("statement");
        statement.Text("_type").ShouldBe("https://in-toto.io/Statement/v1");
        statement.GetProperty("subject").EnumerateArray().Select(s => s.Text("name")).ShouldContain("SKILL.md");
        var predicate = statement.GetProperty("predicate");
        predicate.GetProperty("versions")[0].GetProperty("decision").Text("operation").ShouldBe("create");
        foreach (var dependency in predicate.GetProperty("resolvedDependencies").EnumerateArray()) dependency.GetProperty("digest").EnumerateObject().Single().Value.GetString()!.Length.ShouldBe(64);

        var envelope = DsseEnvelope.TryRead(File.ReadAllBytes(file))!;
        kept.Write("forged.json", (envelope with { Payload = Convert.ToBase64String(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(envelope.Bytes()!).Replace("\"create\"", "\"merge\"", StringComparison.Ordinal))) }).Write());
        (await OfflineAsync("--in-toto", kept["forged.json"])).ExitCode.ShouldBe(ExitCodes.Altered);
    }

    [Fact]
    public async Task Nothing_is_signed_over_events_that_are_not_those_that_were_sealed()
    {
        await LearnAsync(Run.Many(6));
        var leaf = await ledger.ScalarAsync<long>($"select max(l.leaf_index) from ledger.leaves l join ledger.mt_events e using (seq_id) where e.stream_id = 'skill-{Renew}'");
        var seq = $"(select seq_id from ledger.leaves where leaf_index = {leaf})";
        await ledger.ExecuteAsync("create schema saved; create table saved.mt_events as select * from ledger.mt_events; create table saved.leaves as select * from ledger.leaves; create table saved.mt_streams as select * from ledger.mt_streams");
        (await RunAsync("audit", "bundle", $"{Renew}@1", "-o", kept["sound.json"])).ExitCode.ShouldBe(ExitCodes.Done);

        await RefusedAsync("a byte is changed", $"update ledger.mt_events set data = jsonb_set(data, '{{x}}', '1') where seq_id = {seq}");
        await RefusedAsync("a byte and the hash are changed", $"update ledger.mt_events set data = jsonb_set(data, '{{x}}', '1') where seq_id = {seq}", $"update ledger.leaves set leaf_hash = '\\x{new string('0', 64)}' where leaf_index = {leaf}");
        await RefusedAsync("it is deleted", $"delete from ledger.mt_events where seq_id = {seq}");
        await RefusedAsync("it is deleted, and the stream's row says so", $"delete from ledger.mt_events where seq_id = {seq}", $"update ledger.mt_streams set version = version - 1 where id = 'skill-{Renew}'");
        await RefusedAsync("it is deleted with its leaf", $"delete from ledger.mt_events where seq_id = {seq}", $"delete from ledger.leaves where leaf_index = {leaf}");
        await RefusedAsync("it is moved to another stream", $"update ledger.mt_events set stream_id = 'policy-curation', version = 1000 where seq_id = {seq}");
        (await RunAsync("audit", "bundle", $"{Renew}@1", "-o", kept["sound.json"])).ExitCode.ShouldBe(ExitCodes.Done, "what was put right is right");

        async Task RefusedAsync(string what, params string[] statements)
        {
            foreach (var statement in statements) (await ledger.ExecuteAsync(statement)).ShouldBePositive(what);
            var bundle = await RunAsync("audit", "bundle", $"{Renew}@1", "-o", kept["none.json"]);
            var inToto = await RunAsync("audit", "provenance", $"{Renew}@1", "--in-toto", "-o", kept["none.json"]);
            await ledger.ExecuteAsync("delete from ledger.mt_events; delete from ledger.leaves; insert into ledger.leaves select * from saved.leaves; insert into ledger.mt_events select * from saved.mt_events");
            await ledger.ExecuteAsync("update ledger.mt_streams s set version = o.version from saved.mt_streams o where o.tenant_id = s.tenant_id and o.id = s.id");

            foreach (var run in new[] { bundle, inToto })
            {
                run.ExitCode.ShouldBe(ExitCodes.Refused, what);
                run.Error.ShouldMatch($"leaf {leaf}\\b|after leaf [0-9]+", what);
            }
            File.Exists(kept["none.json"]).ShouldBeFalse(what);
        }
    }

    [Fact]
    public async Task Evidence_that_was_corrected_or_withdrawn_since_is_told_wherever_the_version_is()
    {
        kept.Write("old.pub", (await RunAsync("audit", "key", "show")).Out);
        await LearnAsync(Run.Many(6));
        var evidence = await ledger.ScalarAsync<string>($"select data -> 'content' -> 'evidence' -> 0 ->> 'evidenceId' from ledger.mt_events where type = 'skill_created' and stream_id = 'skill-{Renew}'");
        var run = await ledger.ScalarAsync<string>($"select r.data ->> 'sourceId' from ledger.mt_events s join ledger.mt_events r on r.stream_id = 'trajectory-' || (s.data -> 'content' -> 'evidence' -> 1 ->> 'trajectoryId') and r.type = 'trajectory_recorded' where s.type = 'skill_created' and s.stream_id = 'skill-{Renew}'");
        (await ledger.EmitAsync(new Run(1) { Id = run }.Verdict(success: false))).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        await WithdrawAsync(evidence);
        await ledger.CurateAllAsync();
        await ledger.SettleAsync();
        var withdrawn = await ledger.ScalarAsync<long>("select l.leaf_index from ledger.leaves l join ledger.mt_events e using (seq_id) where e.type = 'evidence_withdrawn'");
        var corrected = await ledger.ScalarAsync<long>("select l.leaf_index from ledger.leaves l join ledger.mt_events e using (seq_id) where e.type = 'trajectory_outcome_corrected'");

        (await RunAsync("audit", "bundle", $"{Renew}@1", "-o", kept["changed.json"])).ExitCode.ShouldBe(ExitCodes.Done);
        (await RunAsync("audit", "provenance", $"{Renew}@1", "--in-toto", "-o", kept["changed.intoto.json"])).ExitCode.ShouldBe(ExitCodes.Done);
        CommandLineRun[] told = [await OfflineAsync("--bundle", kept["changed.json"]), await OfflineAsync("--in-toto", kept["changed.intoto.json"]), await RunAsync("audit", "provenance", $"{Renew}@1")];

        foreach (var one in told)
        {
            one.ExitCode.ShouldBe(ExitCodes.Done, one.Error);
            (one.Out + one.Error).ShouldContain($"withdrawn at leaf {withdrawn}");
            (one.Out + one.Error).ShouldContain($"corrected to failure (human) at leaf {corrected}");
        }
        var changed = (await OfflineAsync("--bundle", kept["changed.json"], "--json")).Json.GetProperty("provenance").GetProperty("changedEvidence");
        changed.GetArrayLength().ShouldBe(2);
        (await RunAsync("audit", "provenance", $"{Renew}@1", "--json")).Json.GetProperty("changedEvidence").GetRawText().ShouldBe(changed.GetRawText());
        var page = (await ledger.GetAsync($"/console/skills/{Renew}/versions/1")).Text;
        page.ShouldContain($"withdrawn at leaf {withdrawn}");
        page.ShouldContain("corrected at leaf ");
    }

    [Fact]
    public async Task A_policy_that_is_gone_is_said_to_be_missing()
    {
        kept.Write("old.pub", (await RunAsync("audit", "key", "show")).Out);
        await LearnAsync(Run.Many(6));
        var policy = await ledger.ScalarAsync<string>("select data ->> 'digest' from ledger.mt_events where type = 'policy_published'");
        (await ledger.ExecuteAsync($"delete from ledger.contents where sha256 = '\\x{policy[7..]}'")).ShouldBe(1);

        (await RunAsync("audit", "bundle", $"{Renew}@1", "-o", kept["lacking.json"])).ExitCode.ShouldBe(ExitCodes.Done);
        var run = await OfflineAsync("--bundle", kept["lacking.json"]);

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Error);
        run.Error.ShouldContain($"{policy} is missing");
    }

    [Fact]
    public async Task A_version_that_a_person_brought_is_bundled_with_who_did()
    {
        kept.Write("old.pub", (await RunAsync("audit", "key", "show")).Out);
        await ledger.ImportAsync(Written.Skill("by-hand", "First."));
        await ledger.SettleAsync();

        (await RunAsync("audit", "bundle", "by-hand@1", "-o", kept["hand.json"])).ExitCode.ShouldBe(ExitCodes.Done);
        var run = await OfflineAsync("--bundle", kept["hand.json"], "--json");

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Error);
        run.Json.GetProperty("provenance").GetProperty("versions")[0].Text("by").ShouldStartWith("admin:");
    }

    // Nothing in the program takes evidence back, but events of a ledger may.
    private async Task WithdrawAsync(string evidence)
    {
        const string Family = "family-library.renew-loan";
        var at = (await ledger.Store.ReadStreamAsync(EventContext.DefaultTenant, Family, ct: TestContext.Current.CancellationToken))[^1].Version;
        (await ledger.Store.AppendAsync(new()
        {
            Context = new() { Actor = new(ActorKind.Admin, "test"), CausationId = "test", CorrelationId = "test", DecidedBy = "test", RecordedAt = DateTimeOffset.UnixEpoch },
            Streams = [new(Family, Domain.Ledger.Streams.Family, at, [new FamilyEvent.EvidenceWithdrawn(evidence, "it was staged")])],
        }, TestContext.Current.CancellationToken)).ShouldBeOfType<AppendOutcome.Appended>();
    }

    private async Task<int> NewestAsync() => (await ledger.ReadAsync($"/api/skills/{Renew}/versions")).GetProperty("versions")[0].GetProperty("version").GetInt32();

    private async Task LearnAsync(IEnumerable<Run> runs)
    {
        await ledger.EmitAsync(runs);
        await ledger.ProjectAllAsync();
        await ledger.CurateAllAsync();
        await ledger.SettleAsync();
    }

    // Neither a server nor a home: what is asked for one fails.
    private Task<CommandLineRun> OfflineAsync(params string[] args) =>
        CommandLineRun.OfAsync(["audit", "verify", .. args, "--key", kept["old.pub"], "--url", "http://127.0.0.1:9", "--home", kept["no-home"]]);

    private async Task<CommandLineRun> RunAsync(params string[] args)
    {
        using var home = new ScratchFolder();
        return await CommandLineRun.OfAsync([.. args, "--url", ledger.Http.BaseAddress!.ToString(), "--home", home.Root]);
    }
}
