using System.Net;
using System.Text.Json.Nodes;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Search;
using Pipeline.Infra.Search.AzureSearch;
using Pipeline.Infra.Search.Embeddings;
using Pipeline.Infra.Tests.ReadModels;
using Pipeline.Tests;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Infra.Tests.Search.AzureSearch;

/// <summary>The adapter through the real client library, over HTTP, to a server that answers as the service is documented to.</summary>
public sealed class AzureIndexTests(PostgresFixture postgres) : SkillIndexTests(postgres), IAsyncLifetime
{
    private StubSearchService _service = null!;
    private AzureIndexUpkeep _upkeep = null!;

    protected override ISkillIndex Index => new AzureSkillIndex(Service(), Log, Words);

    private IndexLog Log => new(Ledger.DataSource);

    private SkillEmbeddings Words => new(Ledger.DataSource, null, null);

    private StubIndex Only => _service.Indexes.Values.ShouldHaveSingleItem();

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        _service = await StubSearchService.StartAsync();
        _upkeep = Upkeep();
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await _service.DisposeAsync();
        await DisposeAsync();
    }

    [Fact]
    public async Task The_first_look_makes_the_index_by_code_and_a_second_changes_nothing()
    {
        await CreateAsync("a", "make-refund", "frobnicator");
        await SettleAsync();
        await SettleAsync();

        Only.Documents.Count.ShouldBe(1);
        _service.Batches.ShouldBe(1);
        var body = Only.Definition["fields"]!.AsArray().Single(f => f!["name"]!.GetValue<string>() == "body")!;
        body["searchable"]!.GetValue<bool>().ShouldBeTrue();
        body["analyzer"]!.GetValue<string>().ShouldBe("en.lucene");
        Only.Definition["fields"]!.AsArray().Single(f => f!["name"]!.GetValue<string>() == "bodyTerms")!["analyzer"]!.GetValue<string>().ShouldBe("whitespace");
        Only.Definition["scoringProfiles"]![0]!["text"]!["weights"]!["name"]!.GetValue<double>().ShouldBe(5);
        Only.Definition["fields"]!.AsArray().Where(f => f!["searchable"]!.GetValue<bool>()).Select(f => f!["name"]!.GetValue<string>()).ShouldBe(["name", "description", "body", "nameTerms", "descriptionTerms", "bodyTerms"]);
        Only.Definition["semantic"].ShouldBeNull();
        Only.Definition["vectorSearch"].ShouldBeNull();
        (await _upkeep.IsBehindAsync(CancellationToken.None)).ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_no_longer_served_is_taken_out_and_comes_back_with_it()
    {
        await CreateAsync("a", "make-refund", "frobnicator");
        await SettleAsync();
        await Ledger.AppendAsync("acme", "skill-a", [new SkillRetired(RetirementCause.Stale, "gone")]);
        await SettleAsync();
        Only.Documents.ShouldBeEmpty();

        await Ledger.AppendAsync("acme", "skill-a", [new SkillReinstated("back")]);
        await SettleAsync();
        (await IdsAsync(new("acme", "frobnicator"))).ShouldBe(["a"]);
    }

    [Fact]
    public async Task An_event_that_changes_nothing_of_what_is_found_sends_nothing()
    {
        var package = await CreateAsync("a", "make-refund", "frobnicator");
        await SettleAsync();
        await Ledger.AppendAsync("acme", "skill-a", [new ApprovalGiven(package.Digest, "somebody", "looks good")]);
        await SettleAsync();

        _service.Batches.ShouldBe(1);
        (await Index.SearchAsync(new("acme", "frobnicator"))).Leaf.ShouldBe(4);
    }

    [Fact]
    public async Task What_is_older_never_overwrites_what_is_newer()
    {
        var old = await CreateAsync("a", "make-refund", "frobnicator");
        await SealAndCatchUpAsync();
        var source = new IndexSource(Ledger.DataSource, Ledger.Store);
        var asItWas = new List<IndexedSkill>();
        await foreach (var skills in source.ChangesAsync(0, 3)) asItWas.AddRange(skills);
        var second = Sample.Package("make-refund", "does it", "gizmo");
        await Ledger.AppendAsync("acme", "skill-a", [new SkillImproved(2, 1, Sample.Content(second), []), .. Sample.Served(2, second.Digest, from: 1), new AliasMoved("production", null, 1, "kept")], Sample.Contents(second));
        await SettleAsync();
        var live = (await Log.LiveAsync(_upkeep.Purpose, CancellationToken.None))!;
        var before = string.Join('\n', Only.Documents.OrderBy(d => d.Key).Select(d => d.Value.ToJsonString()));

        // A worker that read before the improvement and was held up writes only now.
        await new IndexWriter(Service().Documents(live.Name), live.Name, Log, Words, "", TimeProvider.System).WriteAsync(asItWas, CancellationToken.None);

        string.Join('\n', Only.Documents.OrderBy(d => d.Key).Select(d => d.Value.ToJsonString())).ShouldBe(before);
        asItWas.ShouldHaveSingleItem().Versions.ShouldHaveSingleItem().Digest.ShouldBe(old.Digest);
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    public async Task A_busy_service_is_asked_again_after_the_pause_that_it_wants(HttpStatusCode status)
    {
        await CreateAsync("a", "make-refund", "frobnicator");
        _service.Mood = Moods.Busy(1, status, retryAfter: "1");
        var began = TimeProvider.System.GetTimestamp();
        await SettleAsync();

        TimeProvider.System.GetElapsedTime(began).ShouldBeGreaterThan(TimeSpan.FromSeconds(0.9));
        Only.Documents.Count.ShouldBe(1);

        _service.Mood = Moods.Busy(1, status, retryAfter: "1");
        (await IdsAsync(new("acme", "frobnicator"))).ShouldBe(["a"]);
    }

    [Theory]
    [InlineData(409)]
    [InlineData(422)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Of_a_batch_only_what_was_not_taken_is_sent_again(int status)
    {
        for (var i = 0; i < 6; i++) await CreateAsync($"{i}", $"skill-{i}", "frobnicator");
        string[] busy = [DocumentForm.KeyOf("acme", "2", 1), DocumentForm.KeyOf("acme", "4", 1)];
        _service.PerDocument = (key, batch) => batch == 1 && busy.Contains(key) ? status : null;
        await SettleAsync();

        Only.Documents.Count.ShouldBe(6);
        Sent().Select(b => b.Count).ShouldBe([6, 2]);
        Sent()[1].ShouldBe(busy, ignoreOrder: true);
    }

    [Fact]
    public async Task What_the_service_stays_too_busy_for_is_all_that_the_next_look_sends()
    {
        for (var i = 0; i < 4; i++) await CreateAsync($"{i}", $"skill-{i}", "frobnicator");
        var busy = DocumentForm.KeyOf("acme", "2", 1);
        _service.PerDocument = (key, _) => key == busy ? 503 : null;
        await SealAndCatchUpAsync();
        (await Should.ThrowAsync<SearchUnavailableException>(() => _upkeep.CatchUpAsync(CancellationToken.None))).Message.ShouldContain("too busy for 1 documents");
        Only.Documents.Count.ShouldBe(3);
        (await _upkeep.IsBehindAsync(CancellationToken.None)).ShouldBeTrue();

        _service.PerDocument = (_, _) => null;
        _service.Requests.Clear();
        await SettleAsync();
        Sent().ShouldHaveSingleItem().ShouldBe([busy]);
        Only.Documents.Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_batch_that_is_too_large_goes_in_halves_and_a_document_that_is_too_large_holds_up_no_other()
    {
        for (var i = 0; i < 5; i++) await CreateAsync($"{i}", $"skill-{i}", i == 3 ? new string('x', 40_000) : "frobnicator");
        _service.Mood = context =>
        {
            if (!context.Request.Path.Value!.EndsWith("search.index", StringComparison.Ordinal) || context.Request.ContentLength < 30_000) return false;
            context.Response.StatusCode = 413;
            return true;
        };
        await SettleAsync();

        Only.Documents.Count.ShouldBe(4);
        Sent().Select(b => b.Count).ShouldBe([5, 3, 2, 1, 1], ignoreOrder: true);
        (await _upkeep.CheckAsync(mend: false, (_, _) => { }, CancellationToken.None)).Missing.ShouldHaveSingleItem().ShouldSatisfyAllConditions(d => d.SkillId.ShouldBe("3"), d => d.Problem.ShouldContain("413"));
    }

    [Fact]
    public async Task A_check_reads_all_pages_of_what_the_service_has()
    {
        await CreateAsync("a", "make-refund", "frobnicator");
        await SettleAsync();
        var strays = Enumerable.Range(0, 2_500).Select(i => $"stray{i:0000}").ToList();
        foreach (var key in strays)
        {
            var stray = Only.Documents[DocumentForm.KeyOf("acme", "a", 1)].DeepClone().AsObject();
            (stray["key"], stray["skillId"]) = (key, key);
            Only.Documents[key] = stray;
        }

        (await _upkeep.CheckAsync(mend: true, (_, _) => { }, CancellationToken.None)).ShouldSatisfyAllConditions(c => c.TooMany.Select(d => d.SkillId).ShouldBe(strays), c => c.Mended.ShouldBe(2_500));
        Only.Documents.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Siblings_take_their_main_skills_places_however_many_they_are()
    {
        var main = await CreateAsync("a", "make-refund", "frobnicator");
        await CreateAsync("s", "make-refund-small", "frobnicator", siblingOf: new("a", 1, main.Digest), model: "small");
        await SettleAsync();
        for (var i = 0; i < 1_100; i++)
        {
            Copy("a", $"main-{i}", "");
            Copy("s", $"small-{i}", $"main-{i}");
        }

        var found = (await Index.SearchAsync(new("acme", "frobnicator", 3_000) { Model = "small" })).Value;
        found.Count.ShouldBe(1_101);
        found.ShouldAllBe(h => h.VariantOf.Length > 0);
        (await Index.SearchAsync(new("acme", "frobnicator", 2) { Skip = 2_200 })).Value.Select(h => h.VariantOf.Length > 0).ShouldBe([false, true]);
    }

    [Fact]
    public async Task A_page_of_skills_with_siblings_costs_no_more_the_more_there_are_of_them()
    {
        var main = await CreateAsync("a", "make-refund", "frobnicator");
        await CreateAsync("s", "make-refund-small", "frobnicator", siblingOf: new("a", 1, main.Digest), model: "small");
        await SettleAsync();
        for (var i = 0; i < 1_100; i++)
        {
            Copy("a", $"main-{i}", "");
            Copy("s", $"small-{i}", $"main-{i}");
        }

        _service.Requests.Clear();
        (await Index.SearchAsync(new("acme", "frobnicator"))).Value.Select(h => h.VariantOf.Length > 0).ShouldBe(Enumerable.Range(0, 10).Select(i => i % 2 == 1));
        _service.Requests.Count.ShouldBeLessThanOrEqualTo(2);
    }

    [Fact]
    public async Task Every_page_is_cut_from_the_same_order_wherever_siblings_and_their_main_skills_stand_by_their_own_scores()
    {
        var main = await CreateAsync("a", "make-refund", "frobnicator");
        await CreateAsync("s", "make-refund-small", "frobnicator", siblingOf: new("a", 1, main.Digest), model: "small");
        await SettleAsync();
        for (var i = 0; i < 60; i++)
        {
            // Some main skills are not found; some siblings are far above theirs, and some far below.
            Copy("a", $"main-{i}", "", i % 7 == 0 ? 0 : 1 + (i * 37 % 90));
            for (var n = 0; n < i % 4; n++) Copy("s", $"small-{i}-{n}", $"main-{i}", 1 + (((i * 53) + (n * 29)) % 90));
        }

        foreach (var search in new SkillSearch[] { new("acme", "frobnicator"), new("acme", "frobnicator", Within: 0.4) })
        {
            var whole = await IdsAsync(search with { Top = 1_000 });
            whole.ShouldBeUnique();
            foreach (var size in new[] { 1, 4, 11 })
            {
                List<string> pages = [];
                for (var skip = 0; skip < whole.Count + size; skip += size) pages.AddRange(await IdsAsync(search with { Top = size, Skip = skip }));
                pages.ShouldBe(whole);
            }
        }
    }

    [Fact]
    public async Task What_changes_its_place_while_its_pages_are_read_is_found_once()
    {
        await CreateAsync("a", "make-refund", "frobnicator");
        await SettleAsync();
        for (var i = 0; i < 1_500; i++) Copy("a", $"main-{i:0000}", "", 2);
        var searches = 0;
        _service.Mood = context =>
        {
            // All that the first page had moves on by one place.
            if (context.Request.Path.Value!.EndsWith("search.post.search", StringComparison.Ordinal) && Only.Documents.Count > 1_000 && ++searches == 3) Copy("a", "newcomer", "", 99);
            return false;
        };

        var found = await IdsAsync(new("acme", "frobnicator", 1_400));
        Only.Documents.Count.ShouldBe(1_502, "somebody came in between");
        found.ShouldBeUnique();
    }

    [Fact]
    public async Task What_the_semantic_ranker_did_not_see_is_not_near_its_best()
    {
        await CreateAsync("a", "frobnicate-frobnicator", "frobnicator frobnicator frobnicator");
        await CreateAsync("b", "frobnicate-frobnicators", "frobnicator frobnicator frobnicator");
        await Upkeep(isSemantic: true).CatchUpAsync(CancellationToken.None);
        await SealAndCatchUpAsync();
        await Upkeep(isSemantic: true).CatchUpAsync(CancellationToken.None);
        Only.Reranked = 1;
        var index = new AzureSkillIndex(Service(isSemantic: true), Log, Words);

        (await index.SearchAsync(new("acme", "frobnicator"))).Value.Select(h => h.SkillId).ShouldBe(["a", "b"]);
        (await index.SearchAsync(new("acme", "frobnicator", Within: 0.7))).Value.Select(h => h.SkillId).ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_document_that_is_never_taken_holds_up_no_other_and_the_check_says_why()
    {
        await CreateAsync("a", "make-refund", "frobnicator");
        await CreateAsync("b", "book-seat", "frobnicator");
        var poison = DocumentForm.KeyOf("acme", "a", 1);
        _service.PerDocument = (key, _) => key == poison ? 400 : null;
        await SettleAsync();
        (await IdsAsync(new("acme", "frobnicator"))).ShouldBe(["b"]);

        var check = await _upkeep.CheckAsync(mend: true, (_, _) => { }, CancellationToken.None);
        check.Missing.ShouldHaveSingleItem().ShouldSatisfyAllConditions(d => d.SkillId.ShouldBe("a"), d => d.Problem.ShouldContain("400"));
        check.IsSound.ShouldBeFalse();

        _service.PerDocument = (_, _) => null;
        (await _upkeep.CheckAsync(mend: true, (_, _) => { }, CancellationToken.None)).IsSound.ShouldBeTrue();
        (await IdsAsync(new("acme", "frobnicator"))).ShouldBe(["b", "a"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_service_that_is_away_delays_and_loses_nothing()
    {
        await CreateAsync("a", "make-refund", "frobnicator");
        await SettleAsync();
        await CreateAsync("b", "book-seat", "frobnicator");
        _service.Mood = context =>
        {
            context.Response.StatusCode = 403;
            return true;
        };
        await SealAndCatchUpAsync();
        (await Should.ThrowAsync<SearchUnavailableException>(() => _upkeep.CatchUpAsync(CancellationToken.None))).Message.ShouldContain("Search:ApiKey");
        await Should.ThrowAsync<SearchUnavailableException>(() => Index.SearchAsync(new("acme", "frobnicator")));
        (await _upkeep.IsBehindAsync(CancellationToken.None)).ShouldBeTrue();

        _service.Mood = _ => false;
        await SettleAsync();
        (await IdsAsync(new("acme", "frobnicator"))).ShouldBe(["b", "a"]);
    }

    [Fact]
    public async Task The_check_finds_and_mends_what_somebody_did_behind_our_back()
    {
        for (var i = 0; i < 5; i++) await CreateAsync($"{i}", $"skill-{i}", "frobnicator");
        await SettleAsync();
        Only.Documents.Remove(DocumentForm.KeyOf("acme", "1", 1));
        Only.Documents[DocumentForm.KeyOf("acme", "2", 1)]["stamp"] = "other";
        var stray = Only.Documents[DocumentForm.KeyOf("acme", "3", 1)].DeepClone().AsObject();
        stray["key"] = "stray";
        stray["skillId"] = "nobody";
        Only.Documents["stray"] = stray;

        var found = await _upkeep.CheckAsync(mend: false, (_, _) => { }, CancellationToken.None);
        found.ShouldSatisfyAllConditions(
            c => c.Documents.ShouldBe(5), c => c.Missing.ShouldHaveSingleItem().SkillId.ShouldBe("1"), c => c.Stale.ShouldHaveSingleItem().SkillId.ShouldBe("2"),
            c => c.TooMany.ShouldHaveSingleItem().SkillId.ShouldBe("nobody"), c => c.Mended.ShouldBe(0), c => c.IsSound.ShouldBeFalse());
        Only.Documents.ContainsKey("stray").ShouldBeTrue();

        (await _upkeep.CheckAsync(mend: true, (_, _) => { }, CancellationToken.None)).ShouldSatisfyAllConditions(c => c.Mended.ShouldBe(3), c => c.IsSound.ShouldBeTrue());
        (await _upkeep.CheckAsync(mend: false, (_, _) => { }, CancellationToken.None)).Differences.ShouldBe(0);
    }

    [Fact]
    public async Task A_rebuild_is_made_beside_the_live_index_and_takes_its_place()
    {
        for (var i = 0; i < 5; i++) await CreateAsync($"{i}", $"skill-{i}", "frobnicator");
        await SettleAsync();
        var before = _service.Indexes.Keys.ShouldHaveSingleItem();
        var found = await IdsAsync(new("acme", "frobnicator"));
        List<int> seenMeanwhile = [];

        var rebuilt = await _upkeep.RebuildAsync((_, _) => seenMeanwhile.Add(IdsAsync(new("acme", "frobnicator")).GetAwaiter().GetResult().Count), CancellationToken.None);

        rebuilt.ShouldSatisfyAllConditions(r => r.Before.ShouldBe(before), r => r.Index.ShouldNotBe(before), r => r.Documents.ShouldBe(5));
        seenMeanwhile.ShouldNotBeEmpty();
        seenMeanwhile.ShouldAllBe(n => n == 5);
        _service.Indexes.Keys.ShouldHaveSingleItem().ShouldBe(rebuilt.Index);
        (await IdsAsync(new("acme", "frobnicator"))).ShouldBe(found);
        (await Ledger.CountAsync("search_indexes")).ShouldBe(1);
    }

    [Fact]
    public async Task A_definition_that_only_adds_extends_the_index_in_place_and_another_one_builds_anew()
    {
        await CreateAsync("a", "make-refund", "frobnicator");
        await SettleAsync();
        var name = _service.Indexes.Keys.ShouldHaveSingleItem();

        var withVectors = Upkeep(dimensions: 3);
        (await withVectors.IsBehindAsync(CancellationToken.None)).ShouldBeTrue();
        await withVectors.CatchUpAsync(CancellationToken.None);
        _service.Indexes.Keys.ShouldHaveSingleItem().ShouldBe(name);
        Only.Definition["fields"]!.AsArray().ShouldContain(f => f!["name"]!.GetValue<string>() == "vector");

        await Upkeep(dimensions: 4).CatchUpAsync(CancellationToken.None);
        _service.Indexes.Keys.ShouldHaveSingleItem().ShouldNotBe(name);
        (await IdsAsync(new("acme", "frobnicator"))).ShouldBe(["a"]);
    }

    [Fact]
    public async Task What_a_killed_rebuild_left_is_cleared_away_by_the_next()
    {
        await CreateAsync("a", "make-refund", "frobnicator");
        await SettleAsync();
        var requests = 0;
        _service.Mood = context =>
        {
            if (!context.Request.Path.Value!.EndsWith("search.index", StringComparison.Ordinal)) return false;
            requests++;
            context.Response.StatusCode = 400;
            return true;
        };
        await Should.ThrowAsync<SearchUnavailableException>(() => _upkeep.RebuildAsync((_, _) => { }, CancellationToken.None));
        _service.Indexes.Count.ShouldBe(2);
        requests.ShouldBe(1);

        _service.Mood = _ => false;
        (await IdsAsync(new("acme", "frobnicator"))).ShouldBe(["a"]);
        await _upkeep.RebuildAsync((_, _) => { }, CancellationToken.None);
        _service.Indexes.Count.ShouldBe(1);
        (await IdsAsync(new("acme", "frobnicator"))).ShouldBe(["a"]);
    }

    [Fact]
    public async Task One_program_at_a_time_keeps_the_index_up()
    {
        await CreateAsync("a", "make-refund", "frobnicator");
        await SealAndCatchUpAsync();
        await using (await AdvisoryLock.TryTakeAsync(Ledger.DataSource, "search_index_lock_try", _upkeep.Purpose, CancellationToken.None))
            (await Upkeep().CatchUpAsync(CancellationToken.None)).ShouldBeFalse();

        var all = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Upkeep().CatchUpAsync(CancellationToken.None)));
        all.ShouldContain(true);
        Only.Documents.Count.ShouldBe(1);
        _service.Batches.ShouldBe(1);
    }

    [Fact]
    public async Task The_semantic_ranker_is_asked_where_it_is_configured()
    {
        await Upkeep(isSemantic: true).CatchUpAsync(CancellationToken.None);
        Only.Definition["semantic"]!["configurations"]![0]!["prioritizedFields"]!["titleField"]!["fieldName"]!.GetValue<string>().ShouldBe("name");

        await new AzureSkillIndex(Service(isSemantic: true), Log, Words).SearchAsync(new("acme", "frobnicator"));
        _service.Requests.Last().Body!.AsObject().ShouldSatisfyAllConditions(
            b => b["queryType"]!.GetValue<string>().ShouldBe("semantic"), b => b["semanticConfiguration"].ShouldNotBeNull(), b => b["orderby"].ShouldBeNull());
    }

    private void Copy(string of, string id, string variantOf, int times = 1)
    {
        var copy = Only.Documents[DocumentForm.KeyOf("acme", of, 1)].DeepClone().AsObject();
        (copy["key"], copy["skill"], copy["skillId"], copy["variantOf"]) = (DocumentForm.KeyOf("acme", id, 1), DocumentForm.SkillKey("acme", id), id, variantOf);
        copy["bodyTerms"] = string.Concat(Enumerable.Repeat("frobnicator ", times));
        Only.Documents[DocumentForm.KeyOf("acme", id, 1)] = copy;
    }

    protected override async Task SettleAsync()
    {
        await SealAndCatchUpAsync();
        (await _upkeep.CatchUpAsync(CancellationToken.None)).ShouldBeTrue();
    }

    private AzureSearchService Service(int? dimensions = null, bool isSemantic = false) =>
        new(new() { Endpoint = _service.Endpoint, ApiKey = "the-key", Dimensions = dimensions, IsSemantic = isSemantic }, _service.Transport);

    private AzureIndexUpkeep Upkeep(int? dimensions = null, bool isSemantic = false) =>
        new(Service(dimensions, isSemantic), Log, new(Ledger.DataSource, Ledger.Store), Words, Ledger.DataSource, new NoPauses());

    private List<List<string>> Sent() =>
        [.. _service.Requests.Where(r => r.Path.EndsWith("search.index", StringComparison.Ordinal)).Select(r => r.Body!["value"]!.AsArray().Select(a => a!["key"]!.GetValue<string>()).ToList())];
}
