using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using static Pipeline.Domain.Skills.SkillEvent;
using static Pipeline.Domain.Tests.Skills.SomeSkill;

namespace Pipeline.Domain.Tests.Skills.Tiers;

/// <summary>The table of tiers, line by line.</summary>
public sealed class TierRulesTests
{
    private static readonly Actor Ada = new(ActorKind.Admin, "ada");

    [Fact]
    public void A_version_that_nobody_judged_is_quarantined() => ATrust.Of().ShouldBe(Tier.Q, "T1: spec has not judged it", "T1: security has not judged it");

    [Fact]
    public void T1_needs_spec_and_security()
    {
        ATrust.Of().Judged("spec").ShouldBe(Tier.Q, "T1: security has not judged it");
        ATrust.Of().AtLeast(Tier.T1).ShouldBe(Tier.T1, "T2: grounding has not judged it", "T2: backtest has not judged it");
        ATrust.Of().Judged("spec").Judged("security", Verdict.Failed, metrics: ("score", 9)).ShouldBe(Tier.Q, "T1: security failed (score 9)");
    }

    [Fact]
    public void T2_needs_grounding_and_backtest_and_independent_sources()
    {
        var vetted = ATrust.Of().AtLeast(Tier.T1);
        vetted.AtLeast(Tier.T2).Decide().To.ShouldBe(Tier.T2);
        vetted.Judged("grounding").Judged("backtest", Verdict.Failed, metrics: ("covered", 0.41)).ShouldBe(Tier.T1, "T2: backtest failed (covered 0.41)");
        vetted.Judged("backtest").Judged("grounding", metrics: ("fewestSources", 1)).ShouldBe(Tier.T1, "T2: borne out by 1 independent source, needs 2");
        (vetted.Judged("backtest").Judged("grounding", metrics: ("fewestSources", 1)) with { Gates = ATrust.Strict with { Sources = 1 } }).Decide().To.ShouldBe(Tier.T2);
        ATrust.Of().Judged("grounding").Judged("backtest").Decide().To.ShouldBe(Tier.Q);
    }

    [Theory]
    [InlineData(Verdict.Inconclusive, "could not tell")]
    [InlineData(Verdict.InfraBlocked, "was kept from judging, and has to run again")]
    public void What_could_not_be_judged_is_no_pass_and_no_failure(Verdict verdict, string words)
    {
        ATrust.Of().Judged("spec").Judged("security", verdict).ShouldBe(Tier.Q, $"T1: security {words}");
        ATrust.Of().AtLeast(Tier.T2).Judged("platform", verdict).ShouldBe(Tier.T2,
            $"T3: no gain on a platform is shown (platform {words}), and no person other than its author approved it");
        ATrust.Of().AtLeast(Tier.T2).Judged("budget", verdict).Decide().To.ShouldBe(Tier.T2);
    }

    [Fact]
    public void The_validator_says_why_where_it_did()
    {
        var failed = ATrust.Of().Judged("security").With(new ValidationCompleted(
            "j", 1, DigestOf("one"), "spec", "1", "rules", Verdict.Failed, new Dictionary<string, double> { ["errors"] = 1 }, "report")
        { Reason = "the name is too long" });
        failed.ShouldBe(Tier.Q, "T1: spec failed (the name is too long)");
    }

    [Fact]
    public void T3_needs_a_gain_on_a_platform_or_a_person_who_did_not_make_it()
    {
        var founded = ATrust.Of().AtLeast(Tier.T2);
        founded.Judged("platform").Decide().To.ShouldBe(Tier.T3);
        founded.Approved().Decide().To.ShouldBe(Tier.T3);
        founded.Approved().With(Ada, new ApprovalWithdrawn(DigestOf("one"), "admin:ada", "")).Decide().To.ShouldBe(Tier.T2);
        founded.Approved(text: "two").Decide().To.ShouldBe(Tier.T2);
        ATrust.Of().AtLeast(Tier.T1).Approved().Decide().To.ShouldBe(Tier.T1);
    }

    [Theory]
    [InlineData("ada")]
    [InlineData("admin:ada")]
    public void An_author_does_not_approve_what_they_made_unless_the_gates_let_them(string by)
    {
        var byAda = new ATrust().With(Ada, Created()).CanDo("one").AtLeast(Tier.T2).With(Ada, new ApprovalGiven(DigestOf("one"), by, ""));
        byAda.Decide().To.ShouldBe(Tier.T2);
        (byAda with { Gates = ATrust.Strict with { AuthorMayApprove = true } }).Decide().To.ShouldBe(Tier.T3);
        byAda.Approved("bob").Decide().To.ShouldBe(Tier.T3);
        byAda.Decide().Denials.ShouldBe(["T3: no gain on a platform is shown (platform has not judged it), and no person other than its author approved it"]);
    }

    [Fact]
    public void Who_brought_a_text_back_in_by_a_roll_back_did_not_make_it()
    {
        var rolledBack = ATrust.Of().With(Improved(2, "two")).With(Ada, new SkillRolledBack(3, 1, DigestOf("one"), "")).AtLeast(Tier.T2).Approved("ada");
        rolledBack.ShouldBe(Tier.T3, "T4: 1 of 2 approvals by different persons", "T4: not yet 30 days at T3", "T4: fewer than 100 uses");
    }

    [Theory]
    [InlineData("policy:default")]
    [InlineData("validator:security")]
    [InlineData("system:pipeline")]
    public void A_program_is_no_person(string by) => ATrust.Of().AtLeast(Tier.T2).With(new ApprovalGiven(DigestOf("one"), by, "")).Decide().To.ShouldBe(Tier.T2);

    [Fact]
    public void A_person_under_two_names_is_one_person()
    {
        var trust = ATrust.Of().AtLeast(Tier.T2).Approved("ada").With(new ApprovalGiven(DigestOf("one"), "ada", ""));
        trust.Decide().Denials.ShouldContain("T4: 1 of 2 approvals by different persons");
        trust.Approved("bob").Decide().Denials.ShouldNotContain(d => d.Contains("approvals"));
        trust.With(Ada, new ApprovalWithdrawn(DigestOf("one"), "admin:ada", "")).Decide().To.ShouldBe(Tier.T2, "whoever takes it back takes it back under each name");
    }

    [Fact]
    public void T4_needs_two_persons_and_the_time_and_the_uses_without_harm()
    {
        var proven = ATrust.Of().AtLeast(Tier.T2).Approved("ada").Approved("bob").Followed();
        proven.Skill.Current!.Tier.ShouldBe(Tier.T3);
        var waited = proven with { Now = ATrust.Monday.AddDays(30) };
        waited.ShouldBe(Tier.T3, "T4: fewer than 100 uses");
        var used = waited.With(Used(successes: 80, matched: 80));
        used.Decide().To.ShouldBe(Tier.T4);
        (used with { Now = ATrust.Monday.AddDays(29) }).ShouldBe(Tier.T3, "T4: not yet 30 days at T3");
        waited.With(Used(successes: 70, matched: 80)).ShouldBe(Tier.T3, "T4: not clean: runs with it succeed less often than matched runs without it");
        used.Judged("budget", Verdict.Failed, metrics: ("tokens", 6000)).ShouldBe(Tier.T3, "T4: not clean: budget failed (tokens 6000)");
        used.With(Ada, new ApprovalWithdrawn(DigestOf("one"), "admin:ada", "")).ShouldBe(Tier.T3, "T4: 1 of 2 approvals by different persons");
    }

    [Fact]
    public void A_model_that_does_worse_with_it_is_not_made_up_for_by_others()
    {
        var helped = Used("a", 400, 380, 400, 300);
        Seasoned(helped).Decide().To.ShouldBe(Tier.T4);
        Seasoned(helped, Used("b", 100, 76, 100, 80)).Decide().To.ShouldBe(Tier.T4, "a drop that the gates allow");
        Seasoned(helped, Used("b", 100, 70, 100, 80)).ShouldBe(Tier.T3, "T4: not clean: runs of b with it succeed less often than matched runs without it");
        Seasoned(helped, Used("b", 40, 8, 40, 32), Used("c", 40, 8, 40, 32)).ShouldBe(Tier.T3, "T4: not clean: runs of b, c with it succeed less often than matched runs without it");
    }

    [Fact]
    public void Of_a_model_with_few_runs_only_what_is_beyond_chance_counts()
    {
        var helped = Used("a", 400, 380, 400, 300);
        Seasoned(helped, Used("b", 5, 3, 5, 4)).Decide().To.ShouldBe(Tier.T4);
        Seasoned(helped, Used("b", 200, 140, 5, 4)).Decide().To.ShouldBe(Tier.T4, "five runs without it say little");
        Seasoned(helped, Used("b", 12, 2, 12, 10)).Decide().To.ShouldBe(Tier.T3);
        Seasoned(helped, Used("b", 12, 5, 12, 9)).Decide().To.ShouldBe(Tier.T4);
    }

    // Pooled, 45 of 100 with it against 85 of 100 without; each model does as well with it as without.
    [Fact]
    public void That_a_weak_model_uses_it_more_is_no_loss()
    {
        Seasoned(Used("strong", 10, 9, 90, 81), Used("weak", 90, 36, 10, 4)).Decide().To.ShouldBe(Tier.T4);
        Seasoned(Used("strong", 90, 72, 10, 9), Used("weak", 10, 3, 90, 36)).ShouldBe(Tier.T3, "T4: not clean: runs with it succeed less often than matched runs without it");
    }

    [Fact]
    public void Where_nothing_can_be_compared_nothing_is_lost() => Seasoned(Used("a", 60, 10, 0, 0), Used("b", 60, 50, 0, 0)).Decide().To.ShouldBe(Tier.T4);

    [Fact]
    public void A_changed_byte_is_quarantined_again() => ATrust.Of().AtLeast(Tier.T2).Followed().With(Improved(2, "two")).CanDo("two")
        .ShouldBe(Tier.Q, "T1: spec has not judged it", "T1: security has not judged it");

    [Fact]
    public void A_roll_back_stands_where_its_package_stood()
    {
        var back = ATrust.Of().AtLeast(Tier.T2).Followed().With(Improved(2, "two")).CanDo("two").With(new SkillRolledBack(3, 1, DigestOf("one"), ""));
        back.Skill.Current!.Tier.ShouldBe(Tier.T2);
        back.Decide(3).To.ShouldBe(Tier.T2);
        back.Followed().Skill.Aliases["latest"].ShouldBe(3);
    }

    [Fact]
    public void A_merge_starts_at_the_lower_of_its_parents_tiers()
    {
        var other = Reference("bow", 1, "bow");
        var merged = ATrust.Of().AtLeast(Tier.T2).Followed().With(new SkillMerged(2, [Reference("greet", 1, "one"), other], Content("both"))).CanDo("both").AtLeast(Tier.T1, "both");
        ATrust Lent(Tier? tier) => merged with { Parents = merged.Parents.SetItem(other, new(tier, SkillPowers.None)) };

        Lent(Tier.Q).ShouldBe(Tier.Q, "T1: a merge starts at the lower of its parents' tiers, and bow v1 is at Q: until grounding and backtest pass on the merged text, or a person approves it");
        Lent(Tier.T1).ShouldBe(Tier.T1, "T2: a merge starts at the lower of its parents' tiers, and bow v1 is at T1: until grounding and backtest pass on the merged text, or a person approves it",
            "T2: grounding has not judged it", "T2: backtest has not judged it");
        Lent(null).Decide(2).To.ShouldBe(Tier.T1, "nobody has judged the other parent, so it says nothing");
        Lent(Tier.T4).Decide(2).To.ShouldBe(Tier.T1, "never above its own verdicts");
        Lent(Tier.Q).Approved("ada", "both").Decide(2).To.ShouldBe(Tier.T1);
        Lent(Tier.T1).AtLeast(Tier.T2, "both").Decide(2).To.ShouldBe(Tier.T2);
    }

    [Fact]
    public void An_approval_stands_for_evidence_that_cannot_be_had_only_where_the_gates_say_so()
    {
        var imported = ATrust.Of().AtLeast(Tier.T1).Judged("grounding", Verdict.Inconclusive, metrics: ("sections", 0)).Judged("backtest", Verdict.Inconclusive).Approved();
        imported.Decide().To.ShouldBe(Tier.T1);
        var relaxed = imported with { Gates = ATrust.Strict with { ApprovalStandsForEvidence = true } };
        relaxed.Decide().To.ShouldBe(Tier.T3);
        relaxed.Judged("backtest", Verdict.Failed).Decide().To.ShouldBe(Tier.T1);
    }

    [Fact]
    public void What_was_entered_on_trust_stays_at_T1_and_rises_no_further_by_it()
    {
        var trusted = ATrust.Of().With(new TierDecided(1, DigestOf("one"), Tier.Q, Tier.T1, Skill.TrustPolicy, ["trusted by admin:ada: ours"], []))
            .Judged("spec", Verdict.Failed, metrics: ("errors", 2)).Judged("security").Judged("grounding").Judged("backtest");
        trusted.ShouldBe(Tier.T1, "T2: spec failed (errors 2)");
        trusted.With(new VersionRevoked(1, DigestOf("one"), "")).ShouldBe(Tier.Q, "T1: revoked");
        trusted.With(Improved(2, "two")).CanDo("two").Decide(2).To.ShouldBe(Tier.Q);
    }

    [Fact]
    public void What_follows_is_on_record_with_the_gates_that_decided_and_then_nothing_more_follows()
    {
        var judged = ATrust.Of().AtLeast(Tier.T2).Approved();
        EventText.Of(judged.Following()).ShouldBe(EventText.Of([
            new TierDecided(1, DigestOf("one"), Tier.Q, Tier.T3, "strict@1",
                ["spec: spec-one-rules", "security: security-one-rules", "grounding: grounding-one-rules", "backtest: backtest-one-rules", "approved by admin:ada"],
                ["T4: 1 of 2 approvals by different persons", "T4: not yet 30 days at T3", "T4: fewer than 100 uses"]),
            new AliasMoved("canary", null, 1, "the newest version at T2 or above"), new AliasMoved("latest", null, 1, "the newest version at T1 or above"),
        ]));
        judged.Followed().Following().ShouldBeEmpty();
    }

    [Fact]
    public void A_denial_is_recorded_when_it_changes_though_the_tier_does_not()
    {
        ATrust.Of().Following().ShouldBeEmpty("nobody has judged it");
        var denied = ATrust.Of().Judged("spec").Followed();
        denied.History[^1].Event.ShouldBeOfType<TierDecided>().Denials.ShouldBe(["T1: security has not judged it"]);
        var other = denied.Judged("security", Verdict.Failed).Following().ShouldHaveSingleItem().ShouldBeOfType<TierDecided>();
        (other.From, other.To, other.Denials.Single()).ShouldBe((Tier.Q, Tier.Q, "T1: security failed"));
    }

    private static ATrust Seasoned(params UsageSummarised[] usage) =>
        (ATrust.Of().AtLeast(Tier.T2).Approved("ada").Approved("bob").Followed() with { Now = ATrust.Monday.AddDays(30) }).With([.. usage]);

    private static UsageSummarised Used(string model, int uses, int successes, int matched, int matchedSuccesses) =>
        new(1, model, ATrust.Monday, ATrust.Monday.AddDays(30), uses, successes, matched, matchedSuccesses, 0);

    private static UsageSummarised Used(int successes, int matched) => new(1, "m", ATrust.Monday, ATrust.Monday.AddDays(30), 100, successes, 100, matched, 0);
}
