using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;
using Pipeline.Tests;
using static Pipeline.Domain.Families.FamilyEvent;
using static Pipeline.Domain.Skills.SkillEvent;
using static Pipeline.Domain.Trajectories.TrajectoryEvent;

namespace Pipeline.Infra.Tests.ReadModels;

public sealed class CatalogueTests(PostgresFixture postgres) : ReadModelTests(postgres)
{
    private SkillQueries Skills => new(Ledger.DataSource);

    [Fact]
    public async Task A_skill_is_catalogued_with_all_its_versions()
    {
        var (one, two) = (Sample.Content("one"), Sample.Content("two") with { Description = "does it better" });
        await AppendAsync("skill-a", Sample.Created("a", "refund-order", one), new SkillImproved(2, 1, two, []));
        await AppendAsync("skill-a", new SkillRolledBack(3, 1, one.Package.Digest, "two was worse"), new AliasMoved("canary", null, 3, "try it"));
        await AppendAsync("skill-a", Sample.Served(3, one.Package.Digest));
        await SealAndCatchUpAsync();

        var (skill, leaf) = await Skills.FindAsync("acme", "a");
        leaf.ShouldBe(6);
        skill.ShouldNotBeNull().ShouldSatisfyAllConditions(
            s => s.Name.ShouldBe("refund-order"),
            s => s.Status.ShouldBe(Lifecycle.Active),
            s => s.Versions.ShouldBe(3),
            s => s.LatestVersion.ShouldBe(3),
            s => s.LatestDigest.ShouldBe(one.Package.Digest),
            s => s.Description.ShouldBe("does it"),
            s => s.Aliases.ShouldBe(new Dictionary<string, int> { ["canary"] = 3, ["latest"] = 3 }),
            s => s.CreatedLeaf.ShouldBe(0),
            s => s.UpdatedLeaf.ShouldBe(5),
            s => s.CreatedAt.ShouldBe(TestLedger.Context("acme").RecordedAt));
        (await Skills.FindAsync("acme", "refund-order")).Value!.SkillId.ShouldBe("a");

        var versions = (await Skills.VersionsAsync("acme", "a")).Value;
        versions.Select(v => v.Operation).ShouldBe([VersionOperation.Create, VersionOperation.Improve, VersionOperation.RollBack]);
        versions.Select(v => v.PackageDigest).ShouldBe([one.Package.Digest, two.Package.Digest, one.Package.Digest]);
        versions.Select(v => v.Leaf).ShouldBe([0, 1, 2]);
        versions[1].Manifest.ShouldBe(two.Package);
        versions[1].Parents.ShouldBe([new VersionReference("a", 1, one.Package.Digest)]);
        versions[2].Manifest.ShouldBe(one.Package);
        versions[2].Rationale.ShouldBe("two was worse");
        versions[0].Composer.ShouldBe(new("miner", "1"));
        versions[0].Taint.ShouldBe(["tool-output"]);
    }

    [Fact]
    public async Task A_version_is_the_latest_only_while_the_alias_says_so_and_it_may_be_shown()
    {
        var (one, two) = (Sample.Content("one"), Sample.Content("two"));
        await AppendAsync("skill-a", Sample.Created("a", content: one), new SkillImproved(2, 1, two, []));
        await SealAndCatchUpAsync();
        (await Skills.FindAsync("acme", "a")).Value!.ShouldSatisfyAllConditions(s => s.LatestVersion.ShouldBeNull(), s => s.CurrentVersion.ShouldBe(2));

        await AppendAsync("skill-a", [.. Sample.Served(2, two.Package.Digest), new VersionRevoked(2, two.Package.Digest, "leaks")]);
        await SealAndCatchUpAsync();
        (await Skills.FindAsync("acme", "a")).Value!.LatestVersion.ShouldBeNull();

        await AppendAsync("skill-a", Sample.Served(1, one.Package.Digest, from: 2));
        await SealAndCatchUpAsync();
        (await Skills.FindAsync("acme", "a")).Value!.ShouldSatisfyAllConditions(s => s.LatestVersion.ShouldBe(1), s => s.CurrentVersion.ShouldBe(2));
        (await Skills.VersionsAsync("acme", "a")).Value.Select(v => v.Revoked).ShouldBe([false, true]);

        await AppendAsync("skill-a", new VersionRevoked(1, one.Package.Digest, "leaks too"));
        await SealAndCatchUpAsync();
        (await Skills.FindAsync("acme", "a")).Value!.ShouldSatisfyAllConditions(s => s.LatestVersion.ShouldBeNull(), s => s.LatestDigest.ShouldBeNull());
    }

    [Fact]
    public async Task An_absorbed_skill_points_at_its_survivor_until_the_merge_is_undone()
    {
        var merged = Sample.Content("both");
        VersionReference a = new("a", 1, Sample.Content("first text of a").Package.Digest), b = new("b", 1, Sample.Content("first text of b").Package.Digest);
        var into = new VersionReference("a", 2, merged.Package.Digest);
        await AppendAsync("skill-a", Sample.Created("a"), new SkillMerged(2, [a, b], merged));
        await AppendAsync("skill-b", Sample.Created("b"), new SkillAbsorbed(into, 1));
        await SealAndCatchUpAsync();

        (await Skills.FindAsync("acme", "b")).Value!.ShouldSatisfyAllConditions(s => s.Status.ShouldBe(Lifecycle.Absorbed), s => s.AbsorbedInto.ShouldBe("a"));
        (await Skills.VersionsAsync("acme", "a")).Value[1].Parents.ShouldBe([a, b]);

        await AppendAsync("skill-a", new MergeUndone(into, ["b"], 3, 1, "too different"));
        await AppendAsync("skill-b", new MergeUndone(into, ["b"], null, null, "too different"));
        await SealAndCatchUpAsync();

        (await Skills.FindAsync("acme", "b")).Value!.ShouldSatisfyAllConditions(s => s.Status.ShouldBe(Lifecycle.Active), s => s.AbsorbedInto.ShouldBeNull());
        (await Skills.VersionsAsync("acme", "a")).Value[2].ShouldSatisfyAllConditions(
            v => v.Operation.ShouldBe(VersionOperation.UndoMerge), v => v.PackageDigest.ShouldBe(a.PackageDigest));
    }

    [Fact]
    public async Task Skills_are_listed_page_by_page_and_by_what_they_are()
    {
        for (var i = 0; i < 5; i++) await AppendAsync($"skill-{i}", Sample.Created($"{i}", environment: i == 3 ? "desk" : "shop"));
        await AppendAsync("skill-1", new SkillRetired(RetirementCause.Stale, "its tools are gone"));
        await Ledger.AppendAsync("other", "skill-x", [Sample.Created("x")]);
        await SealAndCatchUpAsync();

        var first = await Skills.ListAsync("acme", new(), limit: 3);
        var rest = await Skills.ListAsync("acme", new(), first.Next, limit: 3);

        first.Items.Select(s => s.Skill.SkillId).ShouldBe(["0", "1", "2"]);
        rest.Items.Select(s => s.Skill.SkillId).ShouldBe(["3", "4"]);
        rest.Next.ShouldBeNull();
        first.Leaf.ShouldBe(7);
        (await Skills.ListAsync("acme", new(Lifecycle.Retired))).Items.ShouldHaveSingleItem().Skill.SkillId.ShouldBe("1");
        (await Skills.ListAsync("acme", new(Lifecycle.Active, "desk"))).Items.ShouldHaveSingleItem().Skill.SkillId.ShouldBe("3");
        (await Skills.ListAsync("acme", new(FamilyId: "family-of-2"))).Items.ShouldHaveSingleItem().Skill.SkillId.ShouldBe("2");
        (await Skills.ListAsync("other", new())).Items.ShouldHaveSingleItem().Skill.SkillId.ShouldBe("x");
    }

    [Fact]
    public async Task An_alias_serves_what_it_points_to_unless_that_is_revoked()
    {
        var created = Sample.Created("1");
        var second = created.Content with { Package = Sample.Created("another").Content.Package };
        await AppendAsync("skill-1", [created, .. Sample.Served(1, created.Content.Package.Digest)]);
        await AppendAsync("skill-1", [new SkillImproved(2, 1, second, []), .. Sample.Served(2, second.Package.Digest, from: 1), new AliasMoved("production", null, 1, "it is good")]);
        await AppendAsync("skill-2", Sample.Created("2"));
        await SealAndCatchUpAsync();

        var production = (await Skills.ListAsync("acme", new() { Alias = "production" })).Items.ShouldHaveSingleItem();
        production.Skill.SkillId.ShouldBe("1");
        production.Version!.Version.ShouldBe(1);
        (await Skills.ListAsync("acme", new())).Items.Select(s => s.Version?.Version).ShouldBe([2, null]);

        await AppendAsync("skill-1", new VersionRevoked(1, created.Content.Package.Digest, "it leaks"));
        await SealAndCatchUpAsync();

        (await Skills.ListAsync("acme", new() { Alias = "production" })).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_share_that_was_recorded_before_shares_were_served_is_served()
    {
        var created = Sample.Created("1");
        await AppendAsync("skill-1", [created, .. Sample.Served(1, created.Content.Package.Digest), new AliasMoved("canary", null, 1, "a tenth") { Share = 0 }]);
        await SealAndCatchUpAsync();
        // As an older program leaves it.
        await Ledger.ExecuteAsync("alter table ledger.skill_catalogue drop column shares; delete from ledger.schema_versions where name like '%alias_shares'");

        (await new SchemaMigration(Ledger.DataSource).ApplyAsync()).ShouldHaveSingleItem();
        await SealAndCatchUpAsync();

        (await Skills.FindAsync("acme", "1")).Value!.Shares["canary"].Percent.ShouldBe(0);
        (await Skills.ListAsync("acme", new() { Alias = "canary", Caller = "anybody" })).Items.ShouldBeEmpty();
        (await Skills.OutsideAsync("acme", "canary", "anybody")).ShouldHaveSingleItem().By.ShouldBeNull();
        (await Skills.OutsideAsync("acme", "latest", "anybody")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_name_leads_to_the_skill_that_lives_under_it()
    {
        await AppendAsync("skill-old", Sample.Created("old", "refund-order"), new SkillRetired(RetirementCause.Superseded, "better one"));
        await AppendAsync("skill-new", Sample.Created("new", "refund-order"));
        await AppendAsync("skill-newer", Sample.Created("newer", "refund-order"), new SkillRetired(RetirementCause.Stale, "no use"));
        await SealAndCatchUpAsync();

        (await Skills.FindAsync("acme", "refund-order")).Value!.SkillId.ShouldBe("new");
        (await Skills.FindAsync("acme", "old")).Value!.SkillId.ShouldBe("old");
        (await Skills.FindAsync("acme", "none")).Value.ShouldBeNull();
        (await Skills.VersionsAsync("acme", "none")).Value.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_trajectory_shows_the_outcome_that_stands()
    {
        await AppendAsync("trajectory-a", Sample.Recorded("a"));
        await AppendAsync("trajectory-b", new TrajectoryRejected("b", "laptop", "run-b", "no steps"));
        await SealAndCatchUpAsync();
        await AppendAsync("trajectory-a", new TrajectoryOutcomeCorrected(Sample.Success, Sample.Failure, "the gold was wrong"));
        await AppendAsync("trajectory-a", new SubjectErased("laptop", "hmac-sha256:0", "asked for"));
        await SealAndCatchUpAsync();

        var queries = new TrajectoryQueries(Ledger.DataSource);
        (await queries.FindAsync("acme", "a")).Value!.ShouldSatisfyAllConditions(
            t => t.Success.ShouldBe(false), t => t.Reward.ShouldBe(0), t => t.Erased.ShouldBeTrue(), t => t.Rejected.ShouldBeFalse(),
            t => t.Steps.ShouldBe(5), t => t.RecordedLeaf.ShouldBe(0), t => t.UpdatedLeaf.ShouldBe(3));
        (await queries.FindAsync("acme", "b")).Value!.ShouldSatisfyAllConditions(t => t.Rejected.ShouldBeTrue(), t => t.Rejection.ShouldBe("no steps"));
        (await queries.ListAsync("acme")).Items.Select(t => t.TrajectoryId).ShouldBe(["a", "b"]);
        (await queries.ListAsync("acme", "shop")).Items.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_family_counts_the_evidence_that_stands()
    {
        await AppendAsync("family-f", new FamilyOpened("f", "shop", "refund"),
            Sample.Evidence("1"), Sample.Evidence("2"), Sample.Evidence("3", Sample.Failure), Sample.Evidence("4", Sample.SelfReported));
        await SealAndCatchUpAsync();
        await AppendAsync("family-f", Sample.Evidence("2", Sample.Failure), new EvidenceWithdrawn("1", "erased"), Sample.Evidence("5"));
        await AppendAsync("family-f", Sample.Decided(CurationOperation.Create, 6, new("a", 1, "sha256:1")));
        await AppendAsync("family-f", Sample.Decided(CurationOperation.Keep, 7));
        await SealAndCatchUpAsync();

        var queries = new FamilyQueries(Ledger.DataSource);
        (await queries.FindAsync("acme", "f")).Value!.ShouldSatisfyAllConditions(
            f => f.Successes.ShouldBe(1), f => f.Failures.ShouldBe(2), f => f.Unverified.ShouldBe(1),
            f => f.EvidenceEvents.ShouldBe(7), f => f.CuratedThrough.ShouldBe(7),
            f => f.LastOperation.ShouldBe(CurationOperation.Keep), f => f.SkillId.ShouldBe("a"),
            f => f.Effect.ShouldBe("refund"), f => f.UpdatedLeaf.ShouldBe(9));

        await AppendAsync("family-f", new EvidenceWithdrawn("5", "erased"));
        await SealAndCatchUpAsync();
        (await queries.ListAsync("acme", "shop")).Items.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            f => f.Successes.ShouldBe(0), f => f.EvidenceEvents.ShouldBe(8), f => f.CuratedThrough.ShouldBe(7));
    }

    [Fact]
    public async Task Status_counts_one_tenant()
    {
        await AppendAsync("trajectory-a", Sample.Recorded("a"));
        await AppendAsync("trajectory-b", new TrajectoryRejected("b", "laptop", "run-b", "no steps"));
        await AppendAsync("skill-a", Sample.Created("a"), new SkillImproved(2, 1, Sample.Content("two"), []));
        await AppendAsync("skill-b", Sample.Created("b"), new SkillRetired(RetirementCause.Stale, "gone"));
        await AppendAsync("family-f", new FamilyOpened("f", "shop", "refund"));
        await Ledger.AppendAsync("other", "skill-x", [Sample.Created("x")]);
        await SealAndCatchUpAsync();

        (await new StatusQueries(Ledger.DataSource).CountAsync("acme")).ShouldBe(new(new(1, 1, 0), new(1, 1, 0, 3), 1));
        (await new StatusQueries(Ledger.DataSource).CountAsync("nobody")).ShouldBe(new(new(0, 0, 0), new(0, 0, 0, 0), 0));
    }

    [Fact]
    public async Task What_a_newer_program_wrote_stops_nothing()
    {
        await AppendAsync("skill-a", Sample.Created("a"), new UnknownEvent("skill_sung", "{}"), new SkillRetired(RetirementCause.Stale, "gone"));
        await AppendAsync("skill-b", new UnknownEvent("skill_sung", "{}"));
        await AppendAsync("choir-1", new UnknownEvent("choir_met", "{}"));
        await AppendAsync("family-f", new UnknownEvent("family_moved", "{}"));
        await SealAndCatchUpAsync();

        (await Skills.FindAsync("acme", "a")).Value!.Status.ShouldBe(Lifecycle.Retired);
        (await Runner.PositionsAsync()).Values.ShouldAllBe(p => p == 6);
    }
}
