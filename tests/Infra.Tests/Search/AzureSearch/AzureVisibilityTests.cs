using Pipeline.Domain.Skills;
using Pipeline.Infra.Search;
using Pipeline.Infra.Search.AzureSearch;
using Pipeline.Infra.Search.Embeddings;
using Pipeline.Infra.Tests.ReadModels;
using Pipeline.Tests;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Infra.Tests.Search.AzureSearch;

/// <summary>What the service took is found by searches a moment later only.</summary>
public sealed class AzureVisibilityTests(PostgresFixture postgres) : ReadModelTests(postgres), IAsyncLifetime
{
    private StubSearchService _service = null!;

    private StubIndex Only => _service.Indexes.Values.ShouldHaveSingleItem();

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        _service = await StubSearchService.StartAsync();
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await _service.DisposeAsync();
        await DisposeAsync();
    }

    [Fact]
    public async Task A_check_right_after_a_change_finds_no_difference_and_sends_nothing()
    {
        foreach (var id in new[] { "a", "b", "c" }) await CreateAsync(id);
        await SettleAsync();
        _service.Lag = 8;
        await CreateAsync("d");
        await Ledger.AppendAsync("acme", "skill-b", [new SkillRetired(RetirementCause.Stale, "gone")]);
        var second = Sample.Package("skill-c", "does it", "gizmo");
        await Ledger.AppendAsync("acme", "skill-c", [new SkillImproved(2, 1, Sample.Content(second), []), .. Sample.Served(2, second.Digest, from: 1), new AliasMoved("production", null, 1, "kept")], Sample.Contents(second));
        await SealAndCatchUpAsync();

        // It first takes in what is new, and looks at once.
        var check = await Upkeep.CheckAsync(mend: true, (_, _) => { }, CancellationToken.None);

        check.ShouldSatisfyAllConditions(c => c.Documents.ShouldBe(4), c => c.Differences.ShouldBe(0), c => c.Mended.ShouldBe(0));
        _service.Batches.ShouldBe(2);
    }

    [Fact]
    public async Task What_stays_different_is_found_and_mended_all_the_same()
    {
        foreach (var id in new[] { "a", "b", "c" }) await CreateAsync(id);
        await SettleAsync();
        var stray = Only.Documents[DocumentForm.KeyOf("acme", "c", 1)].DeepClone().AsObject();
        (stray["key"], stray["skillId"]) = ("stray", "nobody");
        Only.Documents["stray"] = stray;
        Only.Documents.Remove(DocumentForm.KeyOf("acme", "a", 1));
        Only.Documents[DocumentForm.KeyOf("acme", "b", 1)]["stamp"] = "other";
        _service.Lag = 3;
        await CreateAsync("d");
        await SettleAsync();

        var check = await Upkeep.CheckAsync(mend: true, (_, _) => { }, CancellationToken.None);

        check.ShouldSatisfyAllConditions(
            c => c.Missing.ShouldHaveSingleItem().SkillId.ShouldBe("a"), c => c.Stale.ShouldHaveSingleItem().SkillId.ShouldBe("b"), c => c.TooMany.ShouldHaveSingleItem().SkillId.ShouldBe("nobody"), c => c.Mended.ShouldBe(3));
        (await Upkeep.CheckAsync(mend: true, (_, _) => { }, CancellationToken.None)).Differences.ShouldBe(0);
    }

    [Fact]
    public async Task A_new_index_takes_the_old_ones_place_when_all_of_it_can_be_found()
    {
        for (var i = 0; i < 5; i++) await CreateAsync($"{i}");
        await SettleAsync();
        _service.Lag = 10;

        await Upkeep.RebuildAsync((_, _) => { }, CancellationToken.None);

        (await FoundAsync()).ShouldBe(5);
    }

    [Fact]
    public async Task A_new_index_that_shows_not_what_it_took_takes_no_place()
    {
        for (var i = 0; i < 5; i++) await CreateAsync($"{i}");
        await SettleAsync();
        var before = _service.Indexes.Keys.Single();
        _service.Lag = 1_000;

        var problem = await Should.ThrowAsync<SearchUnavailableException>(() => Upkeep.RebuildAsync((_, _) => { }, CancellationToken.None));

        problem.Message.ShouldContain("taken 5 documents and shows 0");
        problem.Message.ShouldContain("index rebuild");
        (await new IndexLog(Ledger.DataSource).LiveAsync(Upkeep.Purpose, CancellationToken.None))!.Name.ShouldBe(before);
        (await FoundAsync()).ShouldBe(5);

        _service.Lag = 0;
        (await Upkeep.RebuildAsync((_, _) => { }, CancellationToken.None)).Before.ShouldBe(before);
        Only.Documents.Count.ShouldBe(5);
    }

    private AzureSearchService Service => new(new() { Endpoint = _service.Endpoint, ApiKey = "the-key" }, _service.Transport);

    private SkillEmbeddings Words => new(Ledger.DataSource, null, null);

    private AzureIndexUpkeep Upkeep => new(Service, new(Ledger.DataSource), new(Ledger.DataSource, Ledger.Store), Words, Ledger.DataSource, new NoPauses());

    private async Task<int> FoundAsync() => (await new AzureSkillIndex(Service, new(Ledger.DataSource), Words).SearchAsync(new("acme", "frobnicator"))).Value.Count;

    private async Task SettleAsync()
    {
        await SealAndCatchUpAsync();
        (await Upkeep.CatchUpAsync(CancellationToken.None)).ShouldBeTrue();
    }

    private async Task CreateAsync(string id)
    {
        var package = Sample.Package($"skill-{id}", "does it", "frobnicator");
        await Ledger.AppendAsync("acme", $"skill-{id}", [Sample.Created(id, $"skill-{id}", Sample.Content(package)), .. Sample.Served(1, package.Digest)], Sample.Contents(package));
    }
}
