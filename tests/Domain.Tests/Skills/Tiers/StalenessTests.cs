using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;

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
    public void An_older_failure_does_not_undo_a_later_pass_when_the_rules_change_again() =>
        (ATrust.Of().Judged("security", Verdict.Failed, rules: "oldest").AtLeast(Tier.T2).Followed() with { Rules = "newer" }).Decide().To.ShouldBe(Tier.T2);
}
