using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Composing.Plans;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Tests.Curation.AFamily;
using static Pipeline.Domain.Tests.Curation.Plans.SomePlans;

namespace Pipeline.Domain.Tests.Curation.Plans;

public sealed class PlanCurationTests
{
    private static readonly AFamily Empty = new("task") { Kind = SkillKind.Plan };

    [Fact]
    public void A_family_of_whole_tasks_gets_a_plan()
    {
        var family = Empty.Learn(Many(3, PaidThenRenewed));

        (family.Skill.Kind, family.Skill.Lifecycle).ShouldBe((SkillKind.Plan, Lifecycle.Active));
        family.Text.ShouldContain("pay fine (skill `library-pay-fine`)");
        family.Skill.Current!.Number.ShouldBe(1);
    }

    [Fact]
    public void Whole_tasks_that_have_nothing_in_common_are_kept_with_that_reason() =>
        Kept(Empty.Admit(Many(4, n => Start(n).Call($"act_{n}", new { n = $"T-{n}" }).Call($"make_{n}", new { n = $"T-{n}" }).MinedPlan())), "nothing-to-say");

    [Fact]
    public void An_order_that_shows_with_more_evidence_improves_the_plan()
    {
        var family = Empty.Learn(Many(12, PaidThenRenewed));

        family.Skill.Current!.Number.ShouldBeGreaterThan(1);
        family.Text.ShouldContain("## Order");
    }

    [Fact]
    public void An_order_that_turned_round_is_another_text()
    {
        var section = new SkillSection(PlanWriter.OrderSection, "- `a` before `b`: so in 5 of 5 tasks that did both.");

        Domain.Curation.Revision.SaysTheSame([section], [section with { Text = "- `b` before `a`: so in 5 of 5 tasks that did both." }]).ShouldBeFalse();
        Domain.Curation.Revision.SaysTheSame([section], [section with { Text = "- `a` before `b`: so in 9 of 9 tasks that did both." }]).ShouldBeTrue();
    }

    [Fact]
    public void Whatever_the_runs_did_and_in_whatever_order_they_came_the_plan_is_the_same_to_the_byte() => Prop.ForAll(
        Arb.From(from runs in Acts.ListOf(6).ListOf(14)
                 from order in Gen.Shuffle(Enumerable.Range(0, 14).ToArray())
                 select (Runs: runs, Order: order)),
        x =>
        {
            var episodes = x.Runs.Select((acts, n) => Run(n, [.. acts])).OfType<MinedEpisode>().ToList();
            var shuffled = x.Order.Where(i => i < episodes.Count).Select(i => episodes[i]).ToList();

            Write(shuffled).ShouldBe(Write(episodes));
        }).Check(Properties.Config(300));

    private static string? Write(IReadOnlyList<MinedEpisode> episodes) =>
        KindMiner.Write(Family.None with { Id = "f", Environment = "library", Effect = "task", Kind = SkillKind.Plan }, "library-plan", episodes, Default)?.Markdown();

    private static readonly Gen<(string Tool, int Thing, bool Fails)> Acts =
        from tool in Gen.Elements("get_a", "get_b", "do_a", "do_b", "do_c", "do_d")
        from thing in Gen.Choose(0, 2)
        from fails in Gen.Frequency((5, Gen.Constant(false)), (1, Gen.Constant(true)))
        select (tool, thing, fails);

    // Null where the run has fewer than two effects.
    private static MinedEpisode? Run(int n, IReadOnlyList<(string Tool, int Thing, bool Fails)> acts)
    {
        var run = ARun.Of(n).User("Please see to all of my things at once").ForTask($"task-{n % 9}");
        foreach (var (tool, thing, fails) in acts)
        {
            var named = new { thing = $"T{thing}-{1000 + n}" };
            run = fails ? run.Fails(tool, named, "Error: locked") : run.Call(tool, named, new { state = thing == 0 ? "open" : "closed", next = $"T{(thing + 1) % 3}-{1000 + n}" });
        }
        if (n % 4 == 3) run = run.Failed();
        return run.AllEpisodes.Any(e => e.Kind == SkillKind.Plan) ? run.MinedPlan() : null;
    }
}
