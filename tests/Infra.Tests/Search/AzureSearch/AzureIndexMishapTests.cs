using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Search;
using Pipeline.Infra.Search.AzureSearch;
using Pipeline.Infra.Search.Embeddings;
using Pipeline.Infra.Tests.ReadModels;
using Pipeline.Tests;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Infra.Tests.Search.AzureSearch;

/// <summary>A worker that is killed, a ledger that moves while the index is looked after, an index that is gone: what is searched comes right again.</summary>
public sealed class AzureIndexMishapTests(PostgresFixture postgres) : ReadModelTests(postgres), IAsyncLifetime
{
    private const string Upload = "/docs/search.index";

    private StubSearchService _service = null!;

    private IndexLog Log => new(Ledger.DataSource);

    private AzureSearchService Service => Served(isSemantic: false);

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
    public async Task A_check_takes_out_nothing_that_changed_while_it_looked()
    {
        await CreateManyAsync(IndexSource.MostSkills + 1);
        await SettleAsync();
        var moved = false;

        var check = await Upkeep().CheckAsync(mend: true, (_, _) =>
        {
            if (moved) return;
            moved = true;
            MoveAsync($"{IndexSource.MostSkills:000}").GetAwaiter().GetResult();
        }, CancellationToken.None);

        moved.ShouldBeTrue();
        check.ShouldSatisfyAllConditions(c => c.TooMany.ShouldBeEmpty(), c => c.Mended.ShouldBe(0), c => c.IsSound.ShouldBeTrue());
        await SettleAsync();
        Only.Documents.Count.ShouldBe(IndexSource.MostSkills + 1);
    }

    [Fact]
    public async Task What_a_check_takes_out_is_on_record_so_that_it_comes_back_when_it_is_asked_for()
    {
        var package = await CreateAsync("a");
        await SettleAsync();
        var document = Only.Documents.Values.ShouldHaveSingleItem().DeepClone().AsObject();
        await Ledger.AppendAsync("acme", "skill-a", [new SkillRetired(RetirementCause.Stale, "gone")]);
        await SettleAsync();
        // As a writer would that lost its lock and whose request arrives only now.
        Only.Documents[DocumentForm.KeyOf("acme", "a", 1)] = document;
        await Ledger.ExecuteAsync("update ledger.search_documents set state = 'there'");

        (await Upkeep().CheckAsync(mend: true, (_, _) => { }, CancellationToken.None)).ShouldSatisfyAllConditions(c => c.TooMany.ShouldHaveSingleItem().SkillId.ShouldBe("a"), c => c.Mended.ShouldBe(1));
        (await Ledger.CountAsync("search_documents where state = 'gone'")).ShouldBe(1);
        await Ledger.AppendAsync("acme", "skill-a", [new SkillReinstated("back"), new ApprovalGiven(package.Digest, "somebody", "looks good")]);
        await SettleAsync();
        Only.Documents.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_deletion_that_the_service_refuses_does_not_count_as_mended()
    {
        await CreateAsync("a");
        await SettleAsync();
        var stray = Only.Documents.Values.Single().DeepClone().AsObject();
        (stray["key"], stray["skillId"]) = ("stray", "nobody\0");
        Only.Documents["stray"] = stray;
        _service.PerDocument = (key, _) => key == "stray" ? 400 : null;

        (await Upkeep().CheckAsync(mend: true, (_, _) => { }, CancellationToken.None)).ShouldSatisfyAllConditions(c => c.TooMany.Count.ShouldBe(1), c => c.Mended.ShouldBe(0), c => c.IsSound.ShouldBeFalse());

        _service.PerDocument = (_, _) => null;
        (await Upkeep().CheckAsync(mend: true, (_, _) => { }, CancellationToken.None)).ShouldSatisfyAllConditions(c => c.Mended.ShouldBe(1), c => c.IsSound.ShouldBeTrue());
        Only.Documents.ContainsKey("stray").ShouldBeFalse();
    }

    [Fact]
    public async Task What_a_worker_sent_before_it_was_killed_is_taken_out_when_it_is_revoked()
    {
        var package = await CreateAsync("a");
        await SealAndCatchUpAsync();
        using var kill = new CancellationTokenSource();
        _service.PerDocument = (_, _) =>
        {
            kill.Cancel();
            return null;
        };
        await Should.ThrowAsync<OperationCanceledException>(() => Upkeep().CatchUpAsync(kill.Token));
        Only.Documents.Count.ShouldBe(1, "the service took it, and nobody has heard of that");

        await Ledger.AppendAsync("acme", "skill-a", [new VersionRevoked(1, package.Digest, "leaks")]);
        await SettleAsync();
        Only.Documents.ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_several_batches_what_was_taken_before_the_service_went_away_is_not_sent_again()
    {
        for (var i = 0; i < 10; i++) await CreateAsync($"{i}", new string('x', 1_200_000));
        await SealAndCatchUpAsync();
        _service.Mood = context =>
        {
            if (_service.Batches == 0 || !context.Request.Path.Value!.EndsWith(Upload, StringComparison.Ordinal)) return false;
            context.Response.StatusCode = 403;
            return true;
        };
        await Should.ThrowAsync<SearchUnavailableException>(() => Upkeep().CatchUpAsync(CancellationToken.None));
        var taken = Only.Documents.Keys.ToList();
        taken.Count.ShouldBeInRange(1, 9);

        _service.Mood = _ => false;
        _service.Requests.Clear();
        await SettleAsync();
        Sent().ShouldNotContain(key => taken.Contains(key));
        Only.Documents.Count.ShouldBe(10);
    }

    [Fact]
    public async Task A_rebuild_takes_in_what_changes_meanwhile_before_it_is_searched()
    {
        await CreateManyAsync(IndexSource.MostSkills + 1);
        await SettleAsync();
        var moved = false;

        var rebuilt = await Upkeep().RebuildAsync((_, _) =>
        {
            if (moved) return;
            moved = true;
            MoveAsync($"{IndexSource.MostSkills:000}").GetAwaiter().GetResult();
        }, CancellationToken.None);

        moved.ShouldBeTrue();
        _service.Indexes[rebuilt.Index].Documents.Count.ShouldBe(IndexSource.MostSkills + 1);
    }

    [Fact]
    public async Task An_index_that_is_gone_at_the_service_is_made_and_filled_anew()
    {
        await CreateAsync("a");
        await SettleAsync();
        var lost = _service.Lose();
        var index = new AzureSkillIndex(Service, Log, Words);

        await Should.ThrowAsync<SearchUnavailableException>(() => index.SearchAsync(new("acme", "frobnicator")));
        (await Upkeep().IsBehindAsync(CancellationToken.None)).ShouldBeTrue("a search came upon it");
        await SettleAsync();

        _service.Indexes.Keys.ShouldHaveSingleItem().ShouldNotBe(lost);
        (await index.SearchAsync(new("acme", "frobnicator"))).Value.ShouldHaveSingleItem().SkillId.ShouldBe("a");
        (await Upkeep().CheckAsync(mend: false, (_, _) => { }, CancellationToken.None)).IsSound.ShouldBeTrue();
    }

    [Fact]
    public async Task An_index_that_is_gone_is_noticed_by_whoever_brings_it_something_new()
    {
        await CreateAsync("a");
        await SettleAsync();
        _service.Lose();
        await CreateAsync("b");
        await SettleAsync();
        Only.Documents.Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_old_index_that_cannot_be_deleted_stays_on_record_and_spoils_no_rebuild()
    {
        await CreateAsync("a");
        await SettleAsync();
        var old = _service.Indexes.Keys.Single();
        _service.Mood = context =>
        {
            if (context.Request.Method != "DELETE") return false;
            context.Response.StatusCode = 403;
            return true;
        };
        var rebuilt = await Upkeep().RebuildAsync((_, _) => { }, CancellationToken.None);
        rebuilt.Before.ShouldBe(old);
        _service.Indexes.Count.ShouldBe(2);
        await CreateAsync("b");
        await SettleAsync();
        _service.Indexes[rebuilt.Index].Documents.Count.ShouldBe(2);

        _service.Mood = _ => false;
        await CreateAsync("c");
        await SettleAsync();
        _service.Indexes.Keys.ShouldHaveSingleItem().ShouldBe(rebuilt.Index);
        (await Ledger.CountAsync("search_indexes")).ShouldBe(1);
    }

    [Fact]
    public async Task Two_programs_with_other_settings_do_not_rebuild_against_each_other()
    {
        await CreateAsync("a");
        await SettleAsync();
        var ranked = Upkeep(isSemantic: true);
        await ranked.CatchUpAsync(CancellationToken.None);
        var name = _service.Indexes.Keys.ShouldHaveSingleItem();

        (await Upkeep().IsBehindAsync(CancellationToken.None)).ShouldBeFalse();
        (await ranked.ProblemAsync(CancellationToken.None)).ShouldBeEmpty();
        (await Upkeep().ProblemAsync(CancellationToken.None)).ShouldContain("pipeline index rebuild");
        (await Should.ThrowAsync<SearchUnavailableException>(() => Upkeep().CatchUpAsync(CancellationToken.None))).Message.ShouldContain("index rebuild");
        (await Should.ThrowAsync<SearchUnavailableException>(() => Upkeep().CheckAsync(mend: true, (_, _) => { }, CancellationToken.None))).Message.ShouldContain("Search:Semantic");
        await ranked.CatchUpAsync(CancellationToken.None);
        _service.Indexes.Keys.ShouldHaveSingleItem().ShouldBe(name);

        await Upkeep().RebuildAsync((_, _) => { }, CancellationToken.None);
        (await Upkeep().ProblemAsync(CancellationToken.None)).ShouldBeEmpty();
        await SettleAsync();
        await Should.ThrowAsync<SearchUnavailableException>(() => ranked.CatchUpAsync(CancellationToken.None));
        Only.Definition["semantic"].ShouldBeNull();
    }

    [Fact]
    public async Task What_a_newer_program_made_is_left_as_it_is_and_kept_up_with_what_is_known_of_it()
    {
        await CreateAsync("a");
        await SettleAsync();
        var name = _service.Indexes.Keys.Single();
        // It has a field more, and one of ours no longer.
        var fields = Only.Definition["fields"]!.AsArray();
        fields.Remove(fields.Single(f => f!["name"]!.GetValue<string>() == "leaf"));
        var newer = fields[0]!.DeepClone();
        (newer["name"], newer["key"]) = ("popularity", false);
        fields.Add(newer);
        await Ledger.ExecuteAsync("update ledger.search_indexes set definition = 'newer', form = form + 1");
        (await Upkeep().IsBehindAsync(CancellationToken.None)).ShouldBeFalse();

        await CreateAsync("b");
        await SettleAsync();
        _service.Indexes.Keys.ShouldHaveSingleItem().ShouldBe(name);
        Only.Documents.Count.ShouldBe(2);
        (await Ledger.CountAsync("search_indexes where definition = 'newer'")).ShouldBe(1);

        _service.Lose();
        await CreateAsync("c");
        await SettleAsync();
        Only.Documents.Count.ShouldBe(3);
    }

    [Fact]
    public async Task What_an_older_program_sent_beside_a_newer_one_is_sent_again_with_all_that_it_is_found_by()
    {
        await CreateAsync("a");
        await SettleAsync();
        await CreateAsync("b", "gizmo");
        await SealAndCatchUpAsync();
        await WriteAsOlderAsync();
        var index = new AzureSkillIndex(Service, Log, Words);
        (await index.SearchAsync(new("acme", "gizmo"))).Value.ShouldBeEmpty("the older program does not know what it is found by");

        (await Upkeep().IsBehindAsync(CancellationToken.None)).ShouldBeTrue();
        _service.Requests.Clear();
        await SettleAsync();
        Sent().ShouldBe([DocumentForm.KeyOf("acme", "b", 1)]);
        (await index.SearchAsync(new("acme", "gizmo"))).Value.ShouldHaveSingleItem().SkillId.ShouldBe("b");
        (await Upkeep().IsBehindAsync(CancellationToken.None)).ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_written_to_a_newer_programs_index_leaves_word_that_it_has_to_look_again()
    {
        await CreateAsync("a");
        await SettleAsync();
        await Ledger.ExecuteAsync("update ledger.search_indexes set definition = 'newer', form = form + 1");
        await CreateAsync("b");
        await SettleAsync();

        (await Upkeep().IsBehindAsync(CancellationToken.None)).ShouldBeFalse("it knows no more of it");
        (await Ledger.CountAsync("search_indexes where leaf = 6 and complete = 3")).ShouldBe(1);
    }

    [Fact]
    public async Task An_index_of_an_older_form_is_searched_as_it_is_until_the_new_one_has_taken_its_place()
    {
        await CreateAsync("a", "Call get_order.");
        await SettleAsync();
        var older = _service.Indexes.Keys.Single();
        foreach (var field in new[] { "nameTerms", "descriptionTerms", "bodyTerms" })
        {
            Only.Definition["fields"]!.AsArray().RemoveAll(f => f!["name"]!.GetValue<string>() == field);
            foreach (var document in Only.Documents.Values) document.Remove(field);
        }
        await Ledger.ExecuteAsync("update ledger.search_indexes set definition = 'older', form = 1");
        var index = new AzureSkillIndex(Service, Log, Words);

        (await index.SearchAsync(new("acme", "get_order"))).Value.ShouldHaveSingleItem().SkillId.ShouldBe("a");
        (await index.SearchAsync(new("acme", "order"))).Value.ShouldBeEmpty("the service's analyzer leaves the name of the tool in one piece");
        (await Upkeep().IsBehindAsync(CancellationToken.None)).ShouldBeTrue();
        await SettleAsync();

        _service.Indexes.Keys.ShouldHaveSingleItem().ShouldNotBe(older);
        (await index.SearchAsync(new("acme", "order"))).Value.ShouldHaveSingleItem().SkillId.ShouldBe("a");
    }

    private AzureSearchService Served(bool isSemantic) => new(new() { Endpoint = _service.Endpoint, ApiKey = "the-key", IsSemantic = isSemantic }, _service.Transport);

    private AzureIndexUpkeep Upkeep(bool isSemantic = false) => new(Served(isSemantic), Log, new(Ledger.DataSource, Ledger.Store), Words, Ledger.DataSource, new NoPauses());

    private SkillEmbeddings Words => new(Ledger.DataSource, null, null);

    private IEnumerable<string> Sent() => _service.Requests.Where(r => r.Path.EndsWith(Upload, StringComparison.Ordinal)).SelectMany(r => r.Body!["value"]!.AsArray()).Select(a => a!["key"]!.GetValue<string>());

    private async Task SettleAsync()
    {
        await SealAndCatchUpAsync();
        (await Upkeep().CatchUpAsync(CancellationToken.None)).ShouldBeTrue();
    }

    /// <summary>As a program does that knows form 1 of the definition: what it has of the fields, and the position that it reads on from.</summary>
    private async Task WriteAsOlderAsync()
    {
        var live = (await Log.LiveAsync(AzureIndexUpkeep.PurposeOf(Service.Options), CancellationToken.None))!;
        var source = new IndexSource(Ledger.DataSource, Ledger.Store);
        var known = Only.Definition["fields"]!.AsArray().Select(f => f!["name"]!.GetValue<string>()).Where(f => !f.EndsWith("Terms", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var to = await source.LeafAsync(CancellationToken.None);
        await foreach (var skills in source.ChangesAsync(live.Leaf, to))
            await new IndexWriter(Service.Documents(live.Name), live.Name, Log, Words, "form 1", new NoPauses(), known).WriteAsync(skills, CancellationToken.None);
        await Ledger.ExecuteAsync($"update ledger.search_indexes set leaf = {to}");
    }

    private async Task MoveAsync(string id)
    {
        await Ledger.AppendAsync("acme", $"skill-{id}", [new ApprovalGiven(Digest.Of(id), "somebody", "looks good")]);
        await SealAndCatchUpAsync();
    }

    private async Task CreateManyAsync(int count)
    {
        for (var i = 0; i < count; i++) await CreateAsync($"{i:000}");
    }

    private async Task<Package> CreateAsync(string id, string body = "frobnicator")
    {
        var package = Sample.Package($"skill-{id}", "does it", body);
        await Ledger.AppendAsync("acme", $"skill-{id}", [Sample.Created(id, $"skill-{id}", Sample.Content(package)), .. Sample.Served(1, package.Digest)], Sample.Contents(package));
        return package;
    }
}
