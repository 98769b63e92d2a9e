using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Infra.Archives;
using Pipeline.Infra.Log;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Audit;

/// <summary>What a released version archived, every later one imports, verifies and replays.</summary>
public sealed class KeptArchiveTests(PostgresFixture postgres)
{
    private const string Patron = "patron-17";

    /// <summary>Set to a version's name to make its archive anew, when its format is not released yet.</summary>
    private const string Write = "PIPELINE_WRITE_ARCHIVE";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Versions => [.. KeptArchive.Versions];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task It_is_imported_verified_and_replayed(string version)
    {
        var folder = Path.Combine(KeptArchive.Folder, version);
        var database = await postgres.CreateDatabaseAsync();
        using var home = new ScratchFolder();
        using (var import = PipelineProcess.Start(
            home["home"], database, "ledger", "import", Path.Combine(folder, "archive"), "--key", Path.Combine(folder, "log.pub"), "--kept", Path.Combine(folder, "kept.checkpoint")))
            (await import.EndAsync()).ShouldBe(ExitCodes.Done, import.Error);

        await using var ledger = await HandDrivenLedger.StartAsync(postgres, restored: database);
        var expected = JsonElement.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "expected.json"), Stop));
        (await ledger.ReadAsync("/api/audit/checkpoint")).Text("origin").ShouldBe(expected.Text("origin"));
        var verified = await RunAsync(ledger, "audit", "verify", "--key", Path.Combine(folder, "log.pub"), "--kept", Path.Combine(folder, "kept.checkpoint"), "--json");
        verified.ExitCode.ShouldBe(ExitCodes.Done, verified.Out + verified.Error);
        foreach (var skill in expected.GetProperty("versions").EnumerateArray())
        {
            var name = $"{skill.Text("skill")}@{skill.GetProperty("version").GetInt32()}";
            var replay = (await RunAsync(ledger, "replay", name, "--json")).Json;
            replay.Text("recordedDigest").ShouldBe(skill.Text("digest"), name);
            replay.GetProperty("matches").GetBoolean().ShouldBe(!skill.GetProperty("erased").GetBoolean(), name);
            replay.TryGetProperty("erasedSince", out _).ShouldBe(skill.GetProperty("erased").GetBoolean(), name);
        }
        (await ledger.ColumnAsync("select distinct type from ledger.mt_events order by type")).ShouldBe(expected.GetProperty("types").EnumerateArray().Select(t => t.GetString()!));
    }

    /// <summary>How one is made: skills that are created, improved and merged, a data subject erased, the log's key changed.</summary>
    [Fact]
    public async Task It_was_made_like_this()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        using var made = new ScratchFolder();
        made.Write("log.pub", (await RunAsync(ledger, "audit", "key", "show")).Out);
        await FeedAsync(ledger, [.. Enumerable.Range(1, 10).Select(Renewal), .. Enumerable.Range(40, 8).Select(n => Renewal(n) with { Id = $"prolong-{n}", Effect = "prolong_loan" })]);
        (await RunAsync(ledger, "audit", "checkpoint", "-o", made["kept.checkpoint"])).ExitCode.ShouldBe(ExitCodes.Done);
        // The library is swept once it has come to rest.
        for (var i = 0; i < 2; i++) (await ledger.InvokeAsync("SweepLifecycle", null)).Status.ShouldBe(200);
        await ledger.SettleAsync();
        await FeedAsync(ledger, [.. Enumerable.Range(11, 24).Select(n => Renewal(n) with { ChecksHolds = true })]);
        await FeedAsync(ledger, [.. Enumerable.Range(1, 6).Select(Return)]);
        (await RunAsync(ledger, "audit", "key", "rotate", "--reason", "the yearly change")).ExitCode.ShouldBe(ExitCodes.Done);
        (await RunAsync(ledger, "subject", "erase", Patron, "--reason", "asked for", "--yes")).ExitCode.ShouldBe(ExitCodes.Done);
        await ledger.SettleAsync();
        await ledger.Service<CheckpointSigner>().SignAsync(atOnce: true, Stop);
        var export = await RunAsync(ledger, "ledger", "export", made["archive"], "--key", made["log.pub"], "--json");
        export.ExitCode.ShouldBe(ExitCodes.Done, export.Error);

        var types = await ledger.ColumnAsync("select distinct type from ledger.mt_events order by type");
        foreach (var type in (string[])["log_key_introduced", "skill_created", "skill_improved", "skill_merged", "subject_erased", "validation_completed", "version_revoked"]) types.ShouldContain(type);
        new DirectoryInfo(made["archive"]).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length).ShouldBeLessThan(300 * 1024);
        await RecordAsync(ledger, made, export.Json.Text("origin"), types);
    }

    private static async Task RecordAsync(HandDrivenLedger ledger, ScratchFolder made, string origin, IReadOnlyList<string> types)
    {
        var versions = new List<object>();
        foreach (var name in await ledger.ColumnAsync("select skill_id || '@' || version from ledger.skill_versions order by skill_id, version"))
        {
            var replay = (await RunAsync(ledger, "replay", name, "--json")).Json;
            versions.Add(new { Skill = name[..name.IndexOf('@', StringComparison.Ordinal)], Version = replay.GetProperty("version").GetInt32(), Digest = replay.Text("recordedDigest"), Erased = replay.TryGetProperty("erasedSince", out _) });
        }
        made.Write("expected.json", JsonSerializer.SerializeToUtf8Bytes(new { Origin = origin, Types = types, Versions = versions }, LedgerJson.Indented));
        if (Environment.GetEnvironmentVariable(Write) is not { Length: > 0 } version) return;
        var to = Path.Combine(KeptArchive.Folder, version);
        Directory.Exists(to).ShouldBeFalse("what is kept is never changed");
        foreach (var file in Directory.EnumerateFiles(made.Root, "*", SearchOption.AllDirectories))
        {
            var place = Path.Combine(to, Path.GetRelativePath(made.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Copy(file, place);
        }
    }

    private static Run Renewal(int number) => new(number) { Source = $"https://library.test/desk-{number % 2}", Subject = $"other-{number % 3}" };

    private static Run Return(int number) => new(number) { Id = $"return-{number}", Effect = "return_loan", Source = $"https://library.test/desk-{number % 2}", Subject = Patron, Asks = "I would like to give the atlas of Zanzibar back" };

    private static async Task FeedAsync(HandDrivenLedger ledger, IEnumerable<Run> runs)
    {
        (await ledger.EmitAsync(runs)).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        await ledger.CurateAllAsync();
        await ledger.SettleAsync();
    }

    private static async Task<CommandLineRun> RunAsync(HandDrivenLedger ledger, params string[] args)
    {
        using var home = new ScratchFolder();
        return await CommandLineRun.OfAsync([.. args, "--url", ledger.Http.BaseAddress!.ToString(), "--home", home.Root]);
    }
}
