using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Auditing;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Audit;

public sealed class InterruptedAuditTests(PostgresFixture postgres) : IAsyncLifetime
{
    private HandDrivenLedger _ledger = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _ledger = await HandDrivenLedger.StartAsync(postgres);
        await _ledger.ImportAsync(Written.Skill("by-hand", "First."), Written.Skill("another", "Second."));
        await _ledger.SettleAsync();
    }

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    [Fact]
    public async Task The_place_is_kept_by_time_and_when_it_is_interrupted_and_not_by_the_leaf()
    {
        List<AuditState> places = [];
        using var client = LedgerClient.For(_ledger.Http.BaseAddress!);
        var whole = await (await VerificationAsync(client)).RunAsync(AuditState.Begin, Keep, new Meter(_ => { }), Stop);
        whole.Findings.ShouldBeEmpty();
        places.Select(p => p.Size).ShouldBe([whole.Next], "once, at the end");

        places.Clear();
        using var abort = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var seen = new Meter(done =>
        {
            if (done == 3) abort.Cancel();
        });
        await Should.ThrowAsync<OperationCanceledException>(async () => await (await VerificationAsync(client)).RunAsync(AuditState.Begin, Keep, seen, abort.Token));
        places.ShouldHaveSingleItem().Size.ShouldBeInRange(3, whole.Next - 1);

        var rest = await (await VerificationAsync(client)).RunAsync(places[0], Keep, new Meter(_ => { }), Stop);
        rest.Findings.ShouldBeEmpty();
        rest.Root.ShouldBe(whole.Root);

        Task Keep(AuditState state)
        {
            places.Add(state);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Where_there_is_nothing_to_go_on_from_it_says_that_it_begins_anew()
    {
        using var home = new ScratchFolder();
        string[] args = ["audit", "verify", "--resume", "--url", _ledger.Http.BaseAddress!.ToString(), "--home", home.Root];
        var nothing = await CommandLineRun.OfAsync(args);
        nothing.ExitCode.ShouldBe(ExitCodes.Done);
        nothing.Error.ShouldContain("There is nothing to go on from: beginning anew.");

        var place = AuditPlace.In(home.Root, (await _ledger.ReadAsync("/api/audit/checkpoint")).Text("origin"));
        await place.KeepAsync(AuditState.Begin);
        foreach (var file in Directory.EnumerateFiles(home["audit"])) await File.WriteAllTextAsync(file, """{"size":3}""", Stop);
        (await CommandLineRun.OfAsync(args)).Error.ShouldContain("another version of the program");
    }

    private static async Task<LedgerVerification> VerificationAsync(LedgerClient client)
    {
        var log = (await client.CheckpointAsync(Stop)).Value;
        return new(client, log, [.. log.Keys.Select(k => NoteKey.TryParse(k.Key!)!)], [], TimeProvider.System, leavesAtOnce: 1);
    }

    private sealed class Meter(Action<long> told) : IProgressMeter
    {
        public void Report(long done, long total, string? what = null) => told(done);
    }
}
