using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Reruns;
using Pipeline.Domain.Curation.Siblings;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Tests.Curation.Siblings.TwoModels;

namespace Pipeline.Domain.Tests.Curation.Siblings;

/// <summary>A skill that helps one model and harms another gets a sibling for the latter, and both live on by their own runs.</summary>
public sealed class SiblingTests
{
    [Fact]
    public void A_sibling_is_made_from_the_runs_of_the_model_that_is_harmed()
    {
        var history = History(Creates).Learn(Split());

        var made = history.About(Weak).First(d => d.Operation == CurationOperation.Create);
        (made.Result!.SkillId, made.Candidates.Select(c => c.SkillId)).ShouldSatisfyAllConditions(m => m.SkillId.ShouldBe(Sibling), m => m.Item2.ShouldBe([Main]));
        var sibling = history.SkillOf(Sibling);
        (sibling.VariantOf!.SkillId, sibling.Model, sibling.FamilyId, sibling.Lifecycle).ShouldBe((Main, Weak, "library.renew-loan", Lifecycle.Active));
        var created = history.Events.Select(e => e.Event).OfType<SkillEvent.SkillCreated>().Single(e => e.SkillId == Sibling);
        created.Content.Description.ShouldEndWith("Only for agents that run on weak.");
        var models = history.Events.Select(e => e.Event).OfType<FamilyEvent.EvidenceAdmitted>().ToDictionary(e => e.EvidenceId, e => e.Model);
        created.Content.Evidence.Select(e => models[e.EvidenceId]).Distinct().ShouldBe([Weak]);

        var proposed = history.About(null).First(d => d.Models != null).Models!;
        (proposed.Helped, proposed.Harmed, proposed.Proposed).ShouldSatisfyAllConditions(m => m.Helped.ShouldBe([Strong]), m => m.Harmed.ShouldBe([Weak]), m => m.Proposed.ShouldBe([Weak]));
        proposed.Effects!.Select(e => (e.Model, Math.Sign(e.Utility), e.Exposures > 0, e.Lower < e.Utility && e.Utility < e.Upper)).ShouldBe([(Strong, 1, true, true), (Weak, -1, true, true)]);
    }

    [Fact]
    public void The_model_that_is_helped_keeps_what_it_has()
    {
        var history = History(Creates).Learn(Split()).Learn(Runs(Weak, with: true, 40, 0, from: 5000)).Learn(Runs(Strong, with: true, 20, 19, from: 6000));

        var main = history.SkillOf(Main);
        (main.Lifecycle, main.Versions.Count).ShouldBe((Lifecycle.Active, 1));
        history.About(null).ShouldNotContain(d => d.Operation == CurationOperation.Retire);
        // Without siblings the same runs take it from both.
        History(Creates with { Variants = Variants.Propose }).Learn(Split()).Learn(Runs(Weak, with: true, 40, 0, from: 5000)).SkillOf(Main).Lifecycle.ShouldBe(Lifecycle.Retired);
    }

    [Fact]
    public void Where_it_is_only_proposed_none_is_made()
    {
        var history = History(Creates with { Variants = Variants.Propose }).Learn(Split());

        history.About(Weak).ShouldBeEmpty();
        history.SkillOf(Sibling).Lifecycle.ShouldBe(Lifecycle.Unborn);
        history.About(null).ShouldContain(d => d.ReasonCode == "variant-proposed" && d.Reason.Contains("a sibling for weak is proposed", StringComparison.Ordinal));
    }

    [Fact]
    public void With_too_few_successes_of_that_model_it_waits_and_says_for_how_many()
    {
        // Runs of others show that weak would succeed without the skill; it has shown only two ways to do so.
        var policy = Creates with { MinSuccesses = 3, MinTasks = 3 };
        var history = History(policy).Learn(Split(ownWay: 20, tasks: 2));

        var waits = history.About(Weak).ShouldHaveSingleItem();
        (waits.Operation, waits.ReasonCode, waits.Reason).ShouldBe((CurationOperation.Keep, "variant-waits", "a sibling for weak is proposed; waits for verified successes of model weak with 1 more task"));
        history.About(null).First(d => d.Models != null).Reason.ShouldContain("a sibling for weak (waits for verified successes of model weak with 1 more task) is proposed");
        history.SkillOf(Sibling).Lifecycle.ShouldBe(Lifecycle.Unborn);
        history.Rederive().ShouldAllBe(d => d.Verdict == RederivationVerdict.Same);
    }

    [Fact]
    public void What_says_the_same_as_the_main_skill_is_not_made_and_does_not_keep_it()
    {
        var history = History(Creates).Learn(Split(ownWay: 23, withIt: 6, inItsOwnWay: false)).Learn(Runs(Weak, with: true, 40, 12, from: 5000, itsWay: false));

        history.About(Weak)[0].ReasonCode.ShouldBe("variant-says-the-same");
        history.SkillOf(Sibling).Lifecycle.ShouldBe(Lifecycle.Unborn);
        history.SkillOf(Main).Lifecycle.ShouldBe(Lifecycle.Retired);
    }

    [Fact]
    public void A_sibling_is_retired_by_the_runs_of_its_model_and_the_main_skill_is_not()
    {
        var history = History(Creates).Learn(Split()).Learn(Runs(Strong, with: true, 40, 0, from: 5000, loaded: Sibling)).Learn(Runs(Strong, with: true, 10, 9, from: 5500));
        history.SkillOf(Sibling).Lifecycle.ShouldBe(Lifecycle.Active);

        history.Learn(Runs(Weak, with: true, 40, 4, from: 6000, loaded: Sibling));

        (history.SkillOf(Sibling).Lifecycle, history.SkillOf(Main).Lifecycle).ShouldBe((Lifecycle.Retired, Lifecycle.Active));
        history.About(Weak).ShouldContain(d => d.Operation == CurationOperation.Retire && d.Result!.SkillId == Sibling);
        history.Rederive().ShouldAllBe(d => d.Verdict == RederivationVerdict.Same);
    }

    [Fact]
    public void A_sibling_stands_on_its_own_when_the_main_skill_is_retired()
    {
        var history = History(Creates).Learn(Split()).ByHand(Main, new SkillEvent.SkillRetired(RetirementCause.ByHand, "enough"))
            .Learn(Runs(Weak, with: true, 30, 28, from: 5000, loaded: Sibling));

        (history.SkillOf(Sibling).Lifecycle, history.SkillOf(Main).Lifecycle).ShouldBe((Lifecycle.Active, Lifecycle.Retired));
        history.Rederive().ShouldAllBe(d => d.Verdict == RederivationVerdict.Same);
    }

    [Fact]
    public void Decisions_are_the_same_whatever_the_batches_and_come_out_again()
    {
        var policy = Creates with { Rules = Creates.Rules with { Improve = "measured-gain" } };
        List<MinedEpisode> runs =
        [
            .. Split().Where(e => e.Evidence.Model == Strong), .. Runs(Weak, with: false, 10, 9, from: 4000), .. Runs(Weak, with: true, 24, 0, from: 3000),
            .. Runs(Weak, with: true, 40, 36, from: 5000, loaded: Sibling).Select((e, i) => e with { Episode = Library.Renewal(5000 + i, findBy: "scan_card").Mined(Library.Renew).Episode }),
            .. Runs(Strong, with: true, 20, 19, from: 6000),
        ];
        var decided = new[] { 1, 7, 100 }.Select(size =>
        {
            var history = History(policy);
            foreach (var batch in runs.Chunk(size)) history.Learn(batch, looks: false).Look();
            history.Rederive().ShouldAllBe(d => d.Verdict == RederivationVerdict.Same);
            return history.Events.Select(e => e.Event).OfType<FamilyEvent.CurationDecided>().Select(d => $"{d.ThroughEvidence} {d.SiblingFor} {d.Operation} {d.ReasonCode} {d.Result}").ToList();
        }).ToList();

        decided[0].ShouldContain(d => d.Contains($"{Weak} Create", StringComparison.Ordinal));
        decided[0].ShouldContain(d => d.Contains($"{Weak} Improve", StringComparison.Ordinal));
        decided[1].ShouldBe(decided[0]);
        decided[2].ShouldBe(decided[0]);
    }

    [Fact]
    public void What_if_shows_the_sibling_that_another_policy_would_have_made()
    {
        var history = History(Creates with { Id = "proposes", Variants = Variants.Propose }).Learn(Split());

        var (decisions, run) = history.WhatIf(Creates);

        decisions.ShouldContain(d => d.WouldBe != null && d.WouldBe.Operation == CurationOperation.Create && d.WouldBe.SkillId == Sibling && d.Recorded == null);
        run.Library.Single(s => s.SkillId == Sibling).Recorded.ShouldBeNull();
        // And the other way round.
        History(Creates).Learn(Split()).WhatIf(Creates with { Variants = Variants.None }).Decisions.ShouldContain(d => d.Recorded != null && d.Recorded.SkillId == Sibling && d.WouldBe == null);
    }

    [Fact]
    public void One_that_was_taken_out_of_the_record_or_changed_is_found()
    {
        History(Creates).Learn(Split()).Remove<FamilyEvent.CurationDecided>(d => d is { SiblingFor: Weak, Operation: CurationOperation.Create }).Rederive()
            .ShouldContain(d => d.Verdict == RederivationVerdict.Differs && d.Leaf == null && d.Operation == CurationOperation.Create);
        History(Creates).Learn(Split()).Tamper<SkillEvent.SkillCreated>(e => e.SkillId == Sibling, e => e with { Model = "other" }).Rederive()
            .Where(d => d.Verdict == RederivationVerdict.Differs).ShouldHaveSingleItem().Differences.ShouldHaveSingleItem().Field.ShouldBe("skill_created.model");
    }

    [Theory]
    [InlineData("vendor/Model-B-2026-01-31", "library-renew-loan-for-model-b")]
    [InlineData("model-4.1-mini", "library-renew-loan-for-model-4-1-mini")]
    [InlineData("claude 20250514", "library-renew-loan-for-claude")]
    [InlineData("模型", "library-renew-loan-for-model-")]
    [InlineData("x\"\n---\nname: evil", "library-renew-loan-for-x-name-evil")]
    public void Its_name_says_which_model_it_is_for(string model, string name)
    {
        SiblingText.NameOf(Main, model, "").ShouldStartWith(name);
        SkillDecider.IsName(SiblingText.NameOf(Main, model, "")).ShouldBeTrue();
        SkillDecider.IsName(SiblingText.NameOf(new('a', 64), new string('b', 5000) + model, "-1a2b3c")).ShouldBeTrue();
    }
}
