using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Functions.EraseSubject;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Archives;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Input;

/// <summary>An erasure excuses that a content is gone only until somebody makes the very same bytes anew.</summary>
public sealed class ErasedAndNamedAgainTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Patron = "patron-17";

    private readonly ScratchFolder _files = new();
    private HandDrivenLedger _ledger = null!;
    private string _text = "";

    private string Key => $"decode('{Digest.Of(Encoding.UTF8.GetBytes(_text))[Digest.Prefix.Length..]}', 'hex')";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _ledger = await HandDrivenLedger.StartAsync(postgres);
        (await _ledger.EmitAsync(Enumerable.Range(1, 6).Select(Return))).Status.ShouldBe(202);
        await _ledger.ProjectAllAsync();
        await _ledger.CurateAllAsync();
        await _ledger.SettleAsync();
        _text = (await _ledger.ReadAsync("/api/skills/library-return-loan")).Text("text");
        await _ledger.ExecuteAsync("create table if not exists public.backup as select * from ledger.contents");
        (await RunAsync("subject", "erase", Patron, "--reason", "asked for", "--yes")).ExitCode.ShouldBe(ExitCodes.Done);
        await _ledger.SettleAsync();
        (await ThereAsync()).ShouldBe(0);
    }

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        _files.Dispose();
    }

    [Fact]
    public async Task A_file_that_is_made_anew_goes_into_the_archive_and_its_loss_is_found()
    {
        await _ledger.ImportAsync(Written.Of("copy", null, ("SKILL.md", _text), ("README.md", "Written by somebody else.")));
        await _ledger.SettleAsync();
        // The erasure is looked at once more, and this is no business of its.
        await _ledger.Service<SubjectErasure>().ResumeAsync(EventContext.DefaultTenant, Stop);
        (await ThereAsync()).ShouldBe(1);
        await _ledger.Service<LedgerFollower>().SignAsync(atOnce: true, Stop);

        var exported = await RunAsync("ledger", "export", _files["archive"]);
        exported.ExitCode.ShouldBe(ExitCodes.Done, exported.Error);
        var archive = new ArchiveDirectory(_files["archive"]);
        archive.Has(ArchiveDirectory.NameOf(Digest.Of(Encoding.UTF8.GetBytes(_text)))).ShouldBeTrue();
        var imported = await CommandLineRun.OfAsync("ledger", "import", archive.Root, "--dry-run");
        imported.ExitCode.ShouldBe(ExitCodes.Done, imported.Error);
        (await RunAsync("replay", "copy@1")).ExitCode.ShouldBe(ExitCodes.Done);
        (await RunAsync("audit", "verify")).ExitCode.ShouldBe(ExitCodes.Done);

        await _ledger.ExecuteAsync($"delete from ledger.contents where sha256 = {Key}");

        var replay = await RunAsync("replay", "copy@1", "--json");
        replay.Json.TryGetProperty("erasedSince", out _).ShouldBeFalse();
        replay.Error.ShouldContain("Something was altered");
        (await RunAsync("replay", "library-return-loan@1", "--json")).Json.TryGetProperty("erasedSince", out _).ShouldBeTrue();
        var made = await _ledger.ScalarAsync<long>("select l.leaf_index from ledger.leaves l join ledger.mt_events e on e.seq_id = l.seq_id where e.stream_id = 'skill-library-return-loan' and e.version = 1");
        (await FindingsAsync()).ShouldBe([("content-missing", made)]);
        (await RunAsync("ledger", "export", _files["again"])).ExitCode.ShouldNotBe(ExitCodes.Done);
    }

    [Fact]
    public async Task An_erased_content_that_is_put_back_is_found_at_the_leaf_that_erased_it()
    {
        (await FindingsAsync()).ShouldBeEmpty();
        await _ledger.ExecuteAsync($"insert into ledger.contents select * from public.backup where sha256 = {Key}");
        var erased = await _ledger.ScalarAsync<long>("select max(l.leaf_index) from ledger.leaves l join ledger.mt_events e on e.seq_id = l.seq_id where e.data ? 'purged' and e.data ->> 'purged' like '%' || "
            + $"encode({Key}, 'hex') || '%'");

        (await FindingsAsync()).ShouldBe([("content-erased", erased)]);
    }

    private static Run Return(int number) => new(number) { Id = $"return-{number}", Effect = "return_loan", Source = $"https://library.test/desk-{number % 2}", Subject = Patron, Asks = "I would like to give the atlas of Zanzibar back" };

    private Task<long> ThereAsync() => _ledger.ScalarAsync<long>($"select count(*) from ledger.contents where sha256 = {Key}");

    private async Task<IReadOnlyList<(string, long)>> FindingsAsync() =>
        [.. (await RunAsync("audit", "verify", "--json")).Json.GetProperty("findings").EnumerateArray().Select(f => (f.Text("check"), f.GetProperty("leaf").GetInt64()))];

    private async Task<CommandLineRun> RunAsync(params string[] args)
    {
        using var home = new ScratchFolder();
        return await CommandLineRun.OfAsync([.. args, "--url", _ledger.Http.BaseAddress!.ToString(), "--home", home.Root]);
    }
}
