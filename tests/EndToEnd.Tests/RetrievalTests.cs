using System.Text.Json;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests;

/// <summary>A public retrieval benchmark, on machines where it lies beside the checkout: its whole library is imported and searched as a user does it.
/// On a busy machine that takes minutes, so it is done only where it is asked for.</summary>
public sealed class RetrievalTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const int Skills = 1_456;
    private const string AskedFor = "PIPELINE_TEST_LIBRARY";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private PumpedLedger ledger = null!;
    private string data = "";

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable(AskedFor) == "1", $"A whole library is imported only where {AskedFor}=1 asks for it, as .ci/run does.");
        data = Path.Combine(Repository.SharedData ?? "", "retrieval");
        Assert.SkipUnless(Directory.Exists(data), "The benchmark is not on this machine (shared/data/retrieval beside the checkout).");
        ledger = await PumpedLedger.StartAsync(postgres);
    }

    public async ValueTask DisposeAsync()
    {
        if (ledger is not null) await ledger.DisposeAsync();
    }

    [Fact]
    public async Task A_library_that_is_imported_on_trust_is_found_as_well_as_the_index_can()
    {
        var imported = await RunAsync("skill", "import", Path.Combine(data, "corpus.jsonl.gz"), "--trust", "--json");
        imported.ExitCode.ShouldBe(0, imported.Error);
        imported.Json.GetProperty("created").GetInt32().ShouldBe(Skills);
        imported.Json.GetProperty("refused").GetInt32().ShouldBe(0);
        await CaughtUpAsync();
        (await ledger.ColumnAsync("select lower(tier) || ' ' || count(*) from ledger.skill_versions group by tier")).ShouldBe([$"t1 {Skills}"]);

        var searched = await RunAsync("search", "--batch", Path.Combine(data, "queries.jsonl"), "--by", "id", "--top", "10");
        searched.ExitCode.ShouldBe(0, searched.Error);

        var relevant = File.ReadLines(Path.Combine(data, "qrels.tsv")).Select(l => l.Split('\t')).ToLookup(l => l[0], l => l[1], StringComparer.Ordinal);
        var scores = searched.Lines.Select(l => JsonElement.Parse(l)).Where(l => relevant.Contains(l.Text("id")))
            .Select(l => Score([.. l.GetProperty("ranked").EnumerateArray().Select(id => id.GetString()!)], relevant[l.Text("id")].ToHashSet(StringComparer.Ordinal))).ToList();
        scores.Count.ShouldBe(relevant.Count);
        scores.Average(s => s.First).ShouldBeGreaterThanOrEqualTo(0.925, "Hit@1");
        scores.Average(s => s.Gain).ShouldBeGreaterThan(0.875, "nDCG@10");
        scores.Average(s => s.Recall).ShouldBeGreaterThan(0.872, "Recall@10");
    }

    /// <summary>Waits until what was imported can be found; validators go on judging it meanwhile.</summary>
    private async Task CaughtUpAsync()
    {
        var events = (await ledger.ReadAsync("/api/status")).GetProperty("events").GetInt64();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(s_patience);
        while ((await ledger.ReadAsync("/api/status")).GetProperty("readModels").GetInt64() < events) await Task.Delay(100, patience.Token);
    }

    private Task<CommandLineRun> RunAsync(params string[] args) => CommandLineRun.OfAsync([.. args, "--url", ledger.Http.BaseAddress!.ToString()]);

    /// <summary>Hit@1, nDCG@10 (Jarvelin, Kekalainen, 2002, with gains of 0 and 1) and Recall@10.</summary>
    private static (double First, double Gain, double Recall) Score(List<string> ranked, HashSet<string> relevant)
    {
        var ranks = ranked.Select((id, i) => (Id: id, Rank: i + 1)).Where(r => relevant.Contains(r.Id)).Select(r => r.Rank).ToList();
        return (ranks.Contains(1) ? 1 : 0, ranks.Sum(Discounted) / Enumerable.Range(1, Math.Min(10, relevant.Count)).Sum(Discounted), (double)ranks.Count / relevant.Count);
    }

    private static double Discounted(int rank) => 1 / Math.Log2(rank + 1);
}
