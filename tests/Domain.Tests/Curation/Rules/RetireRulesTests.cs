using Pipeline.Domain.Curation;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation.Rules;

/// <summary>When a skill is retired for what came of its use, by each rule.</summary>
public sealed class RetireRulesTests
{
    [Fact]
    public void A_skill_that_makes_runs_fail_is_retired_with_what_was_compared()
    {
        var conclusion = Made(Shipped.Default).Admit(With.Runs(20, 6)).Admit(Use.OfNone.Runs(20, 17, from: 2000)).Conclude();

        conclusion.Command.ShouldBeOfType<SkillCommand.Retire>().Cause.ShouldBe(RetirementCause.NoUtility);
        var decision = conclusion.Decision;
        (decision.Operation, decision.ReasonCode, decision.Result).ShouldBe((CurationOperation.Retire, "no-utility", new CuratedVersion("library-renew-loan", 1, Made(Shipped.Default).Skill.Current!.PackageDigest)));
        decision.Reason.ShouldBe("6 of 20 runs with it succeeded and 21 of 24 without (matched by task 0, by model 20, by family 0): what it adds is below 0 at a confidence of 0.95");
        decision.Scores["utility"].ShouldBe(6 / 20.0 - 21 / 24.0, 0.001);
        decision.Scores["utilityUpper"].ShouldBeLessThan(0);
        (decision.Scores["exposures"], decision.Thresholds["minExposure"], decision.Thresholds["retireBelow"]).ShouldBe((20, 20, 0));
        decision.Candidates.ShouldHaveSingleItem().Lifecycle.ShouldBe("active");
    }

    [Fact]
    public void One_that_is_of_use_or_too_little_used_stays()
    {
        Stays(Made(Shipped.Default).Admit(With.Runs(20, 17)).Admit(Use.OfNone.Runs(20, 8, from: 2000)));
        Stays(Made(Shipped.Default).Admit(With.Runs(19, 1)).Admit(Use.OfNone.Runs(20, 17, from: 2000)));
        Stays(new AFamily(Renew) { Policy = Shipped.Default with { MinControl = 30 } }.Admit(Renewals(4)).Curate().Admit(With.Runs(20, 6)).Admit(Use.OfNone.Runs(20, 17, from: 2000)));
    }

    [Fact]
    public void What_an_agent_says_of_itself_retires_nothing() =>
        Stays(Made(Shipped.Default).Admit((With with { VerifiedBy = VerifiedBy.Self }).Runs(40, 0)).Admit(Use.OfNone.Runs(20, 17, from: 2000)));

    [Fact]
    public void One_source_that_lies_retires_nothing_that_the_others_find_of_use()
    {
        var others = Enumerable.Range(0, 4).SelectMany(s => (With with { Source = $"urn:desk-{s}" }).Runs(10, 9, from: 3000 + 100 * s));
        var lies = (With with { Source = "urn:liar" }).Runs(200, 0, from: 5000);

        Stays(Made(Shipped.Default).Admit(others).Admit(lies).Admit(Use.OfNone.Runs(20, 8, from: 2000)));
    }

    [Fact]
    public void Runs_of_which_the_version_is_not_known_retire_no_version() =>
        Stays(Made(Shipped.Default).Admit(Use.Of("library-renew-loan").Runs(30, 3)).Admit(Use.OfNone.Runs(20, 17, from: 2000)));

    [Fact]
    public void Slim_retires_after_three_audits_below_and_thirty_uses()
    {
        var family = Expanded().Admit(With.Runs(20, 2));
        Stays(family);

        // 10 % succeed with it; of those without, 5 of 34: the average is below in each audit, and the third is the thirtieth use.
        var retired = family.Admit(With.Runs(10, 1, from: 1500)).Conclude();
        retired.Decision.Operation.ShouldBe(CurationOperation.Retire);
        (retired.Decision.Scores["auditsBelow"], retired.Decision.Scores["exposures"]).ShouldBe((3, 30));
        retired.Decision.Scores["movingAverage"].ShouldBe(0.1 - 5 / 34.0, 0.001);
    }

    [Fact]
    public void Slims_average_forgets_slowly()
    {
        // Utility 0.9 in the first audit, then -0.1 in each: 0.9, 0.8, 0.71 ... is above for long.
        var family = Expanded().Admit(With.Runs(10, 10)).Admit(With.Runs(50, 0, from: 1500));

        Stays(family);
        family.Conclude().Decision.Scores["movingAverage"].ShouldBe(Average(1 - 5 / 34.0, [.. Enumerable.Repeat(-5 / 34.0, 5)]), 0.001);
        static double Average(double first, double[] later) => later.Aggregate(first, (average, u) => 0.9 * average + 0.1 * u);
    }

    [Theory]
    [InlineData(1, 0, false)] // (0 + 1) / (1 + 2) = 0.33
    [InlineData(2, 0, true)] // 0.25
    [InlineData(5, 1, true)] // 0.286
    [InlineData(8, 2, false)] // 0.3 is not below it
    public void Evolver_prunes_below_three_tenths(int uses, int successes, bool pruned)
    {
        var family = Made(Shipped.Evolver).Admit(With.Runs(uses, successes));

        (family.Conclude().Decision.Operation == CurationOperation.Retire).ShouldBe(pruned);
        family.Conclude().Decision.Scores["utility"].ShouldBe((successes + 1.0) / (uses + 2), 0.0001);
    }

    [Fact]
    public void A_new_version_is_judged_by_its_own_uses()
    {
        var improved = Made(Shipped.Default).Admit(With.Runs(15, 2)).Admit(Fined(8)).Curate();
        improved.Skill.Current!.Number.ShouldBe(2);

        Stays(improved.Admit(With.Runs(15, 2, from: 3000)).Admit(Use.OfNone.Runs(20, 17, from: 2000)));
    }

    [Fact]
    public void A_skill_that_a_person_brought_back_is_judged_by_what_came_since()
    {
        var back = Made(Shipped.Default).Admit(With.Runs(20, 6)).Admit(Use.OfNone.Runs(20, 17, from: 2000)).Curate();
        back.Skill.Lifecycle.ShouldBe(Lifecycle.Retired);
        back = back.After(new SkillCommand.Reinstate("we need it"));

        Stays(back.Admit(With.Runs(19, 0, from: 4000)));
        back.Admit(With.Runs(20, 0, from: 4000)).Conclude().Decision.Operation.ShouldBe(CurationOperation.Retire);
    }

    private static Use With => Use.Of("library-renew-loan", 1);

    private static AFamily Made(CurationPolicy policy) => new AFamily(Renew) { Policy = policy }.Admit(Renewals(4).Select(ByModel)).Curate();

    private static AFamily Expanded() => new AFamily(Renew) { Policy = Shipped.Slim }.Admit(Use.OfNone.Runs(34, 5, from: 7000)).Curate();

    private static Domain.Curation.Composing.MinedEpisode ByModel(Domain.Curation.Composing.MinedEpisode e) => e with { Evidence = e.Evidence with { Model = "model-a" } };

    private static void Stays(AFamily family) => family.Conclude().Decision.Operation.ShouldBeOneOf(CurationOperation.Keep, CurationOperation.Improve);
}
