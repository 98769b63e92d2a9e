using Pipeline.Domain.Skills;
using Pipeline.Infra.Search;
using Pipeline.Infra.Search.AzureSearch;
using Pipeline.Infra.Search.Embeddings;
using Pipeline.Infra.Tests.ReadModels;
using Pipeline.Infra.Tests.Search.AzureSearch;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Search.Embeddings;

/// <summary>Meaning beside words, where an endpoint is configured; and what happens while it is away.</summary>
public sealed class HybridSearchTests(PostgresFixture postgres) : ReadModelTests(postgres), IAsyncLifetime
{
    private StubEmbeddings _stub = null!;

    private IndexSource Source => new(Ledger.DataSource, Ledger.Store);

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        _stub = await StubEmbeddings.StartAsync();
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await _stub.DisposeAsync();
        await DisposeAsync();
    }

    [Fact]
    public async Task What_shares_a_meaning_is_found_without_sharing_a_word()
    {
        await CreateAsync("a", "make-refund", "Give the sum back.");
        await CreateAsync("b", "book-seat", "Pick a row.");
        await SealAndCatchUpAsync();
        var embeddings = Embeddings();
        using var index = new EmbeddedSkillIndex(Ledger.DataSource, Ledger.Store, embeddings);
        var upkeep = new EmbeddedIndexUpkeep(index, Source, embeddings);
        (await upkeep.IsBehindAsync(CancellationToken.None)).ShouldBeTrue();
        (await IdsAsync(index, "reimburse my money")).ShouldBeEmpty("there are no embeddings yet, and no word is shared");

        (await upkeep.CatchUpAsync(CancellationToken.None)).ShouldBeTrue();

        (await IdsAsync(index, "reimburse my money"))[0].ShouldBe("a");
        (await IdsAsync(index, "a chair by the window"))[0].ShouldBe("b");
        (await upkeep.IsBehindAsync(CancellationToken.None)).ShouldBeFalse();
        (await upkeep.CheckAsync(mend: false, (_, _) => { }, CancellationToken.None)).IsSound.ShouldBeTrue();
    }

    [Fact]
    public async Task Each_text_is_asked_for_once_however_often_it_is_indexed_or_searched()
    {
        for (var i = 0; i < 9; i++) await CreateAsync($"{i}", $"skill-{i}", $"Number {i}.");
        await SealAndCatchUpAsync();
        var embeddings = Embeddings();
        await embeddings.CatchUpAsync(Source, CancellationToken.None);
        _stub.Requests.Select(r => r["input"]!.AsArray().Count).ShouldBe([4, 4, 1]);

        await Ledger.AppendAsync("acme", "skill-3", [new SkillEvent.SkillRetired(RetirementCause.Stale, "gone"), new SkillEvent.SkillReinstated("back")]);
        await SealAndCatchUpAsync();
        await Embeddings().CatchUpAsync(Source, CancellationToken.None);
        using var index = new EmbeddedSkillIndex(Ledger.DataSource, Ledger.Store, embeddings);
        for (var i = 0; i < 3; i++) await IdsAsync(index, "the same question");
        _stub.Requests.Count.ShouldBe(4);
    }

    [Fact]
    public async Task While_the_endpoint_is_away_words_do_and_it_is_left_in_peace()
    {
        await CreateAsync("a", "make-refund", "Give the sum back.");
        await SealAndCatchUpAsync();
        var embeddings = Embeddings();
        await embeddings.CatchUpAsync(Source, CancellationToken.None);
        using var index = new EmbeddedSkillIndex(Ledger.DataSource, Ledger.Store, embeddings);
        _stub.Mood = async (context, _) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted);
            return true;
        };
        var before = _stub.Requests.Count;
        for (var i = 0; i < 5; i++) (await IdsAsync(index, $"refund {i}")).ShouldBe(["a"]);
        _stub.Requests.Count.ShouldBe(before + 1);

        await CreateAsync("b", "book-seat", "Pick a row.");
        await SealAndCatchUpAsync();
        (await IdsAsync(index, "row")).ShouldBe(["b"]);
    }

    [Fact]
    public async Task A_text_that_the_endpoint_refuses_keeps_no_other_from_its_vector()
    {
        for (var i = 0; i < 6; i++) await CreateAsync($"{i}", $"skill-{i}", i == 2 ? "Poisonous." : "Refund.");
        await SealAndCatchUpAsync();
        _stub.Mood = Refusing("Poisonous");
        (await Embeddings().CatchUpAsync(Source, CancellationToken.None)).ShouldBeTrue();
        (await Ledger.CountAsync("search_vectors")).ShouldBe(5);
    }

    [Fact]
    public async Task What_was_refused_is_on_record_and_is_asked_for_again_when_somebody_looks_after_the_index()
    {
        await CreateAsync("a", "make-refund", "Poisonous money.");
        await CreateAsync("b", "book-seat", "Pick a row.");
        await SealAndCatchUpAsync();
        _stub.Mood = Refusing("Poisonous");
        var embeddings = Embeddings();
        using var index = new EmbeddedSkillIndex(Ledger.DataSource, Ledger.Store, embeddings);
        var upkeep = new EmbeddedIndexUpkeep(index, Source, embeddings);
        await upkeep.CatchUpAsync(CancellationToken.None);

        var told = await upkeep.CheckAsync(mend: false, (_, _) => { }, CancellationToken.None);
        told.IsSound.ShouldBeTrue();
        told.WithoutEmbedding.ShouldHaveSingleItem().ShouldSatisfyAllConditions(d => d.SkillId.ShouldBe("a"), d => d.Problem.ShouldContain("400"));
        (await IdsAsync(index, "reimburse me")).ShouldNotContain("a");

        _stub.Mood = (_, _) => Task.FromResult(false);
        (await upkeep.CheckAsync(mend: true, (_, _) => { }, CancellationToken.None)).WithoutEmbedding.ShouldBeEmpty();
        (await IdsAsync(index, "reimburse me"))[0].ShouldBe("a");
        (await Ledger.CountAsync("search_vector_refusals")).ShouldBe(0);
    }

    [Fact]
    public async Task A_rebuild_asks_again_for_what_was_refused_and_the_service_gets_it()
    {
        await using var service = await StubSearchService.StartAsync();
        var azure = new AzureSearchService(new() { Endpoint = service.Endpoint, ApiKey = "the-key", Dimensions = 3 }, service.Transport);
        var upkeep = new AzureIndexUpkeep(azure, new(Ledger.DataSource), Source, Embeddings(), Ledger.DataSource, TimeProvider.System);
        await CreateAsync("a", "make-refund", "Poisonous money.");
        await CreateAsync("b", "book-seat", "Pick a row.");
        await SealAndCatchUpAsync();
        _stub.Mood = Refusing("Poisonous");
        await upkeep.CatchUpAsync(CancellationToken.None);
        (await upkeep.CheckAsync(mend: false, (_, _) => { }, CancellationToken.None)).WithoutEmbedding.ShouldHaveSingleItem().SkillId.ShouldBe("a");

        _stub.Mood = (_, _) => Task.FromResult(false);
        await upkeep.RebuildAsync((_, _) => { }, CancellationToken.None);
        service.Indexes.Values.ShouldHaveSingleItem().Documents.Values.ShouldAllBe(d => d["vector"] != null);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(422)]
    public async Task An_endpoint_that_takes_nothing_at_all_is_not_taken_for_one_that_minds_the_texts(int status)
    {
        for (var i = 0; i < 6; i++) await CreateAsync($"{i}", $"skill-{i}", "Refund.");
        await SealAndCatchUpAsync();
        _stub.Mood = Refusing("", status);
        var embeddings = Embeddings();

        (await Should.ThrowAsync<SearchUnavailableException>(() => embeddings.CatchUpAsync(Source, CancellationToken.None))).Message.ShouldContain("check Search:Embeddings");
        (await embeddings.LeafAsync(CancellationToken.None)).ShouldBe(0);
        (await Ledger.CountAsync("search_vector_refusals")).ShouldBe(0);

        _stub.Mood = (_, _) => Task.FromResult(false);
        (await embeddings.CatchUpAsync(Source, CancellationToken.None)).ShouldBeTrue();
        (await Ledger.CountAsync("search_vectors")).ShouldBe(6);
    }

    [Fact]
    public async Task Words_are_weighed_anew_only_where_a_text_or_a_vector_came()
    {
        await CreateAsync("a", "make-refund", "Give the sum back.");
        await SealAndCatchUpAsync();
        var embeddings = Embeddings();
        using var index = new EmbeddedSkillIndex(Ledger.DataSource, Ledger.Store, embeddings);
        await IdsAsync(index, "refund");
        var before = index.Weighed("acme", "latest");

        await Ledger.AppendAsync("acme", "skill-a", [new SkillEvent.ApprovalGiven("sha256:0", "somebody", "looks good")]);
        await SealAndCatchUpAsync();
        await IdsAsync(index, "refund");
        index.Weighed("acme", "latest").ShouldBeSameAs(before);

        await embeddings.CatchUpAsync(Source, CancellationToken.None);
        (await IdsAsync(index, "reimburse me")).ShouldBe(["a"]);
        index.Weighed("acme", "latest").ShouldNotBeSameAs(before);
    }

    [Fact]
    public async Task Pages_of_two_joined_rankings_put_together_are_the_whole()
    {
        const int Skills = 150;
        for (var i = 0; i < Skills; i++) await CreateAsync($"{i:000}", $"skill-{i:000}", $"Refund. {string.Concat(Enumerable.Repeat("frobnicator ", i + 1))}");
        await SealAndCatchUpAsync();
        var embeddings = Embeddings();
        await embeddings.CatchUpAsync(Source, CancellationToken.None);
        using var index = new EmbeddedSkillIndex(Ledger.DataSource, Ledger.Store, embeddings);

        var whole = await PageAsync(0, Skills);
        List<string> pages = [];
        for (var skip = 0; skip < Skills; skip += 20) pages.AddRange(await PageAsync(skip, 20));
        pages.ShouldBe(whole);

        async Task<IEnumerable<string>> PageAsync(int skip, int top) => (await index.SearchAsync(new("acme", "frobnicator money", top) { Skip = skip })).Value.Select(h => h.SkillId);
    }

    [Fact]
    public async Task Another_model_makes_vectors_of_its_own()
    {
        await CreateAsync("a", "make-refund", "Give the sum back.");
        await SealAndCatchUpAsync();
        await Embeddings().CatchUpAsync(Source, CancellationToken.None);
        _stub.Options = _stub.Options with { Model = "another" };
        (await Embeddings().LeafAsync(CancellationToken.None)).ShouldBe(0);
        await Embeddings().CatchUpAsync(Source, CancellationToken.None);
        (await Ledger.CountAsync("search_vectors")).ShouldBe(2);
    }

    [Fact]
    public async Task The_service_gets_vectors_as_soon_as_there_are_any_and_words_before_that()
    {
        await using var service = await StubSearchService.StartAsync();
        var embeddings = Embeddings();
        var azure = new AzureSearchService(new() { Endpoint = service.Endpoint, ApiKey = "the-key", Dimensions = 3 }, service.Transport);
        var log = new IndexLog(Ledger.DataSource);
        var upkeep = new AzureIndexUpkeep(azure, log, Source, embeddings, Ledger.DataSource, TimeProvider.System);
        await CreateAsync("a", "make-refund", "Give the sum back.");
        await CreateAsync("b", "book-seat", "Pick a row.");
        await SealAndCatchUpAsync();
        _stub.Mood = (context, _) =>
        {
            context.Response.StatusCode = 401;
            return Task.FromResult(true);
        };
        await Should.ThrowAsync<SearchUnavailableException>(() => upkeep.CatchUpAsync(CancellationToken.None));
        var index = service.Indexes.Values.ShouldHaveSingleItem();
        index.Documents.Values.ShouldAllBe(d => d["vector"] == null);
        (await upkeep.IsBehindAsync(CancellationToken.None)).ShouldBeTrue();
        (await IdsAsync(new AzureSkillIndex(azure, log, Embeddings()), "sum")).ShouldBe(["a"]);

        _stub.Mood = (_, _) => Task.FromResult(false);
        (await upkeep.CatchUpAsync(CancellationToken.None)).ShouldBeTrue();
        index.Documents.Values.ShouldAllBe(d => d["vector"]!.AsArray().Count == 3);
        (await upkeep.IsBehindAsync(CancellationToken.None)).ShouldBeFalse();
        (await IdsAsync(new AzureSkillIndex(azure, log, embeddings), "reimburse my money"))[0].ShouldBe("a");
        service.Requests.Last().Body!["vectorQueries"]!.AsArray().ShouldHaveSingleItem()!["k"]!.GetValue<int>().ShouldBe(RankFusion.Depth);
        await new AzureSkillIndex(azure, log, embeddings).SearchAsync(new("acme", "reimburse my money") { Skip = 2_000 });
        service.Requests.Last().Body!["vectorQueries"]![0]!["k"]!.GetValue<int>().ShouldBe(RankFusion.Depth, "every page is cut from the same whole");
    }

    [Fact]
    public void Ranks_are_fused_as_published()
    {
        var (a, b, c) = (Document("a"), Document("b"), Document("c"));
        var fused = RankFusion.Fuse([(a, 9), (b, 8)], [(b, 0.9), (c, 0.1)]);
        fused.Select(f => f.Document.SkillId).ShouldBe(["b", "a", "c"]);
        fused[0].Score.ShouldBe((1.0 / 62) + (1.0 / 61), 1e-12);
        RankFusion.Cosine([0.6f, 0.8f], [0.8f, 0.6f]).ShouldBe(0.96, 1e-6);
        RankFusion.Cosine([1f], [1f, 0f]).ShouldBe(0);

        static Infra.Search.SkillDocument Document(string id) => new(id, id, 1, "", "", "", "");
    }

    private Func<Microsoft.AspNetCore.Http.HttpContext, int, Task<bool>> Refusing(string word, int status = 400) => (context, number) =>
    {
        if (!_stub.Requests.ElementAt(number - 1)["input"]!.AsArray().Any(t => t!.GetValue<string>().Contains(word, StringComparison.Ordinal))) return Task.FromResult(false);
        context.Response.StatusCode = status;
        return Task.FromResult(true);
    };

    private SkillEmbeddings Embeddings() => new(Ledger.DataSource, _stub.Options, _stub.Endpoint());

    private static async Task<List<string>> IdsAsync(ISkillIndex index, string text) => [.. (await index.SearchAsync(new("acme", text))).Value.Select(h => h.SkillId)];

    private async Task CreateAsync(string id, string name, string body)
    {
        var package = Sample.Package(name, "does it", body);
        await Ledger.AppendAsync("acme", $"skill-{id}", [Sample.Created(id, name, Sample.Content(package)), .. Sample.Served(1, package.Digest)], Sample.Contents(package));
    }
}
