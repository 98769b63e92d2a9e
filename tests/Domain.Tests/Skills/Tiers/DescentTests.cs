using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using static Pipeline.Domain.Skills.SkillEvent;
using static Pipeline.Domain.Tests.Skills.SomeSkill;

namespace Pipeline.Domain.Tests.Skills.Tiers;

/// <summary>Revocation, and what descends from what was revoked.</summary>
public sealed class DescentTests
{
    private static readonly ATrust Grown = ATrust.Of().AtLeast(Tier.T2).With(Improved(2, "two")).CanDo("two").AtLeast(Tier.T2, "two").Approved("ada", "two").Followed();

    private static ATrust Revoked(ATrust trust, int version) => trust.With([.. ((Decision.Accepted)SkillDecider.Decide(new SkillCommand.Revoke(version, "leaks"), trust.Skill)).Events.Cast<SkillEvent>()]);

    [Fact]
    public void What_descends_from_a_revoked_version_stays_quarantined_whatever_was_said_of_it_before() =>
        Revoked(Grown, 1).ShouldBe(Tier.Q, "T1: descends from revoked version 1; a person has to look and approve it");

    [Fact]
    public void A_person_who_approves_it_afterwards_lifts_that()
    {
        Revoked(Grown, 1).Approved("ada", "two").Decide(2).To.ShouldBe(Tier.T3);
        Revoked(Grown, 1).Approved("ada", "two").With(Improved(3, "three")).CanDo("three").AtLeast(Tier.T2, "three").Decide(3).To.ShouldBe(Tier.T2);
    }

    [Fact]
    public void An_approval_after_one_revocation_does_not_outlast_the_next()
    {
        var third = Grown.With(Improved(3, "three")).CanDo("three").AtLeast(Tier.T2, "three");
        var approved = Revoked(third, 1).Approved("ada", "three");
        approved.Decide(3).To.ShouldBe(Tier.T3);

        var again = Revoked(approved, 2);

        again.ShouldBe(Tier.Q, "T1: descends from revoked version 2; a person has to look and approve it");
        again.Approved("ada", "three").Decide(3).To.ShouldBe(Tier.T3);
    }

    [Fact]
    public void Nor_does_it_where_both_parents_of_a_merge_are_revoked_one_after_the_other()
    {
        var (one, other) = (SkillOf("b"), SkillOf("c"));
        var merged = SkillOf("a", new SkillMerged(2, [Reference("a", 1, "a"), Reference("b", 1, "b"), Reference("c", 1, "c")], Content("abc")));
        merged = RevocationCascade.Of(one, 1, [merged]).Single().Events.Aggregate(merged, (s, e) => Skill.Evolve(s, e));
        merged = Skill.Evolve(merged, new ApprovalGiven(DigestOf("abc"), "ada", ""));

        var hit = RevocationCascade.Of(other, 1, [merged]).ShouldHaveSingleItem();

        hit.Events.Aggregate(merged, (s, e) => Skill.Evolve(s, e)).Approvals.ShouldBeEmpty();
        RevocationCascade.Of(other, 1, [hit.Events.Aggregate(merged, (s, e) => Skill.Evolve(s, e))]).ShouldBeEmpty("it is in effect already");
    }

    [Fact]
    public void What_is_made_from_it_after_the_revocation_is_quarantined_too() =>
        Revoked(Grown, 2).With(Improved(3, "three")).CanDo("three").AtLeast(Tier.T2, "three").ShouldBe(Tier.Q, "T1: descends from revoked version 2; a person has to look and approve it");

    [Fact]
    public void A_version_that_does_not_descend_from_it_is_left_alone()
    {
        var back = Revoked(Grown.With(new SkillRolledBack(3, 1, DigestOf("one"), "")), 2);
        back.Decide(3).To.ShouldBe(Tier.T2);
        back.Followed().Skill.Aliases.ShouldContainKeyAndValue("latest", 3);
    }

    [Fact]
    public void A_revoked_version_is_at_nothing_and_aliases_leave_it()
    {
        var revoked = Revoked(Grown.With(new AliasMoved("production", null, 2, "")), 2).Followed();
        revoked.Skill.Versions[1].Tier.ShouldBe(Tier.Q);
        revoked.Skill.Aliases.ShouldBe(new Dictionary<string, int> { ["canary"] = 1, ["latest"] = 1 }, ignoreOrder: true);
        revoked.History.Select(e => e.Event).OfType<AliasRemoved>().ShouldHaveSingleItem().ShouldBe(new AliasRemoved("production", 2, "version 2 was revoked"));
    }

    [Fact]
    public void It_crosses_from_skill_to_skill_through_merges_and_merges_of_merges()
    {
        var revoked = SkillOf("a", Improved(2, "a2"));
        var merged = SkillOf("b", new SkillMerged(2, [Reference("b", 1, "b"), Reference("a", 2, "a2")], Content("ab")), Improved(3, "ab3"));
        var again = SkillOf("c", new SkillMerged(2, [Reference("c", 1, "c"), Reference("b", 3, "ab3")], Content("abc")));
        var apart = SkillOf("d", new SkillMerged(2, [Reference("d", 1, "d"), Reference("b", 1, "b")], Content("bd")));

        var hit = RevocationCascade.Of(revoked, 1, [again, apart, merged]);

        hit.Select(h => (h.SkillId, string.Join(',', h.Events.Cast<TierDecided>().Select(t => t.Version)))).ShouldBe([("b", "2,3"), ("c", "2")]);
        hit[0].Events.Cast<TierDecided>().ShouldAllBe(t => t.To == Tier.Q && t.Policy == "revocation" && t.Denials.Single() == "descends from revoked version 1 of a");
    }

    [Fact]
    public void A_merge_whose_other_parent_is_quarantined_is_so_without_being_told()
    {
        var other = Reference("bow", 1, "bow");
        var merged = ATrust.Of().With(new SkillMerged(2, [Reference("greet", 1, "one"), other], Content("both"))).CanDo("both").AtLeast(Tier.T2, "both");
        (merged with { Parents = merged.Parents.SetItem(other, new(Tier.Q, SkillPowers.None, "descends from revoked version 1 of bow")) })
            .ShouldBe(Tier.Q, "T1: descends from revoked version 1 of bow; a person has to look and approve it");
    }

    [Fact]
    public void It_comes_back_to_the_revoked_skill_by_way_of_another()
    {
        var revoked = Skill.Evolve(SkillOf("a", Improved(2, "a2"), Improved(3, "a3"), new SkillRolledBack(4, 2, DigestOf("a2"), ""),
            new SkillMerged(5, [Reference("a", 4, "a2"), Reference("b", 2, "ba")], Content("aba"))), new VersionRevoked(3, DigestOf("a3"), ""));
        var between = SkillOf("b", new SkillMerged(2, [Reference("b", 1, "b"), Reference("a", 3, "a3")], Content("ba")));

        RevocationCascade.Of(revoked, 3, [between]).Select(h => (h.SkillId, string.Join(',', h.Events.Cast<TierDecided>().Select(t => t.Version)))).ShouldBe([("a", "5"), ("b", "2")]);
    }

    [Fact]
    public void A_merge_whose_other_parent_was_not_read_stays_quarantined()
    {
        var merged = ATrust.Of().With(new SkillMerged(2, [Reference("greet", 1, "one"), Reference("bow", 1, "bow")], Content("both"))).CanDo("both").AtLeast(Tier.T2, "both");
        merged.ShouldBe(Tier.Q, "T1: its parent version 1 of bow was not read; a person has to look and approve it");
        merged.Approved("ada", "both").Decide(2).To.ShouldBe(Tier.T3);
    }

    private static Skill SkillOf(string id, params SkillEvent[] more) => Skill.Fold([Created(id, id), .. more]);
}
