using Pipeline.Domain.Skills;
using Pipeline.Domain.Tests.Curation;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Tests.Episodes;

public sealed class EpisodeKindsTests
{
    private static readonly ARun Both = ARun.Of("1").User("Please pay my fine and renew my loan L-7001")
        .Call("get_loan", new { loan_id = "L-7001" }, new { status = "blocked", fine_id = "F-2001" })
        .Call("pay_fine", new { fine_id = "F-2001" }, "paid").Call("renew_loan", new { loan_id = "L-7001" }, "renewed");

    [Fact]
    public void A_run_with_two_effects_is_evidence_for_each_and_for_how_they_go_together()
    {
        var episodes = Both.AllEpisodes;

        episodes.Select(e => (e.Kind, e.Effect)).ShouldBe(
            [(SkillKind.Functional, "pay_fine"), (SkillKind.Functional, "renew_loan"), (SkillKind.Plan, EpisodeKinds.WholeTask)]);
        episodes[2].Calls.Select(c => c.Tool).ShouldBe(["get_loan", "pay_fine", "renew_loan"]);
        episodes[2].OtherEffects.ShouldBe(["pay_fine", "renew_loan"]);
        (episodes[2].FirstStep, episodes[2].LastStep).ShouldBe((2, 4));
    }

    [Fact]
    public void A_run_with_one_effect_or_none_is_no_plan()
    {
        Library.Renewal(1).AllEpisodes.ShouldHaveSingleItem().Kind.ShouldBe(SkillKind.Functional);
        ARun.Of("1").User("Where is it?").Call("get_loan", new { loan_id = "L-1" }, "lent").AllEpisodes.ShouldHaveSingleItem().Effect.ShouldBe(Episode.Answer);
        ARun.Of("1").User("Hello").Agent("Hello").AllEpisodes.ShouldBeEmpty();
    }

    [Fact]
    public void A_tool_that_failed_and_was_got_over_is_evidence_for_using_it()
    {
        var episode = Library.Renewal(1).Fails("get_item", new { id = "7" }, "Error: no such item").Call("get_loan").Call("get_item", new { id = "I-7" }, "a novel").Call("note")
            .AllEpisodes.Single(e => e.Kind == SkillKind.Atomic);

        episode.Effect.ShouldBe("get_item");
        episode.Calls.Select(c => c.Tool).ShouldBe(["get_item", "get_loan", "get_item"]);
    }

    [Fact]
    public void A_tool_that_failed_last_or_never_is_none()
    {
        Library.Renewal(1).Fails("get_item", new { id = "7" }, "Error: no such item").AllEpisodes.ShouldNotContain(e => e.Kind == SkillKind.Atomic);
        Both.AllEpisodes.ShouldNotContain(e => e.Kind == SkillKind.Atomic);
    }

    [Fact]
    public void A_run_with_trouble_everywhere_stays_a_few_events()
    {
        var run = Enumerable.Range(0, 50).Aggregate(ARun.Of("1").User("Please do all of it"), (r, i) => r.Fails($"act_{i}", new { i }, "Error: busy").Call($"act_{i}"));

        run.AllEpisodes.Count(e => e.Kind == SkillKind.Atomic).ShouldBe(4);
        run.AllEpisodes.Count(e => e.Kind == SkillKind.Plan).ShouldBe(1);
    }

    [Fact]
    public void Families_and_evidence_of_all_kinds_are_told_apart()
    {
        var run = Both.Fails("task", new { x = 1 }, "Error").Call("task").Fails("plan", new { x = 1 }, "Error").Call("plan").Fails("use", new { x = 1 }, "Error").Call("use");

        var references = run.AllEpisodes.Select(e => EpisodeSplitter.ReferenceOf("t", "library", e)).ToList();

        references.Select(r => r.FamilyId).ShouldBeUnique();
        references.Select(r => r.EvidenceId).ShouldBeUnique();
        references.Select(r => r.FamilyId).ShouldContain("library.plan.task");
        references.Select(r => r.FamilyId).ShouldContain("library.use.task");
        references.Select(r => r.FamilyId).ShouldContain("library.task");
    }
}
