using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using static Pipeline.Domain.Skills.SkillEvent;
using static Pipeline.Domain.Tests.Skills.SomeSkill;

namespace Pipeline.Domain.Tests.Skills.Tiers;

public sealed class AliasRulesTests
{
    private static readonly Skill Three = Skill.Fold([
        Created(), Improved(2, "two"), Improved(3, "three"), Tiered(1, "one", Tier.Q, Tier.T3), Tiered(2, "two", Tier.Q, Tier.T2), Tiered(3, "three", Tier.Q, Tier.T1)]);

    [Fact]
    public void Latest_and_canary_go_to_the_newest_version_that_may_and_production_nowhere_by_itself() => Text(Three).ShouldBe(["canary 2", "latest 3"]);

    [Fact]
    public void A_canary_stays_where_the_gates_do_not_let_it_follow()
    {
        Text(Three, ATrust.Strict with { CanaryFollows = false }).ShouldBe(["latest 3"]);
        Text(With(Three, new AliasMoved("canary", null, 1, "")), ATrust.Strict with { CanaryFollows = false }).ShouldBe(["latest 3"]);
    }

    [Fact]
    public void A_share_of_the_callers_goes_with_the_canary()
    {
        var moves = AliasRules.Following(ATrust.Strict, With(Three, new AliasMoved("canary", null, 1, "") { Share = 10 }));
        moves[0].ShouldBe(new SkillCommand.MoveAlias("canary", 2, "the newest version at T2 or above") { Share = 10, Follows = true });
    }

    [Fact]
    public void A_canary_that_somebody_took_back_stays_there_until_a_newer_version_may_be_named()
    {
        var followed = With(Three, Tiered(3, "three", Tier.T1, Tier.T2), new AliasMoved("latest", null, 3, ""), new AliasMoved("canary", null, 3, ""));
        var taken = With(followed, [.. ((Decision.Accepted)SkillDecider.Decide(new SkillCommand.MoveAlias("canary", 2, "3 is bad"), followed)).Events.Cast<SkillEvent>()]);
        Text(taken).ShouldBeEmpty();

        var next = With(taken, Improved(4, "four"));
        Text(next).ShouldBeEmpty("4 has shown nothing yet");
        next = With(next, Tiered(4, "four", Tier.Q, Tier.T2));
        Text(next).ShouldContain("canary 4");
        var gone = With(next, [.. Followed(next), new VersionRevoked(4, DigestOf("four"), "")]);
        gone.Pins.ShouldBeEmpty();
        Text(gone).ShouldContain("canary 3", "it follows again");
    }

    [Fact]
    public void A_pinned_canary_whose_version_may_no_longer_be_served_goes_where_it_belongs()
    {
        var pinned = With(Three, new AliasMoved("canary", null, 1, "") { StaysThrough = 3 });
        Text(pinned).ShouldBe(["latest 3"]);
        Text(With(pinned, new VersionRevoked(1, DigestOf("one"), ""))).ShouldContain("canary 2");
        With(pinned, new AliasRemoved("canary", 1, "")).Pins.ShouldBeEmpty();
    }

    [Fact]
    public void Quarantine_of_the_newest_takes_latest_back() => Text(With(Three, new AliasMoved("latest", null, 3, ""), Tiered(3, "three", Tier.T1, Tier.Q))).ShouldBe(["canary 2", "latest 2"]);

    [Fact]
    public void Where_nothing_may_be_served_there_is_no_alias()
    {
        Text(Skill.Fold([Created()])).ShouldBeEmpty();
        Text(Skill.Fold([Created(), Tiered(1, "one", Tier.Q, Tier.T1), new AliasMoved("latest", null, 1, ""), new VersionRevoked(1, DigestOf("one"), "leaks")])).ShouldBe(["latest removed"]);
    }

    [Theory]
    [InlineData("production", "production removed")]
    [InlineData("pilot", "pilot 2")]
    public void An_alias_of_a_revoked_version_goes_to_the_newest_that_may_or_is_removed(string alias, string expected) =>
        Text(With(Three, new AliasMoved(alias, null, 1, ""), new VersionRevoked(1, DigestOf("one"), "leaks"))).ShouldContain(expected);

    [Fact]
    public void What_stands_is_left_alone() => Text(With(Three, new AliasMoved("production", null, 1, ""), new AliasMoved("latest", null, 3, ""), new AliasMoved("canary", null, 2, ""))).ShouldBeEmpty();

    [Fact]
    public void A_retired_skill_only_loses_aliases_of_revoked_versions()
    {
        var retired = With(Three, new AliasMoved("canary", null, 1, ""), new SkillRetired(RetirementCause.ByHand, ""));
        Text(retired).ShouldBeEmpty();
        Text(With(retired, new VersionRevoked(1, DigestOf("one"), ""))).ShouldBe(["canary removed"]);
    }

    [Fact]
    public void The_same_callers_get_the_canary_and_about_as_many_as_its_share()
    {
        var callers = Enumerable.Range(0, 2000).Select(i => $"caller-{i}").ToList();
        foreach (var share in new[] { 0, 1, 10, 50, 100 })
        {
            var served = callers.Where(c => CanaryShare.Serves(share, c, "greet")).ToHashSet();
            ((double)served.Count / callers.Count).ShouldBe(share / 100.0, 0.03);
            callers.Where(c => CanaryShare.Serves(Math.Min(100, share + 5), c, "greet")).ShouldBe(callers.Where(c => served.Contains(c) || CanaryShare.Serves(Math.Min(100, share + 5), c, "greet")));
        }
        callers.All(c => CanaryShare.Serves(null, c, "greet")).ShouldBeTrue();
        callers.Count(c => CanaryShare.Serves(50, c, "greet") == CanaryShare.Serves(50, c, "bow")).ShouldBeInRange(900, 1100);
    }

    private static IEnumerable<SkillEvent> Followed(Skill skill) => AliasRules.Following(ATrust.Strict, skill)
        .SelectMany(c => ((Decision.Accepted)SkillDecider.Decide(c, skill)).Events).Cast<SkillEvent>();

    private static Skill With(Skill skill, params SkillEvent[] events) => events.Aggregate(skill, Skill.Evolve);

    private static IReadOnlyList<string> Text(Skill skill, GatePolicy? gates = null) => [.. AliasRules.Following(gates ?? ATrust.Strict, skill).Select(c => c switch
    {
        SkillCommand.MoveAlias move => $"{move.Alias} {move.ToVersion}",
        SkillCommand.RemoveAlias removed => $"{removed.Alias} removed",
        _ => c.ToString(),
    })];
}
