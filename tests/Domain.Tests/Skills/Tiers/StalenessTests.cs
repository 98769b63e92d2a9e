using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using static Pipeline.Domain.Tests.Skills.SomeSkill;

namespace Pipeline.Domain.Tests.Skills.Tiers;

/// <summary>New rules make old evidence stale.</summary>
public sealed class StalenessTests
{
    private static readonly ATrust Standing = ATrust.Of().AtLeast(Tier.T2).Followed() with { Rules = "newer" };

    [Fact]
    public void A_verdict_by_other_rules_does_not_raise_anything() => (ATrust.Of().AtLeast(Tier.T2) with { Rules = "newer" }).ShouldBe(
        Tier.Q, "stale: T1: spec judged it by other rules than today's, and has not judged it again", "stale: T1: security judged it by other rules than today's, and has not judged it again");

    [Fact]
    public void What_stands_keeps_its_tier_until_it_is_judged_again_and_the_record_says_so()
    {
        var kept = Standing.Followed();
        kept.Skill.Current!.Tier.ShouldBe(Tier.T2);
        kept.Skill.Current.Denials.ShouldAllBe(d => TierRules.IsStale(d));
        (kept with { Now = ATrust.Monday.AddYears(9) }).Decide().To.ShouldBe(Tier.T2);
    }

    [Fact]
    public void A_failure_under_the_new_rules_counts_at_once() =>
        Standing.Judged("security", Verdict.Failed, metrics: ("score", 9)).Decide().To.ShouldBe(Tier.Q);

    [Fact]
    public void A_pass_under_the_new_rules_is_as_good_as_it_was() =>
        Standing.AtLeast(Tier.T1).ShouldBe(Tier.T2, "stale: T2: grounding judged it by other rules than today's, and has not judged it again",
            "stale: T2: backtest judged it by other rules than today's, and has not judged it again");

    [Fact]
    public void After_the_grace_of_the_gates_it_falls()
    {
        var waiting = (Standing with { Gates = ATrust.Strict with { StaleAfter = 7 } }).Followed();
        (waiting with { Now = ATrust.Monday.AddDays(6) }).Decide().To.ShouldBe(Tier.T2);
        (waiting with { Now = ATrust.Monday.AddDays(7) }).Decide().To.ShouldBe(Tier.Q);
    }

    [Fact]
    public void A_platforms_verdict_goes_stale_as_any_other_does()
    {
        var proven = ATrust.Of().AtLeast(Tier.T2).Judged("platform").Followed();
        proven.Skill.Current!.Tier.ShouldBe(Tier.T3);
        var newer = (proven with { Rules = "newer", Gates = ATrust.Strict with { StaleAfter = 7 } }).AtLeast(Tier.T2).Followed();
        newer.ShouldBe(Tier.T3, "stale: T3: platform judged it by other rules than today's, and has not judged it again, and no person other than its author approved it");

        (newer with { Now = ATrust.Monday.AddDays(6) }).Decide().To.ShouldBe(Tier.T3);
        var fallen = (newer with { Now = ATrust.Monday.AddDays(7) }).Followed();
        fallen.Skill.Current!.Tier.ShouldBe(Tier.T2);
        fallen.Judged("platform").Decide().To.ShouldBe(Tier.T3);
        newer.Judged("platform", Verdict.Inconclusive).Decide().To.ShouldBe(Tier.T2, "it was judged again, and no gain is shown");
        newer.Judged("platform", Verdict.InfraBlocked).Decide().To.ShouldBe(Tier.T3, "nobody judged it again");
        newer.Approved().Decide().Denials.ShouldNotContain(d => TierRules.IsStale(d));
    }

    [Fact]
    public void Days_of_grace_count_from_when_the_tier_that_stands_stood_on_what_is_stale()
    {
        var waiting = (ATrust.Of().AtLeast(Tier.T2).Judged("platform").Followed() with { Rules = "newer", Gates = ATrust.Strict with { StaleAfter = 7 } }).AtLeast(Tier.T2).Followed();
        var fallen = (waiting with { Now = ATrust.Monday.AddDays(8) }).Followed();
        fallen.Skill.Current!.Tier.ShouldBe(Tier.T2);

        var newest = (fallen with { Rules = "newest", Now = ATrust.Monday.AddDays(20) }).Followed();
        newest.Skill.Current!.Tier.ShouldBe(Tier.T2, "what its T2 stands on is stale only now");
        (newest with { Now = ATrust.Monday.AddDays(26) }).Decide().To.ShouldBe(Tier.T2);
        (newest with { Now = ATrust.Monday.AddDays(27) }).Decide().To.ShouldBe(Tier.Q);
    }

    [Fact]
    public void A_lower_tier_that_goes_stale_later_has_its_own_days_of_grace()
    {
        var above = (ATrust.Of().AtLeast(Tier.T2).Judged("platform").Followed() with { Rules = "newer", Gates = ATrust.Strict with { StaleAfter = 7 } }).AtLeast(Tier.T2).Followed();
        var both = (above with { Rules = "newest", Now = ATrust.Monday.AddDays(5) }).Followed();
        both.Skill.Current!.Tier.ShouldBe(Tier.T3);
        both.Following().ShouldBeEmpty();

        (both with { Now = ATrust.Monday.AddDays(6.9) }).Decide().To.ShouldBe(Tier.T3);
        (both with { Now = ATrust.Monday.AddDays(7) }).Decide().To.ShouldBe(Tier.T2, "the platform's week is over, and that of spec is not");
        var fallen = (both with { Now = ATrust.Monday.AddDays(7) }).Followed();
        fallen.Following().ShouldBeEmpty();
        (fallen with { Now = ATrust.Monday.AddDays(11.9) }).Decide().To.ShouldBe(Tier.T2);
        (fallen with { Now = ATrust.Monday.AddDays(12) }).Decide().To.ShouldBe(Tier.Q);
        (both with { Now = ATrust.Monday.AddDays(12) }).Decide().To.ShouldBe(Tier.Q, "whether anybody looked in between or not");
    }

    [Fact]
    public void A_tier_that_went_stale_with_a_lower_one_gets_no_more_grace_when_that_is_judged_again()
    {
        var all = (ATrust.Of().AtLeast(Tier.T2).Judged("platform").Followed() with { Rules = "newer", Gates = ATrust.Strict with { StaleAfter = 7 } }).Followed();
        var above = (all with { Now = ATrust.Monday.AddDays(6) }).AtLeast(Tier.T2).Followed();
        above.Skill.Current!.Tier.ShouldBe(Tier.T3);

        (above with { Now = ATrust.Monday.AddDays(7) }).Decide().To.ShouldBe(Tier.T2);
        var late = (all with { Now = ATrust.Monday.AddDays(8) }).AtLeast(Tier.T2).Followed();
        late.Skill.Current!.Tier.ShouldBe(Tier.T2);
        late.Following().ShouldBeEmpty();
    }

    [Fact]
    public void Who_was_kept_from_judging_takes_nothing_back()
    {
        var proven = ATrust.Of().AtLeast(Tier.T2).Approved().Followed();
        proven.Judged("security", Verdict.InfraBlocked).Decide().To.ShouldBe(Tier.T3);
        proven.Judged("security", Verdict.InfraBlocked).Judged("security", Verdict.Failed).Decide().To.ShouldBe(Tier.Q);
        ATrust.Of().Judged("spec").Judged("security", Verdict.Failed).Judged("security", Verdict.InfraBlocked).ShouldBe(Tier.Q, "T1: security failed");
    }

    [Fact]
    public void Who_is_kept_from_judging_by_new_rules_has_not_judged_again()
    {
        var kept = Standing.Judged("security", Verdict.InfraBlocked).Followed();
        kept.Skill.Current!.Tier.ShouldBe(Tier.T2);
        kept.Skill.Current.Denials.ShouldAllBe(d => TierRules.IsStale(d));
        var fresh = ATrust.Of().AtLeast(Tier.T2) with { Rules = "newer" };
        fresh.Judged("spec").Judged("security", Verdict.InfraBlocked).Decide().To.ShouldBe(Tier.Q);
    }

    [Fact]
    public void By_more_evidence_what_stands_keeps_its_tier_until_it_is_judged_again_and_nothing_rises()
    {
        string[] denials = ["stale: T2: grounding judged it on evidence of before, and has not judged it again", "stale: T2: backtest judged it on evidence of before, and has not judged it again"];
        var learned = ATrust.Of() with { Evidence = 4 };
        (learned.AtLeast(Tier.T2) with { Evidence = 6 }).ShouldBe(Tier.T1, denials);

        var grown = learned.AtLeast(Tier.T2).Followed() with { Evidence = 6 };
        grown.ShouldBe(Tier.T2, denials);
        grown.Judged("grounding", Verdict.Failed).Decide().To.ShouldBe(Tier.T1, "evidence that was withdrawn no longer holds it");
        grown.Judged("grounding").Judged("backtest").ShouldBe(Tier.T2, "T3: no gain on a platform is shown (platform has not judged it), and no person other than its author approved it");
    }

    [Fact]
    public void What_a_tier_stands_on_says_by_which_evidence_it_was_judged() =>
        (ATrust.Of() with { Evidence = 4 }).AtLeast(Tier.T2).Decide().Evidence.ShouldContain("grounding: grounding-one-rules on 4 of library.renew-loan");

    [Fact]
    public void A_verdict_on_older_evidence_that_comes_late_changes_nothing()
    {
        var grown = (ATrust.Of() with { Evidence = 6 }).AtLeast(Tier.T2);
        ((grown with { Evidence = 4 }).Judged("grounding", Verdict.Failed) with { Evidence = 6 }).Decide().To.ShouldBe(Tier.T2);
    }

    [Fact]
    public void A_pass_that_was_overruled_does_not_vouch_again_when_the_rules_change_once_more()
    {
        var passed = ATrust.Of().With(Improved(2, "two")).CanDo("two", "host a.example").AtLeast(Tier.T1, "two").Approved("ada", "two");
        var overruled = (passed with { Rules = "newer" }).Judged("security", Verdict.Failed, "two") with { Rules = "newest" };

        IReadOnlyCollection<string> PassedOn(ATrust trust) => [.. TierRules.StandingOf(trust.Gates, trust.Skill, trust.Skill.Version(2)!, trust.Facts).Powers.Names];
        PassedOn(passed with { Rules = "newer" }).ShouldBe(["host a.example"]);
        PassedOn(overruled).ShouldBeEmpty();
    }

    [Fact]
    public void An_older_failure_does_not_undo_a_later_pass_when_the_rules_change_again() =>
        (ATrust.Of().Judged("security", Verdict.Failed, rules: "oldest").AtLeast(Tier.T2).Followed() with { Rules = "newer" }).Decide().To.ShouldBe(Tier.T2);
}
