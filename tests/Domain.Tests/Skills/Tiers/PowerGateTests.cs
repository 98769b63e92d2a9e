using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using static Pipeline.Domain.Skills.SkillEvent;
using static Pipeline.Domain.Tests.Skills.SomeSkill;

namespace Pipeline.Domain.Tests.Skills.Tiers;

/// <summary>A new host, command, script or permission means quarantine whatever the votes.</summary>
public sealed class PowerGateTests
{
    private static readonly ATrust Grown = ATrust.Of().CanDo("one", "command git").AtLeast(Tier.T2).Followed()
        .With(Improved(2, "two")).CanDo("two", "command git", "host evil.example").AtLeast(Tier.T2, "two");

    private const string Denial = "T1: brings host evil.example: security has to pass on it and a person other than its author has to approve it";

    [Fact]
    public void What_a_version_brings_beyond_its_parent_keeps_it_in_quarantine_whatever_the_votes() => Grown.Judged("platform", text: "two").ShouldBe(Tier.Q, Denial);

    [Fact]
    public void Milder_gates_let_it_be_searched_and_no_more() => (Grown with { Gates = ATrust.Strict with { UnapprovedPowers = Tier.T1 } }).ShouldBe(Tier.T1, Denial.Replace("T1", "T2"));

    [Fact]
    public void A_person_who_approves_lets_it_through() => Grown.Approved(text: "two").Decide(2).To.ShouldBe(Tier.T3);

    [Fact]
    public void Who_approved_the_parent_has_not_approved_it() => Grown.Approved(text: "one").ShouldBe(Tier.Q, Denial);

    [Fact]
    public void A_first_version_brings_nothing_that_was_not_there() => ATrust.Of().CanDo("one", "host a.example").AtLeast(Tier.T2).Decide().To.ShouldBe(Tier.T2);

    [Fact]
    public void What_slipped_in_unapproved_is_new_in_the_next_version_too()
    {
        var next = Grown.With(Improved(3, "three")).CanDo("three", "command git", "host evil.example").AtLeast(Tier.T2, "three");
        next.ShouldBe(Tier.Q, Denial);
        next.Approved(text: "two").Decide(3).To.ShouldBe(Tier.T2);
        Grown.With(Improved(3, "three")).CanDo("three", "command git").AtLeast(Tier.T2, "three").Decide(3).To.ShouldBe(Tier.T2);
    }

    [Fact]
    public void A_roll_back_to_it_does_not_let_it_through() => Grown.With(Improved(3, "three"), new SkillRolledBack(4, 2, DigestOf("two"), "")).CanDo("three").ShouldBe(Tier.Q, Denial);

    [Fact]
    public void A_package_that_was_not_read_does_not_get_through() => (Grown with { Powers = Grown.Powers.Remove(DigestOf("two")) }).Decide(2).To.ShouldBe(Tier.Q);

    [Fact]
    public void A_merge_may_do_what_either_parent_could_that_was_let_through()
    {
        var other = Reference("bow", 1, "bow");
        var merged = ATrust.Of().CanDo("one", "command git").AtLeast(Tier.T2).Followed()
            .With(new SkillMerged(2, [Reference("greet", 1, "one"), other], Content("both"))).CanDo("both", "command git", "host b.example").AtLeast(Tier.T2, "both");
        ATrust Lent(SkillPowers powers) => merged with { Parents = merged.Parents.SetItem(other, new(Tier.T2, powers)) };

        Lent(new(["host b.example"])).Decide(2).To.ShouldBe(Tier.T2);
        Lent(SkillPowers.None).Decide(2).To.ShouldBe(Tier.Q);
        merged.Decide(2).To.ShouldBe(Tier.Q);
    }

    [Fact]
    public void An_approved_parent_stays_vouched_for_until_it_is_scanned_again()
    {
        var approved = Grown.Approved(text: "two").Followed().With(Improved(3, "three")).CanDo("three", "command git", "host evil.example") with { Rules = "newer" };
        approved.AtLeast(Tier.T2, "three").Decide(3).To.ShouldBe(Tier.T2);
        approved.Judged("security", Verdict.Failed, "two").AtLeast(Tier.T2, "three").ShouldBe(Tier.Q, Denial);
        var again = approved.With(new ApprovalWithdrawn(DigestOf("two"), "admin:ada", ""));
        again.AtLeast(Tier.T2, "three").ShouldBe(Tier.Q, Denial);
    }

    [Fact]
    public void What_was_let_through_by_older_rules_is_stale_and_not_new()
    {
        var approved = Grown.Approved(text: "two").Followed() with { Rules = "newer" };
        approved.Decide(2).To.ShouldBe(Tier.T3);
        approved.Decide(2).Denials[0].ShouldBe("stale: T1: security let through that it brings host evil.example by other rules than today's, and has not judged it again");
        approved.Decide(2).Denials.ShouldAllBe(d => TierRules.IsStale(d));
    }
}
