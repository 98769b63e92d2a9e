using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Usage;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation.Rules;

/// <summary>A skill that was learned from lies is retired for what came of it, and comes back with what honest runs say.</summary>
public sealed class RenewalTests
{
    private const string Harm = "get_history";
    private const string Liar = "urn:liar";
    private static readonly VersionEvidence s_skill = new("library-renew-loan", 1);

    [Fact]
    public void What_did_harm_comes_back_without_it_while_the_lies_go_on()
    {
        var retired = Retired();
        retired.Text.ShouldContain(Harm);

        var back = retired.Admit(Honest(4, 4, from: 4000)).Admit(Lies(4, from: 4100)).Curate();

        var decision = back.Family.Decisions[^1];
        (decision.Operation, decision.ReasonCode).ShouldBe((CurationOperation.Reinstate, "says-something-else"));
        decision.Result.ShouldBe(new("library-renew-loan", 2, back.Skill.Current!.PackageDigest));
        decision.Scores["discredited"].ShouldBeGreaterThanOrEqualTo(4);
        decision.Scores["unreadable"].ShouldBe(0);
        decision.Reason.ShouldContain("left out that did what users of an earlier version failed with");
        (back.Skill.Lifecycle, back.Skill.Current.Number, back.Skill.Current.Parents[0].Version).ShouldBe((Lifecycle.Active, 2, 1));
        Steps(back).ShouldNotContain(Harm);
        Steps(back).ShouldContain("get_loan");
    }

    [Fact]
    public void What_was_found_harmful_is_not_learned_again_later()
    {
        var back = Retired().Admit(Honest(4, 4, from: 4000)).Curate();
        back.Skill.Lifecycle.ShouldBe(Lifecycle.Active);

        var later = back.Admit(Lies(40, from: 5000)).Curate();

        Steps(later).ShouldNotContain(Harm);
        (later.Skill.Lifecycle, later.Family.Decisions[^1].Operation).ShouldBe((Lifecycle.Active, CurationOperation.Keep));
    }

    [Fact]
    public void What_a_version_that_was_gone_back_from_did_is_not_learned_again_either()
    {
        var made = new AFamily(Renew) { Policy = Shipped.Default }.Admit(Honest(8, 8, from: 1)).Curate()
            .Admit(Honest(10, 10, from: 500).Select(e => Ended(e, e.Succeeded, "urn:desk", s_skill))).Admit(Lies(60, from: 1000)).Curate();
        Steps(made).ShouldContain(Harm);
        made.Skill.Current!.Number.ShouldBe(2);

        var back = made.Admit(Lies(15, from: 2000).Select(e => Ended(e, false, "urn:desk", s_skill with { Version = 2 }))).Curate();
        back.Family.Decisions[^1].Operation.ShouldBe(CurationOperation.RollBack);

        Steps(back.Admit(Lies(20, from: 3000)).Curate()).ShouldNotContain(Harm);
    }

    [Fact]
    public void It_waits_for_successes_without_it() =>
        AFamily.Kept(Retired().Admit(Honest(2, 2, from: 4000)), "skill-not-active").Scores["successesSince"].ShouldBe(2);

    [Fact]
    public void A_verdict_that_is_corrected_is_not_waited_for()
    {
        var retired = Retired();
        var corrected = retired.Episodes.First(e => e.Evidence.Source == Liar);
        corrected = corrected with { Evidence = corrected.Evidence with { Outcome = new(false, 0, VerifiedBy.Human) } };

        (retired.Admit(corrected) with { Corrects = true }).Conclude().Decision.Operation.ShouldBe(CurationOperation.Reinstate);
        retired.Admit(corrected).Conclude().Decision.Operation.ShouldBe(CurationOperation.Keep);
    }

    [Fact]
    public void What_still_says_the_same_stays_retired()
    {
        var retired = new AFamily(Renew) { Policy = Shipped.Default }.Admit(Renewals(4)).Curate()
            .Admit(Use.Of("library-renew-loan", 1).Runs(20, 6)).Admit(Use.OfNone.Runs(20, 16, from: 2000)).Curate();
        retired.Skill.RetiredFor.ShouldBe(RetirementCause.NoUtility);

        AFamily.Kept(retired.Admit(Use.OfNone.Runs(8, 8, from: 4000)), "skill-not-active").Reason.ShouldContain("still says what it said");
    }

    [Theory]
    [InlineData(RetirementCause.ByHand)]
    [InlineData(RetirementCause.Security)]
    public void What_people_retired_stays_so(RetirementCause cause)
    {
        var back = Retired().Admit(Honest(4, 4, from: 4000)).Curate().After(new SkillCommand.Retire(cause, "enough"));
        AFamily.Kept(back.Admit(Honest(9, 9, from: 5000, find: "search_reader")), "skill-not-active");
    }

    [Fact]
    public void A_policy_that_was_published_before_means_what_it_meant()
    {
        var retired = Retired() with { Policy = Shipped.Default with { Rules = Shipped.Default.Rules with { Reinstate = "needed-again" } } };
        AFamily.Kept(retired.Admit(Honest(4, 4, from: 4000)), "skill-not-active");
    }

    [Fact]
    public void Only_who_used_the_skill_has_a_say_in_what_harms()
    {
        Discredited(Retired()).ShouldBe([Harm]);
        Discredited(Retired().Admit(Lies(200, from: 6000))).ShouldBe([Harm]);
    }

    [Fact]
    public void A_call_that_helps_or_that_all_make_is_not_discredited()
    {
        var made = new AFamily(Renew) { Policy = Shipped.Default }.Admit(Fined(4)).Curate();
        // With the skill all look at fines and more succeed; that all look the loan up, and most fail without, says nothing of looking it up.
        var used = made.Admit(Fined(20, from: 100).Select((e, i) => Ended(e, i % 4 > 0, "urn:desk", s_skill))).Admit(Honest(20, 5, from: 2000));
        Discredited(used).ShouldBeEmpty();
    }

    /// <summary>Lies, what came of them, and honest runs, in order.</summary>
    internal static IReadOnlyList<MinedEpisode> History() =>
    [
        .. Lies(6, from: 1), .. Lies(20, from: 1000).Select((e, i) => Ended(e, i == 7, "urn:desk", s_skill)), .. Honest(20, 12, from: 2000), .. Honest(30, 30, from: 4000),
    ];

    private static IReadOnlySet<string> Discredited(AFamily family) => Discredit.Of(UtilityAccount.Of(family.Family, [], family.Skill, family.Policy), family.Policy);

    private static string Steps(AFamily family) => SkillDocument.SectionsOf(family.Text).First(s => s.Heading == SkillWriter.StepsSection).Text;

    private static AFamily Retired()
    {
        var retired = new AFamily(Renew) { Policy = Shipped.Default }.Admit(Lies(6, from: 1)).Curate()
            .Admit(Lies(20, from: 1000).Select((e, i) => Ended(e, i == 7, "urn:desk", s_skill))).Admit(Honest(20, 12, from: 2000)).Curate();
        retired.Skill.RetiredFor.ShouldBe(RetirementCause.NoUtility);
        return retired;
    }

    private static IReadOnlyList<MinedEpisode> Lies(int count, int from) => [.. Enumerable.Range(from, count).Select(n => Ended(
        ARun.Of(n).User($"Please renew my novel, loan L-{7000 + n}; my card is K-{500 + n}")
            .Call("find_reader", new { card = $"K-{500 + n}" }, new { reader_id = $"R-{1000 + n}" })
            .Call(Harm, new { loan_id = $"L-{7000 + n}" }, new { loans = 12 })
            .Call(Renew, new { loan_id = $"L-{7000 + n}", period = "two weeks" }, new { status = "renewed" }).Mined(Renew), true, Liar, null))];

    private static IReadOnlyList<MinedEpisode> Honest(int count, int succeeded, int from, string find = "find_reader") =>
        [.. Enumerable.Range(0, count).Select(i => Ended(Renewal(from + i, find).Mined(Renew), (i + 1) * succeeded / count > i * succeeded / count, "urn:desk", null))];

    private static IEnumerable<MinedEpisode> Fined(int count, int from = 60) => Enumerable.Range(from, count).Select(n => FinedRenewal(n).Mined(Renew));

    private static MinedEpisode Ended(MinedEpisode run, bool succeeded, string source, VersionEvidence? loaded) => run with
    {
        Evidence = run.Evidence with
        {
            Source = source,
            Outcome = new(succeeded, succeeded ? 1 : 0, VerifiedBy.Verifier),
            Loaded = loaded is null ? [] : [new(loaded.Skill, loaded.Version, null)],
        },
    };

    private sealed record VersionEvidence(string Skill, int Version);
}
