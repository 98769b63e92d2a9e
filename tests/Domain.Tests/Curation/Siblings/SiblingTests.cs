using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Reruns;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
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
        made.Result!.SkillId.ShouldBe(Sibling);
        var sibling = history.SkillOf(Sibling);
        (sibling.VariantOf!.SkillId, sibling.Model, sibling.FamilyId, sibling.Lifecycle).ShouldBe((Main, Weak, "library.renew-loan", Lifecycle.Active));
        var created = history.Events.Select(e => e.Event).OfType<SkillEvent.SkillCreated>().Single(e => e.SkillId == Sibling);
        created.Content.Description.ShouldEndWith("Only for agents that run on weak.");
        var models = history.Events.Select(e => e.Event).OfType<FamilyEvent.EvidenceAdmitted>().ToDictionary(e => e.EvidenceId, e => e.Model);
        created.Content.Evidence.Select(e => models[e.EvidenceId]).Distinct().ShouldBe([Weak]);
        history.About(null).ShouldContain(d => d.Models != null && d.Models.Proposed.Contains(Weak));
    }

    [Fact]
    public void Where_it_is_only_proposed_none_is_made()
    {
        var history = History(Creates with { Variants = Variants.Propose }).Learn(Split());

        history.About(Weak).ShouldBeEmpty();
        history.SkillOf(Sibling).Lifecycle.ShouldBe(Lifecycle.Unborn);
        history.About(null).ShouldContain(d => d.ReasonCode == "variant-proposed");
    }

    [Fact]
    public void With_too_few_successes_of_that_model_it_waits_and_says_for_how_many()
    {
        var history = History(Creates).Learn(Split(ownWay: 0)).Learn(Runs(Weak, with: false, 2, 2, from: 5000));
        history.SkillOf(Sibling).Lifecycle.ShouldBe(Lifecycle.Unborn);
    }

    [Fact]
    public void All_comes_out_again()
    {
        var history = History(Creates).Learn(Split()).Learn(Runs(Weak, with: true, 30, 26, from: 6000, loaded: Sibling)).Learn(Runs(Strong, with: true, 20, 19, from: 7000));
        history.Rederive().ShouldAllBe(d => d.Verdict == RederivationVerdict.Same);
        history.Rederive().ShouldContain(d => d.SkillId == Sibling);
    }
}
