using System.Globalization;
using System.Text.Json;
using Npgsql;
using Pipeline.Domain.Ledger.Log;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Infra.Archives;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Audit;

public sealed class ArchiveTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Patron = "patron-17";

    private readonly ScratchFolder _files = new();
    private HandDrivenLedger _ledger = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _ledger = await HandDrivenLedger.StartAsync(postgres);
        _files.Write("log.pub", (await RunAsync(_ledger, "audit", "key", "show")).Out);
        await FeedAsync(_ledger, [.. Enumerable.Range(1, 8).Select(Renewal), .. Enumerable.Range(1, 6).Select(Return)]);
        (await RunAsync(_ledger, "audit", "checkpoint", "-o", _files["kept.checkpoint"])).ExitCode.ShouldBe(ExitCodes.Done);
        (await RunAsync(_ledger, "audit", "key", "rotate", "--reason", "the yearly change")).ExitCode.ShouldBe(ExitCodes.Done);
        (await RunAsync(_ledger, "subject", "erase", Patron, "--reason", "asked for", "--yes")).ExitCode.ShouldBe(ExitCodes.Done);
        await _ledger.SettleAsync();
        await SignAsync(_ledger);
    }

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        _files.Dispose();
    }

    [Fact]
    public async Task An_imported_ledger_has_the_same_leaves_root_checkpoints_skills_and_names_and_goes_on()
    {
        (await ExportAsync()).ExitCode.ShouldBe(ExitCodes.Done);
        var database = await postgres.CreateDatabaseAsync();

        using var home = new ScratchFolder();
        using (var import = PipelineProcess.Start(home["home"], database, "ledger", "import", _files["archive"], "--key", _files["log.pub"], "--kept", _files["kept.checkpoint"]))
            (await import.EndAsync()).ShouldBe(ExitCodes.Done, import.Error);

        await using var restored = await HandDrivenLedger.StartAsync(postgres, restored: database);
        foreach (var same in (string[])[
            "select string_agg(encode(leaf_hash, 'hex'), ' ' order by leaf_index) from ledger.leaves",
            "select size || ' ' || encode(frontier, 'hex') from ledger.seal_state",
            "select string_agg(note || key_id || signed_at, ' ' order by size) from ledger.checkpoints",
            "select string_agg(tenant_id || id || type || version, ' ' order by id) from ledger.mt_streams",
            "select string_agg(name || skill_id, ' ' order by name) from ledger.skill_names",
            "select string_agg(encode(sha256, 'hex') || size, ' ' order by sha256) from ledger.contents",
            "select string_agg(skill_id || status || aliases || current_version, ' ' order by skill_id) from ledger.skill_catalogue",
            "select string_agg(family_id || evidence_seen, ' ' order by family_id) from ledger.curation_progress",
        ]) (await restored.ScalarAsync<string>(same)).ShouldBe(await _ledger.ScalarAsync<string>(same), same);
        (await restored.ReadAsync("/api/search?q=renew%20loan")).GetProperty("results").GetRawText().ShouldBe((await _ledger.ReadAsync("/api/search?q=renew%20loan")).GetProperty("results").GetRawText());
        (await RunAsync(restored, "replay", "library-renew-loan")).ExitCode.ShouldBe(ExitCodes.Done);
        var verified = await RunAsync(restored, "audit", "verify", "--key", _files["log.pub"], "--kept", _files["kept.checkpoint"], "--json");
        verified.ExitCode.ShouldBe(ExitCodes.Done, verified.Out + verified.Error);

        (await restored.EmitAsync(Return(99))).Text.ShouldContain("subject-erased");
        var again = await RunAsync(restored, "rederive", "--json");
        again.Json.GetProperty("unreadable").GetInt32().ShouldBePositive();
        again.Out.ShouldContain("the ledger was imported up to leaf");
        var before = await restored.EventsAsync();
        await FeedAsync(restored, [Renewal(40)]);
        (await restored.EventsAsync()).ShouldBeGreaterThan(before);
        (await restored.ReadAsync("/api/audit/checkpoint")).TryGetProperty("stopped", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_copy_without_the_key_begins_a_log_of_its_own_when_an_admin_says_so()
    {
        (await ExportAsync()).ExitCode.ShouldBe(ExitCodes.Done);
        await using var restored = await HandDrivenLedger.StartAsync(postgres, restored: await ImportedAsync());
        var origin = (await restored.ReadAsync("/api/audit/checkpoint")).Text("origin");
        origin.ShouldBe((await _ledger.ReadAsync("/api/audit/checkpoint")).Text("origin"));

        var forked = await RunAsync(restored, "audit", "checkpoint", "--accept-fork", "--reason", "a copy to try things on");

        forked.ExitCode.ShouldBe(ExitCodes.Done, forked.Error);
        (await restored.ReadAsync("/api/audit/checkpoint")).Text("origin").ShouldStartWith($"{origin}/2-");
        (await RunAsync(_ledger, "audit", "checkpoint", "--accept-fork", "--reason", "no reason")).ExitCode.ShouldBe(ExitCodes.Refused);
    }

    [Fact]
    public async Task An_export_that_was_broken_off_is_no_archive_and_goes_on_with_what_holds_of_it()
    {
        var directory = new ArchiveDirectory(_files["archive"]);
        using (var abort = CancellationTokenSource.CreateLinkedTokenSource(Stop))
        {
            var seen = new Meter(done =>
            {
                if (done > 40) abort.Cancel();
            });
            await Should.ThrowAsync<OperationCanceledException>(() => SmallExportAsync(directory, seen, abort.Token));
        }
        (await CommandLineRun.OfAsync("ledger", "import", directory.Root, "--dry-run")).Error.ShouldContain("never finished");
        File.WriteAllText(directory.PathOf(LeafPortion.NameOf(1)), "cut off");

        var (manifest, kept) = await SmallExportAsync(directory, new Meter(_ => { }), Stop);

        kept.ShouldBeGreaterThan(0);
        manifest.Leaves.Count.ShouldBeGreaterThan(4);
        (await VerifyAsync()).ExitCode.ShouldBe(ExitCodes.Done);
        (await SmallExportAsync(directory, new Meter(_ => { }), Stop)).Kept.ShouldBe(manifest.Leaves.Count + manifest.Contents.Count - await ErasedAsync(directory, manifest));
        File.ReadAllText(directory.PathOf(ArchiveManifest.FileName)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_longer_archive_is_never_overwritten_with_a_shorter_log_or_with_one_that_is_stopped()
    {
        (await ExportAsync()).ExitCode.ShouldBe(ExitCodes.Done);
        var before = await File.ReadAllTextAsync(_files["archive/archive.json"], Stop);

        var kept = SignedNote.TryParse(await File.ReadAllBytesAsync(_files["kept.checkpoint"], Stop))!;
        (await Should.ThrowAsync<ArchiveException>(() => SmallExportAsync(new(_files["archive"]), new Meter(_ => { }), Stop, kept.ToString()))).Message.ShouldContain("more leaves");
        await LedgerAttack.SetBackAsync(_ledger, Checkpoint.TryParse(kept.Text)!.Size);
        var refused = await ExportAsync();

        refused.ExitCode.ShouldNotBe(ExitCodes.Done, refused.Out);
        (await File.ReadAllTextAsync(_files["archive/archive.json"], Stop)).ShouldBe(before);
        (await VerifyAsync()).ExitCode.ShouldBe(ExitCodes.Done);
        Directory.EnumerateFiles(_files["archive"], "*.new", SearchOption.AllDirectories).ShouldBeEmpty();
        await SignAsync(_ledger);
        var stopped = await RunAsync(_ledger, "ledger", "export", _files["elsewhere"]);
        stopped.ExitCode.ShouldBe(ExitCodes.Refused, stopped.Out);
        stopped.Error.ShouldContain("stopped");
        Directory.Exists(_files["elsewhere"]).ShouldBeFalse();
    }

    [Fact]
    public async Task Another_past_is_not_exported_over_the_archive_of_the_true_one()
    {
        (await ExportAsync()).ExitCode.ShouldBe(ExitCodes.Done);
        await LedgerAttack.RewriteAsync(_ledger, 6);

        (await ExportAsync()).ExitCode.ShouldNotBe(ExitCodes.Done);

        (await VerifyAsync()).ExitCode.ShouldBe(ExitCodes.Done);
    }

    [Fact]
    public async Task Until_a_later_export_is_done_the_earlier_archive_stays_whole()
    {
        var directory = new ArchiveDirectory(_files["archive"]);
        var (first, _) = await SmallExportAsync(directory, new Meter(_ => { }), Stop);
        await FeedAsync(_ledger, [.. Enumerable.Range(50, 8).Select(Renewal)]);
        await SignAsync(_ledger);
        using (var abort = CancellationTokenSource.CreateLinkedTokenSource(Stop))
        {
            var seen = new Meter(done =>
            {
                if (done > first.Size + 1) abort.Cancel();
            });
            await Should.ThrowAsync<OperationCanceledException>(() => SmallExportAsync(directory, seen, abort.Token));
        }

        var verified = await VerifyAsync();
        verified.ExitCode.ShouldBe(ExitCodes.Done, verified.Error);
        (await directory.ReadManifestAsync(Stop)).Manifest.Size.ShouldBe(first.Size);

        var (second, _) = await SmallExportAsync(directory, new Meter(_ => { }), Stop);
        second.Size.ShouldBeGreaterThan(first.Size);
        verified = await VerifyAsync();
        verified.ExitCode.ShouldBe(ExitCodes.Done, verified.Error);
        Directory.EnumerateFiles(directory.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["archive.json", "checkpoints.jsonl", "contents.jsonl"]);
    }

    [Fact]
    public async Task The_archive_of_a_log_that_began_anew_is_believed_by_who_kept_the_old_key_and_by_who_has_the_new_one()
    {
        await LedgerAttack.SetBackAsync(_ledger, await _ledger.Service<LogTree>().SizeAsync(Stop) - 3);
        (await RunAsync(_ledger, "audit", "checkpoint", "--accept-fork", "--reason", "restored an older backup")).ExitCode.ShouldBe(ExitCodes.Done);
        _files.Write("new.pub", (await RunAsync(_ledger, "audit", "key", "show")).Out);
        (await ExportAsync()).ExitCode.ShouldBe(ExitCodes.Done);

        foreach (var key in (string[])["log.pub", "new.pub"])
        {
            var run = await CommandLineRun.OfAsync("ledger", "import", _files["archive"], "--dry-run", "--key", _files[key]);
            run.ExitCode.ShouldBe(ExitCodes.Done, key + run.Error);
        }
        using (var other = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256))
            _files.Write("other.pub", NoteKey.OfEcdsa(NoteKey.TryParse(File.ReadAllText(_files["log.pub"]).Trim())!.Name, other.ExportSubjectPublicKeyInfo()).ToString());
        (await CommandLineRun.OfAsync("ledger", "import", _files["archive"], "--dry-run", "--key", _files["other.pub"])).ExitCode.ShouldBe(ExitCodes.Altered);
        await using var restored = await HandDrivenLedger.StartAsync(postgres, restored: await ImportedAsync());
        var verified = await RunAsync(restored, "audit", "verify", "--key", _files["new.pub"]);
        verified.ExitCode.ShouldBe(ExitCodes.Done, verified.Out + verified.Error);
    }

    [Fact]
    public async Task An_export_into_something_else_or_of_another_ledger_is_refused()
    {
        _files.Write("archive/mine.txt", "keep this");
        (await ExportAsync()).Error.ShouldContain("not empty");
        File.ReadAllText(_files["archive/mine.txt"]).ShouldBe("keep this");

        File.Delete(_files["archive/mine.txt"]);
        (await ExportAsync()).ExitCode.ShouldBe(ExitCodes.Done);
        await using var other = await HandDrivenLedger.StartAsync(postgres);
        await FeedAsync(other, [.. Enumerable.Range(1, 8).Select(Renewal)]);
        await SignAsync(other);
        var refused = await RunAsync(other, "ledger", "export", _files["archive"]);
        refused.ExitCode.ShouldBe(ExitCodes.Altered, refused.Error);
        refused.Error.ShouldContain("archive of the log");
        (await VerifyAsync()).ExitCode.ShouldBe(ExitCodes.Done, "it was left as it is");
    }

    [Fact]
    public async Task An_import_that_died_goes_on_and_until_then_no_server_starts()
    {
        (await ExportAsync()).ExitCode.ShouldBe(ExitCodes.Done);
        var database = await postgres.CreateDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(database);
        await new SchemaMigration(source).ApplyAsync(Stop);
        var directory = new ArchiveDirectory(_files["archive"]);
        var verified = await new ArchiveVerification(directory, null, []).RunAsync((_, _, _) => { }, Stop);
        foreach (var (stage, at) in (IEnumerable<(string, long)>)[("leaves", 40), ("contents", 1)])
        {
            using var abort = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            await Should.ThrowAsync<OperationCanceledException>(() => new LedgerImport(source, TimeProvider.System, leavesAtOnce: 16).RunAsync(directory, verified, (done, _, what) =>
            {
                if (what == stage && done >= at) abort.Cancel();
            }, abort.Token));
            (await new LogTree(source).SizeAsync(Stop)).ShouldBe(stage == "leaves" ? 48 : verified.Manifest.Size);
        }

        await Should.ThrowAsync<UnfinishedImportException>(() => LedgerImports.RequireFinishedAsync(source, Stop));
        var other = verified with { Digest = "sha256:another" };
        (await new LedgerImport(source, TimeProvider.System).RunAsync(directory, other, (_, _, _) => { }, Stop)).ShouldBeOfType<ImportOutcome.Refused>().Code.ShouldBe("import-unfinished");
        var done = (await new LedgerImport(source, TimeProvider.System).RunAsync(directory, verified, (_, _, _) => { }, Stop)).ShouldBeOfType<ImportOutcome.Done>();

        done.ResumedAt.ShouldBe(verified.Manifest.Size);
        (await new LedgerImport(source, TimeProvider.System).RunAsync(directory, verified, (_, _, _) => { }, Stop)).ShouldBeOfType<ImportOutcome.Refused>().Code.ShouldBe("imported-already");
        await using var restored = await HandDrivenLedger.StartAsync(postgres, restored: database);
        (await RunAsync(restored, "audit", "verify", "--key", _files["log.pub"])).ExitCode.ShouldBe(ExitCodes.Done);
    }

    [Fact]
    public async Task A_ledger_that_is_not_empty_takes_no_import()
    {
        (await ExportAsync()).ExitCode.ShouldBe(ExitCodes.Done);
        var directory = new ArchiveDirectory(_files["archive"]);
        var verified = await new ArchiveVerification(directory, null, []).RunAsync((_, _, _) => { }, Stop);
        var events = await _ledger.EventsAsync();

        var refused = (await new LedgerImport(_ledger.Database, TimeProvider.System).RunAsync(directory, verified, (_, _, _) => { }, Stop)).ShouldBeOfType<ImportOutcome.Refused>();

        refused.Code.ShouldBe("not-empty");
        (await _ledger.EventsAsync()).ShouldBe(events);
        (await RunAsync(_ledger, "ledger", "import", directory.Root)).ExitCode.ShouldBe(ExitCodes.Usage, "not through a server");
    }

    private static Run Renewal(int number) => new(number) { Source = $"https://library.test/desk-{number % 2}", Subject = number > 6 && number < 20 ? Patron : $"other-{number % 3}", ChecksHolds = true };

    private static Run Return(int number) => new(number) { Id = $"return-{number}", Effect = "return_loan", Source = $"https://library.test/desk-{number % 2}", Subject = Patron, Asks = "I would like to give the atlas of Zanzibar back" };

    private static async Task FeedAsync(HandDrivenLedger ledger, IEnumerable<Run> runs)
    {
        (await ledger.EmitAsync(runs)).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        await ledger.CurateAllAsync();
        await ledger.SettleAsync();
    }

    private static async Task SignAsync(HandDrivenLedger ledger) => await ledger.Service<CheckpointSigner>().SignAsync(atOnce: true, Stop);

    private static async Task<CommandLineRun> RunAsync(HandDrivenLedger ledger, params string[] args)
    {
        using var home = new ScratchFolder();
        return await CommandLineRun.OfAsync([.. args, "--url", ledger.Http.BaseAddress!.ToString(), "--home", home.Root]);
    }

    private static async Task<long> ErasedAsync(ArchiveDirectory directory, ArchiveManifest manifest) =>
        await directory.ReadListAsync<ArchivedContent>(manifest.Contents, Stop).CountAsync(c => c.Erased, Stop);

    private Task<CommandLineRun> ExportAsync() => RunAsync(_ledger, "ledger", "export", _files["archive"], "--key", _files["log.pub"]);

    private Task<CommandLineRun> VerifyAsync() => CommandLineRun.OfAsync("ledger", "import", _files["archive"], "--dry-run", "--key", _files["log.pub"], "--kept", _files["kept.checkpoint"]);

    private async Task<(ArchiveManifest Manifest, long Kept)> SmallExportAsync(ArchiveDirectory directory, IProgressMeter progress, CancellationToken ct, string? to = null)
    {
        using var client = Pipeline.Functions.Cli.Api.LedgerClient.For(_ledger.Http.BaseAddress!);
        var log = (await client.CheckpointAsync(ct)).Value;
        var target = Checkpoint.TryParse(SignedNote.TryParse(to ?? log.Checkpoint!.Note)!.Text)!;
        var keys = log.Keys.Select(k => NoteKey.TryParse(k.Key!)!).ToList();
        var export = new Pipeline.Functions.Cli.Archiving.LedgerExport(client, log, target, keys, leavesPerPortion: 16);
        return (await export.RunAsync(directory, progress, ct), export.Kept);
    }

    private async Task<string> ImportedAsync()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(database);
        await new SchemaMigration(source).ApplyAsync(Stop);
        var directory = new ArchiveDirectory(_files["archive"]);
        var verified = await new ArchiveVerification(directory, null, []).RunAsync((_, _, _) => { }, Stop);
        (await new LedgerImport(source, TimeProvider.System).RunAsync(directory, verified, (_, _, _) => { }, Stop)).ShouldBeOfType<ImportOutcome.Done>();
        return database;
    }

    private sealed class Meter(Action<long> told) : IProgressMeter
    {
        public void Report(long done, long total, string? what = null) => told(done);
    }
}
