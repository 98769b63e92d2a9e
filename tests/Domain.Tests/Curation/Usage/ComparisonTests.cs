using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Usage;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation.Usage;

/// <summary>Success with a skill against matched runs without.</summary>
public sealed class ComparisonTests
{
    private static readonly AFamily s_family = new AFamily(Renew).Admit(Renewals(4)).Curate();
    private static readonly Skill s_skill = s_family.Skill;
    private static readonly CurationPolicy s_policy = AFamily.Default;

    [Fact]
    public void Runs_are_compared_with_those_of_their_task_where_there_are_any_else_of_their_model_else_with_all()
    {
        var same = With with { Task = _ => "shared", Model = "x" };
        var without = Use.OfNone with { Model = "y" };
        var c = Compare(
            [.. same.Evidence(2, 2, 1), .. (With with { Model = "y" }).Evidence(3, 3, 10), .. (With with { Model = "z" }).Evidence(4, 4, 20)],
            [.. (without with { Task = _ => "shared" }).Evidence(2, 1, 30), .. without.Evidence(5, 0, 40)]);

        (c.ByTask, c.ByModel, c.ByFamily, c.Unmatched).ShouldBe((2, 3, 4, 0));
        (c.Exposures, c.Successes, c.Controls, c.ControlSuccesses).ShouldBe((9, 9, 7, 1));
        c.With.ShouldBe(1);
        // Two exposures of the shared task against 1 of 2, seven against 1 of 7.
        c.Without.ShouldBe((2 * 0.5 + 7 * (1 / 7.0)) / 9, 1e-9);
    }

    [Fact]
    public void Without_any_run_to_compare_with_nothing_is_matched()
    {
        var c = Compare(With.Evidence(3, 2), []);

        (c.Unmatched, c.Controls).ShouldBe((3, 0));
        c.IsEnough(s_policy with { MinExposure = 1 }).ShouldBeFalse();
        c.Bounds(0.95).ShouldSatisfyAllConditions(b => b.Lower.ShouldBeLessThan(-0.3), b => b.Upper.ShouldBeGreaterThan(0.8));
    }

    [Fact]
    public void A_run_that_is_a_half_life_older_weighs_half()
    {
        var c = Compare([.. (With with { Day = 90 }).Evidence(10, 10, 1), .. With.Evidence(10, 0, 20)], Use.OfNone.Evidence(10, 5, 40));

        c.With.ShouldBe(2 / 3.0, 1e-9);
        c.EffectiveWith.ShouldBe(15 * 15 / 12.5, 1e-9);
        Compare([.. (With with { Day = 90 }).Evidence(10, 10, 1), .. With.Evidence(10, 0, 20)], Use.OfNone.Evidence(10, 5, 40), s_policy with { HalfLifeDays = 0 }).With.ShouldBe(0.5, 1e-9);
    }

    [Fact]
    public void What_only_the_agent_says_counts_nothing() =>
        Compare([.. With.Evidence(3, 1, 1), .. (With with { VerifiedBy = VerifiedBy.Self }).Evidence(50, 50, 20)], (Use.OfNone with { VerifiedBy = VerifiedBy.Self }).Evidence(50, 0, 100))
            .ShouldSatisfyAllConditions(c => c.Exposures.ShouldBe(3), c => c.Controls.ShouldBe(0));

    [Fact]
    public void A_source_that_floods_weighs_no_more_than_all_the_others_together()
    {
        var policy = s_policy with { FreeShareOfSource = 3 };
        IReadOnlyList<FamilyEvent.EvidenceAdmitted> honest = With.Evidence(10, 10, 1), flood = (With with { Source = "urn:liar" }).Evidence(100, 0, 100);

        Compare([.. honest, .. flood], Use.OfNone.Evidence(10, 5, 500), policy).With.ShouldBe(0.5, 1e-9);
        Compare(flood, Use.OfNone.Evidence(10, 5, 500), policy).With.ShouldBe(0);
    }

    [Fact]
    public void Runs_with_another_skill_of_the_family_are_no_control()
    {
        var account = UtilityAccount.Of(
            s_family.Family, [.. Use.Of(s_skill.Id).Evidence(5, 5, 1), .. Use.OfNone.Evidence(4, 1, 20), .. Use.Of("unrelated").Evidence(2, 1, 40)], s_skill, s_policy);

        account.Controls.Count.ShouldBe(4 + 4 + 2);
        account.Versions.ShouldBe([null]);
        account.Compare(null).Exposures.ShouldBe(5);
    }

    [Fact]
    public void A_corrected_verdict_takes_the_place_of_the_first()
    {
        var runs = Use.OfCurrent(s_skill).Runs(6, 0);
        var corrected = runs.Take(4).Select(r => r with { Evidence = r.Evidence with { Outcome = new(true, 1, VerifiedBy.Human) } });
        var family = s_family.Admit(runs).Admit(corrected);

        UtilityAccount.Of(family.Family, [], s_skill, s_policy).Compare(1).ShouldSatisfyAllConditions(c => c.Exposures.ShouldBe(6), c => c.Successes.ShouldBe(4));
    }

    [Fact]
    public void The_order_of_the_runs_is_no_matter() => Prop.ForAll(
        Gen.Choose(0, 63).ListOf().Select(l => l.Take(60).ToList()).ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(), (kinds, seed) =>
        {
            var trials = kinds.Select((k, i) => new Trial($"t{k % 3}", $"m{k % 2}", $"s{k % 5}", k * 7 % 400, k % 4 > 1, k, i, [])).ToList();
            var mixed = trials.OrderBy(t => (t.Place * 7919 + seed) % 61).ToList();

            Of(mixed).ShouldBe(Of(trials));
        }).Check(Properties.Config(200));

    [Fact]
    public void The_bounds_hold_the_difference_and_are_shares() => Prop.ForAll(
        (from a in Gen.Choose(0, 200) from b in Gen.Choose(0, 200) from x in Gen.Choose(0, 100) from y in Gen.Choose(0, 100) select (a, b, x / 100.0, y / 100.0)).ToArbitrary(), t =>
        {
            var (a, b, x, y) = t;
            var (lower, upper) = SuccessRates.Difference((x, a), (y, b), 1.645);
            lower.ShouldBeLessThanOrEqualTo(x - y + 1e-9);
            upper.ShouldBeGreaterThanOrEqualTo(x - y - 1e-9);
            lower.ShouldBeGreaterThanOrEqualTo(-1.0000001);
            upper.ShouldBeLessThanOrEqualTo(1.0000001);
        }).Check(Properties.Config(300));

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.95, 1.6449)]
    [InlineData(0.975, 1.96)]
    [InlineData(0.999, 3.0902)]
    public void The_normal_deviate_is_as_the_tables_have_it(double confidence, double z) => SuccessRates.Deviate(confidence).ShouldBe(z, 0.0005);

    // Newcombe 1998, table II, method 10, example (a): 56/70 - 48/80.
    [Fact]
    public void The_interval_is_as_published() => SuccessRates.Difference((56 / 70.0, 70), (48 / 80.0, 80), 1.96).ShouldSatisfyAllConditions(
        b => b.Lower.ShouldBe(0.0524, 0.0002), b => b.Upper.ShouldBe(0.3339, 0.0002));

    private static Use With => Use.Of(s_skill.Id, 1);

    private static Comparison Of(IReadOnlyList<Trial> trials) => Comparison.Of([.. trials.Where(t => t.Tokens % 3 == 0)], [.. trials.Where(t => t.Tokens % 3 != 0)], s_policy);

    private static Comparison Compare(
        IReadOnlyList<FamilyEvent.EvidenceAdmitted> with, IReadOnlyList<FamilyEvent.EvidenceAdmitted> without, CurationPolicy? policy = null) =>
        UtilityAccount.Of(Family.None, [.. with, .. without], s_skill, policy ?? s_policy).Compare(1);
}
