using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Infra.Search;
using Pipeline.Infra.Tests.ReadModels;
using Pipeline.Tests;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Infra.Tests.Search;

/// <summary>What every index does, whichever is configured.</summary>
public abstract class SkillIndexTests(PostgresFixture postgres) : ReadModelTests(postgres)
{
    protected abstract ISkillIndex Index { get; }

    protected abstract Task SettleAsync();

    [Fact]
    public async Task A_skill_is_found_by_its_name_its_description_and_its_whole_body()
    {
        await CreateAsync("a", "make-refund", $"First. {string.Concat(Enumerable.Repeat("And so on. ", 500))} Call the frobnicator.");
        await CreateAsync("b", "book-seat", "Something else.");
        await SettleAsync();

        (await IdsAsync(new("acme", "frobnicator"))).ShouldBe(["a"]);
        (await IdsAsync(new("acme", "refund"))).ShouldBe(["a"]);
        (await IdsAsync(new("acme", "book a seat"))).ShouldBe(["b"]);
        (await Index.SearchAsync(new("acme", "frobnicator"))).Value.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            h => h.Name.ShouldBe("make-refund"), h => h.Version.ShouldBe(1), h => h.Environment.ShouldBe("shop"), h => h.Kind.ShouldBe(SkillKind.Functional),
            h => h.Tier.ShouldBe(Tier.T1), h => h.Digest.ShouldStartWith("sha256:"), h => h.Description.ShouldBe("does it"), h => h.Score.ShouldBeGreaterThan(0));
    }

    [Theory]
    [InlineData("Call get_order_details with the id.", "order details")]
    [InlineData("Call get_order_details with the id.", "get_order_details")]
    [InlineData("Call get-order-details with the id.", "the order's details")]
    [InlineData("Needs version 3.5 of it.", "3.5")]
    [InlineData("It was cancelled in transit.", "cancelling transits")]
    [InlineData("Ends in Café_Crème.", "cafe\u0301 cr\u00e8me")]
    [InlineData("注文した商品の返金を行います。", "返金")]
    [InlineData("注文した商品をｷｬﾝｾﾙします。", "キャンセルしたい")]
    [InlineData("주문한 상품을 환불합니다.", "환불을 하다")]
    [InlineData("คืนเงินให้ลูกค้าที่สั่งซื้อ", "ลูกค้าอยากได้เงินคืน")]
    [InlineData("为客户办理退款手续", "退款")]
    public async Task A_skill_is_found_by_a_part_of_what_stands_in_it_as_one(string body, string query)
    {
        await CreateAsync("a", "first", body);
        await CreateAsync("b", "second", "Something else.");
        await SettleAsync();

        (await IdsAsync(new("acme", query))).ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_search_sees_its_own_tenant_and_the_environment_asked_for()
    {
        await CreateAsync("a", "make-refund", "frobnicator", environment: "o'shop");
        await CreateAsync("b", "book-seat", "frobnicator", environment: "airline");
        await CreateAsync("c", "steal-secrets", "frobnicator", tenant: "other");
        await SettleAsync();

        (await IdsAsync(new("acme", "frobnicator"))).ShouldBe(["b", "a"]);
        (await IdsAsync(new("acme", "frobnicator", Environment: "o'shop"))).ShouldBe(["a"]);
        (await IdsAsync(new("other", "frobnicator"))).ShouldBe(["c"]);
        (await IdsAsync(new("nobody", "frobnicator"))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_another_wish_the_latest_version_is_served_and_an_alias_serves_what_it_points_to()
    {
        var first = await CreateAsync("a", "make-refund", "Call the frobnicator.");
        var second = Sample.Package("make-refund", "does it", "Call the gizmo.");
        await Ledger.AppendAsync("acme", "skill-a", [new SkillImproved(2, 1, Sample.Content(second), []), .. Sample.Served(2, second.Digest, from: 1), new AliasMoved("production", null, 1, "tried")], Sample.Contents(second));
        await SettleAsync();

        (await IdsAsync(new("acme", "frobnicator"))).ShouldBeEmpty();
        (await Index.SearchAsync(new("acme", "gizmo"))).Value.ShouldHaveSingleItem().Version.ShouldBe(2);
        (await Index.SearchAsync(new("acme", "frobnicator refund") { Alias = "production" })).Value.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            h => h.Version.ShouldBe(1), h => h.Digest.ShouldBe(first.Digest));
        (await IdsAsync(new("acme", "refund") { Alias = "canary" })).ShouldBeEmpty();

        await Ledger.AppendAsync("acme", "skill-a", [new AliasMoved("latest", 2, 1, "two is not trusted"), new AliasMoved("production", 1, 2, "in use")]);
        await SettleAsync();

        (await Index.SearchAsync(new("acme", "frobnicator refund"))).Value.ShouldHaveSingleItem().Version.ShouldBe(1);
        (await Index.SearchAsync(new("acme", "refund") { Alias = "production" })).Value.ShouldHaveSingleItem().Version.ShouldBe(2);
    }

    [Fact]
    public async Task A_share_of_the_callers_finds_the_canary_and_the_others_what_production_serves()
    {
        var first = await CreateAsync("a", "make-refund", "Call the frobnicator.");
        var second = Sample.Package("make-refund", "does it", "Call the gizmo.");
        await Ledger.AppendAsync("acme", "skill-a", [
            new SkillImproved(2, 1, Sample.Content(second), []), .. Sample.Served(2, second.Digest, from: 1), new TierDecided(1, first.Digest, Tier.T1, Tier.T3, "strict@1", [], []),
            new TierDecided(2, second.Digest, Tier.T1, Tier.T2, "strict@1", [], []), new AliasMoved("production", null, 1, "tried"), new AliasMoved("canary", null, 2, "a tenth") { Share = 10 }], Sample.Contents(second));
        await CreateAsync("b", "book-seat", "Call the frobnicator and the gizmo.");
        await SettleAsync();
        var (inside, outside) = (Caller(within: true), Caller(within: false));

        (await FoundAsync("gizmo refund", "canary", inside)).ShouldBe(["a@2 canary"]);
        (await FoundAsync("frobnicator refund", "canary", outside)).ShouldBe(["a@1 production"]);
        (await FoundAsync("gizmo", "canary", outside)).ShouldBeEmpty();
        (await FoundAsync("frobnicator refund", "canary", null)).ShouldBe(["a@1 production"]);
        (await FoundAsync("refund", "production", inside)).ShouldBe(["a@1 production"]);
        (await FoundAsync("refund", "latest", outside)).ShouldBe(["a@2 latest"]);

        // Production goes, and what it named is the canary's no more.
        await Ledger.AppendAsync("acme", "skill-a", [new AliasRemoved("production", 1, "gone")]);
        await SettleAsync();
        (await FoundAsync("refund", "canary", outside)).ShouldBeEmpty();
        (await FoundAsync("refund", "canary", inside)).ShouldBe(["a@2 canary"]);
    }

    [Fact]
    public async Task What_an_alias_named_before_it_was_shared_is_found_though_nothing_points_to_it()
    {
        var first = await CreateAsync("a", "make-refund", "Call the frobnicator.");
        var second = Sample.Package("make-refund", "does it", "Call the gizmo.");
        await Ledger.AppendAsync("acme", "skill-a", [
            new SkillImproved(2, 1, Sample.Content(second), []), .. Sample.Served(2, second.Digest, from: 1), new TierDecided(1, first.Digest, Tier.T1, Tier.T2, "strict@1", [], []),
            new TierDecided(2, second.Digest, Tier.T1, Tier.T2, "strict@1", [], []), new AliasMoved("canary", null, 1, "all"), new AliasMoved("canary", 1, 2, "a tenth") { Share = 10 }], Sample.Contents(second));
        await SettleAsync();

        (await FoundAsync("refund", "canary", Caller(within: false))).ShouldBe(["a@1 canary"]);
        (await FoundAsync("refund", "canary", Caller(within: true))).ShouldBe(["a@2 canary"]);
        (await FoundAsync("frobnicator", "latest", null)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_in_quarantine_or_revoked_is_found_by_nobody_whatever_points_to_it()
    {
        var package = await CreateAsync("a", "make-refund", "frobnicator");
        var second = Sample.Package("make-refund", "does it", "Call the frobnicator and the gizmo.");
        await Ledger.AppendAsync("acme", "skill-a", [new SkillImproved(2, 1, Sample.Content(second), []), new AliasMoved("latest", 1, 2, "by mistake"), new AliasMoved("canary", null, 2, "by mistake")], Sample.Contents(second));
        await SettleAsync();
        foreach (var alias in new[] { "latest", "canary", "" }) (await IdsAsync(new("acme", "gizmo") { Alias = alias, LeastTier = Tier.Q })).ShouldBeEmpty();

        await Ledger.AppendAsync("acme", "skill-a", [new AliasMoved("latest", 2, 1, "back")]);
        await SettleAsync();
        (await IdsAsync(new("acme", "frobnicator"))).ShouldBe(["a"]);

        await Ledger.AppendAsync("acme", "skill-a", [new VersionRevoked(1, package.Digest, "leaks")]);
        await SettleAsync();
        (await IdsAsync(new("acme", "frobnicator"))).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_search_can_ask_for_what_is_trusted_further()
    {
        var package = await CreateAsync("a", "make-refund", "frobnicator");
        await CreateAsync("b", "book-seat", "frobnicator");
        await Ledger.AppendAsync("acme", "skill-a", [new TierDecided(1, package.Digest, Tier.T1, Tier.T2, "strict@1", [], [])]);
        await SettleAsync();

        (await IdsAsync(new("acme", "frobnicator"))).ShouldBe(["b", "a"], ignoreOrder: true);
        (await IdsAsync(new("acme", "frobnicator") { LeastTier = Tier.T2 })).ShouldBe(["a"]);
        (await IdsAsync(new("acme", "frobnicator") { LeastTier = Tier.T3 })).ShouldBeEmpty();

        await Ledger.AppendAsync("acme", "skill-a", [new TierDecided(1, package.Digest, Tier.T2, Tier.T1, "strict@1", [], ["a new ruleset"])]);
        await SettleAsync();
        (await IdsAsync(new("acme", "frobnicator") { LeastTier = Tier.T2 })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_says_which_model_asks_gets_its_sibling_in_place_of_the_main_skill()
    {
        var main = await CreateAsync("a", "make-refund", "frobnicator");
        await CreateAsync("s", "make-refund-small", "frobnicator", siblingOf: new("a", 1, main.Digest), model: "small");
        await CreateAsync("b", "book-seat", "frobnicator");
        await SettleAsync();

        (await IdsAsync(new("acme", "frobnicator") { Model = "small" })).ShouldBe(["b", "s"], ignoreOrder: true);
        (await IdsAsync(new("acme", "frobnicator") { Model = "large" })).ShouldBe(["b", "a"], ignoreOrder: true);
        var all = await IdsAsync(new("acme", "frobnicator"));
        all.ShouldBe(["a", "b", "s"], ignoreOrder: true);
        all.IndexOf("s").ShouldBe(all.IndexOf("a") + 1);
    }

    [Fact]
    public async Task A_sibling_that_is_trusted_less_than_is_asked_for_takes_nobodys_place()
    {
        var main = await CreateAsync("a", "make-refund", "frobnicator");
        await CreateAsync("s", "make-refund-small", "frobnicator", siblingOf: new("a", 1, main.Digest), model: "small");
        await Ledger.AppendAsync("acme", "skill-a", [new TierDecided(1, main.Digest, Tier.T1, Tier.T3, "strict@1", [], [])]);
        await SettleAsync();

        (await IdsAsync(new("acme", "frobnicator") { Model = "small", LeastTier = Tier.T3 })).ShouldBe(["a"]);
        (await IdsAsync(new("acme", "frobnicator") { Model = "small" })).ShouldBe(["s"]);
    }

    [Fact]
    public async Task Pages_put_together_are_the_whole()
    {
        for (var i = 0; i < 25; i++) await CreateAsync($"{i:00}", $"skill-{i:00}", $"frobnicator {string.Concat(Enumerable.Repeat("frobnicator ", i % 4))}");
        await SettleAsync();

        var whole = await IdsAsync(new("acme", "frobnicator", 100));
        List<string> pages = [];
        for (var skip = 0; skip < 30; skip += 7) pages.AddRange(await IdsAsync(new("acme", "frobnicator", 7) { Skip = skip }));

        whole.Count.ShouldBe(25);
        pages.ShouldBe(whole);
        (await IdsAsync(new("acme", "frobnicator", 5) { Skip = 1_000 })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Pages_of_skills_with_siblings_put_together_are_the_whole_with_each_sibling_below_its_main_skill()
    {
        // The farther from each other by their own scores, the more would be on the wrong page.
        for (var i = 0; i < 8; i++)
        {
            var main = await CreateAsync($"main-{i}", $"skill-{i}", Said(i + 1));
            if (i % 2 == 0) await CreateAsync($"small-{i}", $"skill-{i}-small", Said(8 - i), siblingOf: new($"main-{i}", 1, main.Digest), model: "small");
            if (i % 3 == 0) await CreateAsync($"large-{i}", $"skill-{i}-large", Said(4), siblingOf: new($"main-{i}", 1, main.Digest), model: "large");
        }
        var silent = await CreateAsync("silent", "another", "Says nothing of it.");
        await CreateAsync("small-silent", "another-small", Said(5), siblingOf: new("silent", 1, silent.Digest), model: "small");
        await SettleAsync();

        foreach (var search in new SkillSearch[] { new("acme", "frobnicator"), new("acme", "frobnicator", Within: 0.05), new("acme", "frobnicator", Environment: "shop") { Model = "small" } })
        {
            var whole = (await Index.SearchAsync(search with { Top = 100 })).Value;
            foreach (var size in new[] { 1, 3 })
            {
                List<string> pages = [];
                for (var skip = 0; skip < 18; skip += size) pages.AddRange(await IdsAsync(search with { Top = size, Skip = skip }));
                pages.ShouldBe(whole.Select(h => h.SkillId));
            }
            whole.ShouldBeUnique();
            whole.Count.ShouldBe(search.Model.Length > 0 ? 9 : 16);
            for (var i = 0; i < whole.Count; i++)
                if (whole.Any(h => h.SkillId == whole[i].VariantOf)) new[] { whole[i - 1].SkillId, whole[i - 1].VariantOf }.ShouldContain(whole[i].VariantOf);
        }

        static string Said(int times) => string.Concat(Enumerable.Repeat("frobnicator ", times)) + string.Concat(Enumerable.Repeat("else ", 9 - times));
    }

    [Fact]
    public async Task Only_what_is_near_the_best_comes_where_that_is_wanted_on_every_page()
    {
        await CreateAsync("a", "frobnicate-frobnicator", "frobnicator frobnicator frobnicator");
        await CreateAsync("b", "frobnicate-frobnicators", "frobnicator frobnicator");
        await CreateAsync("c", "book-seat", "There is also a frobnicator. And more is said of everything else than of it.");
        await SettleAsync();

        (await IdsAsync(new("acme", "frobnicator", Within: 0.7))).ShouldNotContain("c");
        (await IdsAsync(new("acme", "frobnicator", Within: 0.7) { Skip = 2 })).ShouldBeEmpty();
        (await IdsAsync(new("acme", "frobnicator"))).ShouldContain("c");
    }

    [Theory]
    [InlineData("frobnicator\" OR (")]
    [InlineData("+frobnicator -make ~2 | ^ * ? : [ ] { } \\ /")]
    [InlineData("frobnicator') or tenant eq 'other' or ('")]
    [InlineData("the frobnicator \ud83d\ude00 \ud83d")]
    public async Task A_task_text_is_words_and_never_a_query_language(string text)
    {
        await CreateAsync("a", "make-refund", "Call the frobnicator.");
        await CreateAsync("c", "steal-secrets", "frobnicator", tenant: "other");
        await SettleAsync();

        (await IdsAsync(new("acme", text))).ShouldBe(["a"]);
        (await IdsAsync(new("acme", "frobnicator", Environment: text))).ShouldBeEmpty();
        (await IdsAsync(new("acme", "frobnicator") { Alias = text })).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_whole_task_text_of_many_thousand_words_is_taken()
    {
        await CreateAsync("a", "make-refund", "Call the frobnicator.");
        await SettleAsync();

        (await IdsAsync(new("acme", $"frobnicator {string.Join(' ', Enumerable.Range(0, 20_000).Select(i => $"word{i}"))}"))).ShouldBe(["a"]);
        (await IdsAsync(new("acme", ""))).ShouldBeEmpty();
        (await IdsAsync(new("acme", "?!"))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Words_that_are_too_long_for_an_index_and_too_many_of_them_are_taken()
    {
        var hash = new string('x', 300);
        await CreateAsync("a", "make-refund", $"Call the frobnicator. {hash}");
        await SettleAsync();

        (await IdsAsync(new("acme", $"frobnicator {hash} {string.Join(' ', Enumerable.Range(0, 2_000).Select(i => $"word{i}"))}"))).ShouldBe(["a"]);
        (await IdsAsync(new("acme", $"frobnicator {string.Join(' ', Enumerable.Range(0, 2_000).Select(i => $"{i}{new string('y', 250)}"))}"))).ShouldBe(["a"]);
        (await IdsAsync(new("acme", hash))).ShouldBe(["a"]);
    }

    protected async Task<List<string>> IdsAsync(SkillSearch search) => [.. (await Index.SearchAsync(search)).Value.Select(h => h.SkillId)];

    private async Task<List<string>> FoundAsync(string text, string alias, string? caller)
    {
        var search = new CallerSearch(Index, new(Ledger.DataSource));
        var found = await search.SearchAsync(await search.ForAsync(new("acme", text) { Alias = alias }, caller, CancellationToken.None), CancellationToken.None);
        return [.. found.Value.Select(h => $"{h.SkillId}@{h.Version} {h.ServedBy}")];
    }

    private static string Caller(bool within) => Enumerable.Range(0, 1000).Select(i => $"caller-{i}").First(c => CanaryShare.Serves(10, c, "a") == within);

    protected async Task<Package> CreateAsync(string id, string name, string body, string tenant = "acme", string environment = "shop", VersionReference? siblingOf = null, string? model = null)
    {
        var package = Sample.Package(name, "does it", body);
        await Ledger.AppendAsync(tenant, $"skill-{id}", [Sample.Created(id, name, Sample.Content(package), environment) with { VariantOf = siblingOf, Model = model }, .. Sample.Served(1, package.Digest)], Sample.Contents(package));
        return package;
    }
}

public sealed class EmbeddedIndexTests(PostgresFixture postgres) : SkillIndexTests(postgres), IDisposable
{
    private EmbeddedSkillIndex? _index;

    protected override ISkillIndex Index => _index ??= new EmbeddedSkillIndex(Ledger.DataSource, Ledger.Store);

    public void Dispose() => _index?.Dispose();

    protected override Task SettleAsync() => SealAndCatchUpAsync();
}
