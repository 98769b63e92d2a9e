using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Usage;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation.Rules;

/// <summary>Versions follow each other fast, and the last one is worse than those before.</summary>
public sealed class LineageRollbackTests
{
    private const string Skill = "library-renew-loan";

    [Fact]
    public void Versions_before_the_last_one_are_measured_too()
    {
        var worse = Thrice(first: (24, 22), second: (3, 3), third: (25, 6));

        Of(worse, "sequential-test").Decision.Operation.ShouldNotBe(CurationOperation.RollBack);
        var (decision, command, _) = Of(worse, "sequential-lineage");
        (decision.Operation, decision.ReasonCode).ShouldBe((CurationOperation.RollBack, "worse-than-before"));
        command.ShouldBeOfType<SkillCommand.RollBack>().ToVersion.ShouldBe(2);
        (decision.Scores["beforeExposures"], decision.Scores["beforeSuccesses"], decision.Scores["versionsBefore"]).ShouldBe((27, 25, 2));
        decision.Scores["logEvidenceOfWorse"].ShouldBeGreaterThan(decision.Thresholds["logEvidenceOfWorse"]);
    }

    [Fact]
    public void What_was_bad_before_is_passed_over() =>
        Of(Thrice(first: (24, 23), second: (4, 0), third: (25, 3)), "sequential-lineage").Command.ShouldBeOfType<SkillCommand.RollBack>().ToVersion.ShouldBe(1);

    [Fact]
    public void What_nobody_used_is_passed_over() =>
        Of(Thrice(first: (24, 22), second: (0, 0), third: (25, 3)), "sequential-lineage").Command.ShouldBeOfType<SkillCommand.RollBack>().ToVersion.ShouldBe(1);

    [Fact]
    public void A_version_that_was_revoked_is_neither_measured_nor_gone_back_to()
    {
        var revoked = Thrice(first: (24, 22), second: (3, 3), third: (25, 6)).After(new SkillCommand.Revoke(1, "leaks"));
        var kept = Of(revoked, "sequential-lineage").Decision;
        kept.Operation.ShouldNotBe(CurationOperation.RollBack);
        (kept.Scores["beforeExposures"], kept.Scores["versionsBefore"]).ShouldBe((3, 1));
    }

    [Fact]
    public void One_that_does_as_well_as_those_before_stands() =>
        Of(Thrice(first: (24, 18), second: (6, 4), third: (30, 22)), "sequential-lineage").Decision.Operation.ShouldNotBe(CurationOperation.RollBack);

    [Fact]
    public void What_the_environment_was_like_long_ago_counts_last()
    {
        // Once nearly all succeeded; of late half do, with the version before and with this one.
        var drifted = Thrice(first: (60, 58), second: (20, 10), third: (20, 10));
        Of(drifted, "sequential-lineage").Decision.Operation.ShouldNotBe(CurationOperation.RollBack);
    }

    /// <summary>Ville's inequality, by count, where the earlier runs are of several versions and none of these is better than the current one.</summary>
    [Fact]
    public void Unequal_versions_before_are_seldom_taken_for_better_ones()
    {
        var passed = Enumerable.Range(0, 600).Count(seed =>
        {
            var coin = new Random(seed);
            var share = 0.3 + 0.1 * (seed % 6);
            List<bool> before = [], after = [];
            for (var n = 0; n < 150; n++)
            {
                before.Add(coin.NextDouble() < share - 0.1 * (n / 20 % 3));
                after.Add(coin.NextDouble() < share);
                if (SequentialTest.LogEvidenceOfWorse(before, after) >= Math.Log(20)) return true;
            }
            return false;
        });
        passed.ShouldBeLessThanOrEqualTo(30);
    }

    /// <summary>The law behind it: whatever was seen before, a block's expected value is at most 1 where the earlier version is no better.</summary>
    [Fact]
    public void A_block_is_worth_no_more_than_1_where_the_version_before_is_no_better() => Prop.ForAll(
        (from a in Gen.Choose(0, 20)
         from b in Gen.Choose(0, 20)
         from p in Gen.Choose(0, 100)
         from q in Gen.Choose(p, 100)
         select (a, b, p / 100.0, q / 100.0)).ToArbitrary(),
        t =>
        {
            var (a, b, p, q) = t;
            List<bool> before = [.. Enumerable.Range(0, 20).Select(i => i < a)], after = [.. Enumerable.Range(0, 20).Select(i => i < b)];
            var so = SequentialTest.LogEvidenceOfWorse(before, after);
            double With(bool x, bool y) => Math.Exp(SequentialTest.LogEvidenceOfWorse([.. before, x], [.. after, y]) - so) * (x ? p : 1 - p) * (y ? q : 1 - q);
            (With(true, true) + With(true, false) + With(false, true) + With(false, false)).ShouldBeLessThanOrEqualTo(1 + 1e-9);
        }).Check(Properties.Config(200));

    private static CurationConclusion Of(AFamily family, string rule) =>
        (family with { Policy = family.Policy with { Rules = family.Policy.Rules with { Rollback = rule } } }).Conclude();

    // Runs and successes of the three versions that the family's skill has had.
    private static AFamily Thrice((int Runs, int Succeeded) first, (int Runs, int Succeeded) second, (int Runs, int Succeeded) third)
    {
        var family = new AFamily(Renew) { Policy = Shipped.Default with { Rules = Shipped.Default.Rules with { Retire = "none" } } }.Admit(Renewals(4)).Curate()
            .Admit(Fined(8)).Curate()
            .Admit(Enumerable.Range(200, 30).Select(n => Searched(n).Mined(Renew))).Curate();
        family.Skill.Current!.Number.ShouldBe(3);
        return family.Admit(Use.Of(Skill, 1).Runs(first.Runs, first.Succeeded)).Admit(Use.Of(Skill, 2).Runs(second.Runs, second.Succeeded, from: 2000))
            .Admit(Use.Of(Skill, 3).Runs(third.Runs, third.Succeeded, from: 3000));
    }

    private static ARun Searched(int n) => ARun.Of(n).User($"Please renew the loan L-{7000 + n} for me")
        .Call("search_loans", new { loan_id = $"L-{7000 + n}" }, new { status = "borrowed" })
        .Call(Renew, new { loan_id = $"L-{7000 + n}", period = "two weeks" }, new { status = "renewed" });
}
