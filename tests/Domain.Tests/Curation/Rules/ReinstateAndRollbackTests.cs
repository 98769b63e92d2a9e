using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Usage;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation.Rules;

/// <summary>When a policy brings a skill back, and when it goes back to the version before.</summary>
public sealed class ReinstateAndRollbackTests
{
    [Fact]
    public void A_skill_without_which_runs_do_worse_is_brought_back()
    {
        var retired = Retired(with: 9);
        AFamily.Kept(retired.Admit(Use.OfNone.Runs(10, 5, from: 5000)), "skill-not-active").Scores.Keys.ShouldContain("utilityLower");

        var needed = retired.Admit((Use.OfNone with { Day = 700 }).Runs(40, 4, from: 5000)).Conclude();
        needed.Command.ShouldBeOfType<SkillCommand.Reinstate>();
        (needed.Decision.Operation, needed.Decision.ReasonCode).ShouldBe((CurationOperation.Reinstate, "needed-again"));
        needed.Decision.Scores["utilityLower"].ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Verdicts_that_are_corrected_after_it_was_retired_bring_it_back_and_are_named()
    {
        var retired = Retired(with: 6);
        var corrected = retired.Episodes.Where(e => e.Evidence.Loaded.Count > 0 && e.Failed).Take(13)
            .Select(e => e with { Evidence = e.Evidence with { Outcome = new(true, 1, VerifiedBy.Human) } }).ToList();

        var back = (retired.Admit(corrected) with { Corrects = true }).Conclude();
        (back.Decision.Operation, back.Decision.ReasonCode).ShouldBe((CurationOperation.Reinstate, "verdicts-corrected"));
        back.Decision.Reason.ShouldStartWith("with the verdicts as corrected 19 of 20 runs with it succeeded");
        (retired.Admit(corrected.Take(2)) with { Corrects = true }).Conclude().Decision.Operation.ShouldBe(CurationOperation.Keep);
    }

    [Theory]
    [InlineData(RetirementCause.Stale)]
    [InlineData(RetirementCause.Superseded)]
    public void What_was_stale_comes_back_when_its_tool_is_used_again(RetirementCause cause)
    {
        var stale = Made().After(new SkillCommand.Retire(cause, "not seen"));
        AFamily.Kept(Swept(stale).Admit(Use.OfNone.Runs(3, 0, from: 6000)), "skill-not-active");

        Swept(stale).Admit(Use.OfNone.Runs(1, 1, from: 6000)).Conclude().Decision.ReasonCode.ShouldBe("tools-back");
    }

    [Theory]
    [InlineData(RetirementCause.ByHand)]
    [InlineData(RetirementCause.Security)]
    [InlineData(RetirementCause.Internalised)]
    public void What_people_retired_stays_so(RetirementCause cause) =>
        AFamily.Kept(Made().After(new SkillCommand.Retire(cause, "enough")).Admit(Use.Of("library-renew-loan", 1).Runs(30, 30)).Admit(Use.OfNone.Runs(30, 1, from: 5000)), "skill-not-active");

    [Fact]
    public void A_version_that_does_worse_than_the_one_before_gives_way_to_it()
    {
        var worse = Improved().Admit(Use.Of("library-renew-loan", 1).Runs(30, 27)).Admit(Use.Of("library-renew-loan", 2).Runs(30, 9, from: 3000));
        var conclusion = worse.Conclude();

        conclusion.Command.ShouldBeOfType<SkillCommand.RollBack>().ToVersion.ShouldBe(1);
        (conclusion.Decision.Operation, conclusion.Decision.ReasonCode).ShouldBe((CurationOperation.RollBack, "worse-than-before"));
        conclusion.Decision.Result.ShouldBe(new("library-renew-loan", 3, worse.Skill.Version(1)!.PackageDigest));
        conclusion.Decision.Scores["logEvidenceOfWorse"].ShouldBeGreaterThan(conclusion.Decision.Thresholds["logEvidenceOfWorse"]);

        var back = worse.Curate();
        back.Skill.Current!.PackageDigest.ShouldBe(back.Skill.Version(1)!.PackageDigest);
        back.Conclude().Decision.Operation.ShouldBe(CurationOperation.Keep);
    }

    [Fact]
    public void One_that_does_as_well_or_is_little_used_stands()
    {
        Improved().Admit(Use.Of("library-renew-loan", 1).Runs(40, 32)).Admit(Use.Of("library-renew-loan", 2).Runs(40, 31, from: 3000)).Conclude().Decision.Operation.ShouldNotBe(CurationOperation.RollBack);
        Improved().Admit(Use.Of("library-renew-loan", 1).Runs(40, 36)).Admit(Use.Of("library-renew-loan", 2).Runs(4, 0, from: 3000)).Conclude().Decision.Operation.ShouldNotBe(CurationOperation.RollBack);
    }

    [Fact]
    public void A_version_that_was_revoked_is_not_gone_back_to() =>
        Improved().After(new SkillCommand.Revoke(1, "leaks")).Admit(Use.Of("library-renew-loan", 1).Runs(30, 27)).Admit(Use.Of("library-renew-loan", 2).Runs(30, 9, from: 3000))
            .Conclude().Decision.Operation.ShouldNotBe(CurationOperation.RollBack);

    [Fact]
    public void A_source_alone_among_others_rolls_nothing_back()
    {
        var others = Enumerable.Range(0, 4).SelectMany(s => (Use.Of("library-renew-loan", 2) with { Source = $"urn:desk-{s}" }).Runs(12, 11, from: 8000 + 100 * s));
        Improved().Admit(Use.Of("library-renew-loan", 1).Runs(100, 90)).Admit((Use.Of("library-renew-loan", 2) with { Source = "urn:liar" }).Runs(10, 0, from: 3000)).Admit(others)
            .Conclude().Decision.Operation.ShouldNotBe(CurationOperation.RollBack);
    }

    /// <summary>Ville's inequality, by count: of many pairs of streams that are the same, no more than one in twenty ever passes the bound.</summary>
    [Fact]
    public void Streams_that_do_the_same_are_seldom_told_apart_however_often_one_looks()
    {
        var passed = Enumerable.Range(0, 600).Count(seed =>
        {
            var state = (uint)(seed * 2654435761L + 1);
            bool Next(double share)
            {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                return state / (double)uint.MaxValue < share;
            }
            var share = 0.3 + 0.1 * (seed % 6);
            for (var i = 0; i < 20; i++) Next(share);
            List<bool> before = [], after = [];
            for (var n = 0; n < 150; n++)
            {
                before.Add(Next(share));
                after.Add(Next(share));
                if (SequentialTest.LogEvidenceOfWorse(before, after) >= Math.Log(20)) return true;
            }
            return false;
        });
        passed.ShouldBeLessThanOrEqualTo(30);
    }

    [Fact]
    public void What_does_better_is_never_evidence_of_worse() => Prop.ForAll(Gen.Choose(1, 60).ToArbitrary(), n =>
        SequentialTest.LogEvidenceOfWorse([.. Enumerable.Repeat(false, n)], [.. Enumerable.Repeat(true, n)]).ShouldBe(0)).Check(Properties.Config(30));

    private static AFamily Made() => new AFamily(Renew) { Policy = Shipped.Default }.Admit(Renewals(4)).Curate();

    private static AFamily Improved()
    {
        var improved = Made().Admit(Fined(8)).Curate();
        improved.Skill.Current!.Number.ShouldBe(2);
        return improved;
    }

    private static AFamily Retired(int with)
    {
        var retired = Made().Admit(Use.Of("library-renew-loan", 1).Runs(20, with)).Admit(Use.OfNone.Runs(20, 16, from: 2000)).Curate();
        retired.Skill.RetiredFor.ShouldBe(RetirementCause.NoUtility);
        return retired;
    }

    // A sweep had put the retirement on record.
    private static AFamily Swept(AFamily family) => family with
    {
        Family = family.Family with
        {
            Decisions = family.Family.Decisions.Add(family.Family.Decisions[^1] with
            {
                Operation = CurationOperation.Retire,
                ThroughEvidence = family.Family.EvidenceEvents,
                Sweep = new(200, [family.Family.Id]),
            }),
        },
    };
}
