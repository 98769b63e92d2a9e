using Pipeline.Domain.Skills;
using Pipeline.Infra.ReadModels;
using Pipeline.Infra.Search;
using Pipeline.Infra.Tests.ReadModels;
using Pipeline.Tests;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Infra.Tests.Search;

public sealed class EmbeddedSkillIndexTests(PostgresFixture postgres) : ReadModelTests(postgres), IDisposable
{
    private EmbeddedSkillIndex? _index;

    private EmbeddedSkillIndex Index => _index ??= new(Ledger.DataSource, Ledger.Store);

    public void Dispose() => _index?.Dispose();

    [Fact]
    public async Task A_skill_is_found_by_its_body_as_soon_as_the_catalogue_has_it()
    {
        (await SearchAsync("frobnicator")).ShouldBeEmpty();
        var package = await CreateAsync("a", "make-refund", "Call the frobnicator.");
        (await SearchAsync("frobnicator")).ShouldBeEmpty();

        await SealAndCatchUpAsync();

        var hit = (await SearchAsync("frobnicator")).ShouldHaveSingleItem();
        hit.ShouldSatisfyAllConditions(
            h => h.SkillId.ShouldBe("a"), h => h.Name.ShouldBe("make-refund"), h => h.Version.ShouldBe(1),
            h => h.Digest.ShouldBe(package.Digest), h => h.Description.ShouldBe("does it"), h => h.Score.ShouldBeGreaterThan(0));
        (await Index.SearchAsync(new("acme", "frobnicator"))).Leaf.ShouldBe(3);
    }

    [Fact]
    public async Task What_is_served_follows_the_skill_through_its_life()
    {
        var first = await CreateAsync("a", "make-refund", "Call the frobnicator.");
        await SealAndCatchUpAsync();
        (await SearchAsync("frobnicator")).ShouldHaveSingleItem();

        var second = Sample.Package("make-refund", "does it", "Call the gizmo.");
        await AppendAsync(second, new SkillImproved(2, 1, Sample.Content(second), []));
        (await SearchAsync("gizmo")).ShouldBeEmpty();
        (await SearchAsync("frobnicator")).ShouldHaveSingleItem().Version.ShouldBe(1);

        await AppendAsync(second, Sample.Served(2, second.Digest, from: 1));
        (await SearchAsync("frobnicator")).ShouldBeEmpty();
        (await SearchAsync("gizmo")).ShouldHaveSingleItem().Version.ShouldBe(2);

        await AppendAsync(second, new SkillRetired(RetirementCause.Stale, "gone"));
        (await SearchAsync("gizmo refund")).ShouldBeEmpty();

        await AppendAsync(second, new SkillReinstated("back"), new VersionRevoked(2, second.Digest, "leaks"));
        (await SearchAsync("gizmo")).ShouldBeEmpty();
        await AppendAsync(second, new AliasMoved(Skill.LatestAlias, 2, 1, "2 is revoked"));
        (await SearchAsync("frobnicator")).ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            h => h.Version.ShouldBe(1), h => h.Digest.ShouldBe(first.Digest));

        async Task AppendAsync(Package package, params SkillEvent[] events)
        {
            await Ledger.AppendAsync("acme", "skill-a", events, Sample.Contents(package));
            await SealAndCatchUpAsync();
        }
    }

    [Fact]
    public async Task An_index_that_starts_late_finds_what_one_that_followed_finds()
    {
        for (var i = 0; i < 30; i++)
        {
            await CreateAsync($"{i}", $"skill-{i % 7}-{i}", $"word{i % 5} and word{i % 3} {string.Concat(Enumerable.Repeat("filler ", i))}");
            await SealAndCatchUpAsync();
            await SearchAsync("word1");
        }
        using var late = new EmbeddedSkillIndex(Ledger.DataSource, Ledger.Store);

        (await late.SearchAsync(new("acme", "word1 skill filler", 50))).Value.ShouldBe(await SearchAsync("word1 skill filler", 50));
    }

    [Fact]
    public async Task A_search_sees_its_own_tenant_and_the_environment_asked_for()
    {
        await CreateAsync("a", "make-refund", "frobnicator", environment: "shop");
        await CreateAsync("b", "book-seat", "frobnicator", environment: "airline");
        await CreateAsync("c", "steal-secrets", "frobnicator", tenant: "other");
        await SealAndCatchUpAsync();

        (await SearchAsync("frobnicator")).Select(h => h.SkillId).ShouldBe(["b", "a"]);
        (await Index.SearchAsync(new("acme", "frobnicator", Environment: "shop"))).Value.ShouldHaveSingleItem().SkillId.ShouldBe("a");
        (await Index.SearchAsync(new("acme", "frobnicator", Top: 1))).Value.ShouldHaveSingleItem().SkillId.ShouldBe("b");
        (await Index.SearchAsync(new("nobody", "frobnicator"))).Value.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_skill_whose_text_is_gone_is_found_by_name_and_description()
    {
        await CreateAsync("a", "make-refund", "frobnicator");
        await SealAndCatchUpAsync();
        await Ledger.ExecuteAsync("delete from ledger.contents");

        (await SearchAsync("frobnicator")).ShouldBeEmpty();
        (await SearchAsync("refund")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Searches_go_on_while_the_catalogue_grows_and_none_goes_back_in_time()
    {
        var growing = Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                await CreateAsync($"{i}", $"skill-{i}", "frobnicator");
                await SealAndCatchUpAsync();
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var last = 0;
            while (!growing.IsCompleted)
            {
                var (hits, leaf) = await Index.SearchAsync(new("acme", "frobnicator", 100));
                hits.Count.ShouldBeGreaterThanOrEqualTo(Math.Max(last, (int)leaf / 3));
                last = hits.Count;
            }
        })));
        await growing;

        (await SearchAsync("frobnicator", 100)).Count.ShouldBe(40);
    }

    [Fact]
    public async Task A_check_passes_over_what_changed_while_it_looked()
    {
        for (var i = 0; i <= IndexSource.MostSkills; i++) await CreateAsync($"{i:000}", $"skill-{i:000}", "frobnicator");
        await SealAndCatchUpAsync();
        var moved = false;

        var check = await Upkeep.CheckAsync(mend: false, (_, _) =>
        {
            if (moved) return;
            moved = true;
            Ledger.AppendAsync("acme", $"skill-{IndexSource.MostSkills:000}", [new ApprovalGiven("sha256:0", "somebody", "looks good")]).GetAwaiter().GetResult();
            SealAndCatchUpAsync().GetAwaiter().GetResult();
        }, CancellationToken.None);

        moved.ShouldBeTrue();
        check.ShouldSatisfyAllConditions(c => c.TooMany.ShouldBeEmpty(), c => c.IsSound.ShouldBeTrue());
    }

    [Theory]
    // As many words, and another one among them.
    [InlineData("update ledger.skill_versions v set manifest = o.manifest from ledger.skill_versions o where v.skill_id = 'a' and o.skill_id = 'c'", 0, 1, 0)]
    [InlineData("update ledger.skill_catalogue set kind = 'atomic' where skill_id = 'a'", 0, 1, 0)]
    [InlineData("update ledger.skill_versions set tier = 't4' where skill_id = 'a'", 0, 1, 0)]
    [InlineData("update ledger.skill_catalogue set status = 'retired' where skill_id = 'a'", 0, 0, 1)]
    [InlineData("update ledger.skill_catalogue set status = 'active' where skill_id = 'b'", 1, 0, 0)]
    public async Task A_check_finds_what_is_not_as_the_ledger_has_it_and_mends_it(string alteration, int missing, int stale, int tooMany)
    {
        await CreateAsync("a", "make-refund", "frobnicator");
        await CreateAsync("b", "book-seat", "gizmo");
        await CreateAsync("c", "make-refund", "frobnicated", tenant: "other");
        await SealAndCatchUpAsync();
        await Ledger.ExecuteAsync("update ledger.skill_catalogue set status = 'retired' where skill_id = 'b'");
        await SearchAsync("frobnicator");
        (await Upkeep.CheckAsync(mend: false, (_, _) => { }, CancellationToken.None)).Differences.ShouldBe(0);
        await Ledger.ExecuteAsync(alteration);

        var check = await Upkeep.CheckAsync(mend: true, (_, _) => { }, CancellationToken.None);
        (check.Missing.Count, check.Stale.Count, check.TooMany.Count).ShouldBe((missing, stale, tooMany));
        (check.Mended, check.IsSound).ShouldBe((1, true));
        (await Upkeep.CheckAsync(mend: false, (_, _) => { }, CancellationToken.None)).Differences.ShouldBe(0);
    }

    private EmbeddedIndexUpkeep Upkeep => new(Index, new(Ledger.DataSource, Ledger.Store), new(Ledger.DataSource, null, null));

    private async Task<IReadOnlyList<SkillHit>> SearchAsync(string text, int top = 10) => (await Index.SearchAsync(new("acme", text, top))).Value;

    private async Task<Package> CreateAsync(string id, string name, string body, string tenant = "acme", string environment = "shop")
    {
        var package = Sample.Package(name, "does it", body);
        await Ledger.AppendAsync(tenant, $"skill-{id}", [Sample.Created(id, name, Sample.Content(package), environment), .. Sample.Served(1, package.Digest)], Sample.Contents(package));
        return package;
    }
}
