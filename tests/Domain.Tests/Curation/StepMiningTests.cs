using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Trajectories.Episodes;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation;

public sealed class StepMiningTests
{
    private static readonly CurationPolicy Policy = new() { Id = "default", Version = 1 };

    [Fact]
    public void What_most_runs_do_are_the_steps_and_the_effect_is_the_last() =>
        Lines(Renewals(5)).ShouldBe(["find_reader", "get_loan", "renew_loan"]);

    [Fact]
    public void Two_ways_to_find_the_same_are_alternatives_of_one_step()
    {
        var episodes = Renewals(6).Concat(Enumerable.Range(7, 4).Select(n => Renewal(n, "find_reader_by_name").Mined(Renew))).ToList();

        Lines(episodes).ShouldBe(["find_reader|find_reader_by_name", "get_loan", "renew_loan"]);
    }

    [Fact]
    public void A_way_that_is_much_rarer_than_the_usual_one_is_told_of_apart()
    {
        var episodes = Renewals(6).Concat(Enumerable.Range(7, 2).Select(n => Renewal(n, "find_reader_by_name").Mined(Renew))).ToList();

        Mine(episodes).Select(s => (string.Join('|', s.Tools.Select(t => t.Tool)), s.Sometimes))
            .ShouldBe([("find_reader", false), ("find_reader_by_name", true), ("get_loan", false), ("renew_loan", false)]);
    }

    [Fact]
    public void Two_look_ups_that_meet_in_most_runs_are_two_steps()
    {
        var episodes = Enumerable.Range(1, 6).Select(n => ARun.Of(n).User("Hello")
            .Call("find_reader", null, new { id = $"R-{1000 + n}" }).Call("find_card", null, new { id = $"R-{1000 + n}", card = $"C-{n + 2000}" })
            .Call(Renew, new { reader_id = $"R-{1000 + n}", card = $"C-{n + 2000}" }).Mined(Renew)).ToList();

        Lines(episodes).ShouldBe(["find_reader", "find_card", "renew_loan"]);
    }

    [Theory]
    [InlineData(10, "find_fines!,renew_loan")]
    [InlineData(5, "find_fines?,renew_loan")]
    [InlineData(1, "renew_loan")]
    public void A_step_that_some_runs_need_is_told_of_as_that_and_a_rare_one_not_at_all(int runsWith, string steps)
    {
        var episodes = Enumerable.Range(1, 10).Select(n => n <= runsWith
            ? ARun.Of(n).User("Hello").Call("find_fines", new { loan = $"L-{n + 1000}" }).Call(Renew, new { loan = $"L-{n + 1000}" }).Mined(Renew)
            : ARun.Of(n).User("Hello").Call(Renew, new { loan = $"L-{n + 1000}" }).Mined(Renew)).ToList();

        string.Join(',', Mine(episodes).Select(s => s.Tools[0].Tool + (s.Tools[0].Tool == Renew ? "" : s.Sometimes ? "?" : "!"))).ShouldBe(steps);
    }

    [Fact]
    public void A_tool_that_only_failed_is_no_step() => Lines([.. Enumerable.Range(1, 4).Select(n => ARun.Of(n).User("Hello")
        .Fails("find_loan", new { loan = $"L-{n + 1000}" }, "Error").Call(Renew, new { loan = $"L-{n + 1000}" }).Mined(Renew))]).ShouldBe(["renew_loan"]);

    [Fact]
    public void An_answer_has_no_effect_step() => StepMining.Mine(Episode.Answer,
        [.. Enumerable.Range(1, 3).Select(n => ARun.Of(n).User("Hello").Call("get_hours").Mined(Episode.Answer))], Policy)
        .SelectMany(s => s.Tools).Select(t => t.Tool).ShouldBe(["get_hours"]);

    [Fact]
    public void A_step_comes_after_what_it_takes_its_values_from_even_where_another_two_need_each_other()
    {
        // In most runs get_shelf is called first, without its value; what it takes its value from is part of a circle.
        var episodes = Enumerable.Range(1, 6).Select(n =>
        {
            var (a, b, c) = ($"A-{1000 + n}", $"B-{1000 + n}", $"C-{1000 + n}");
            return ARun.Of(n).User("Hello")
                .Call("get_shelf", new { about = a }, "nothing")
                .Call("find_copy", null, new { first = a, shelf = c }).Call("find_title", new { from = a }, new { second = b })
                .Call("find_copy", new { from = b }).Call("get_shelf", new { shelf = c }, new { last = $"D-{1000 + n}" })
                .Call(Renew, new { a, b, c, d = $"D-{1000 + n}" }).Mined(Renew);
        }).ToList();

        Lines(episodes).ShouldBe(["find_copy", "get_shelf", "find_title", "renew_loan"]);
    }

    [Fact]
    public void Steps_that_stand_at_the_same_place_on_average_do_so_whatever_the_order_of_the_runs()
    {
        // At 0.1, 0.2, 0.3 and at 0.2, 0.3, 0.1: as doubles the two sums differ.
        string[][] orders = [["get_c", "get_b", "get_a"], ["get_a", "get_c", "get_b"], ["get_b", "get_a", "get_c"]];
        var episodes = orders.Select((order, n) => new[] { "get_first" }.Concat(order).Concat(Enumerable.Range(4, 6).Select(i => $"list_{i}"))
            .Aggregate(ARun.Of(n).User("Hello"), (run, tool) => run.Call(tool, new { loan = $"L-{1000 + n}" })).Call(Renew, new { loan = $"L-{1000 + n}" }).Mined(Renew)).ToList();

        foreach (var order in new int[][] { [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0] })
            Lines([.. order.Select(i => episodes[i])]).Take(4).ShouldBe(["get_first", "get_a", "get_b", "get_c"]);
    }

    [Fact]
    public void However_many_tools_there_are_a_procedure_stays_one_that_can_be_followed()
    {
        var episodes = Enumerable.Range(1, 3).Select(n => Enumerable.Range(0, 2_000).Aggregate(ARun.Of(n).User("Hello"), (run, i) =>
            run.Call($"get_{i}", new { loan = $"L-{n + 1000}", same = $"S-{i}" }, new { s = $"S-{i + 1}" })).Call(Renew, new { loan = $"L-{n + 1000}" }).Mined(Renew)).ToList();

        Mine(episodes).Count.ShouldBeInRange(2, 40);
    }

    [Fact]
    public void In_any_procedure_nothing_comes_before_what_it_takes_its_values_from_unless_they_need_each_other() =>
        Prop.ForAll(SomeRuns.Families, episodes =>
        {
            var steps = Mine(episodes);
            steps[^1].Tools.ShouldHaveSingleItem().Tool.ShouldBe(Renew);
            var (needs, reaches) = (steps.ToDictionary(s => s, s => NeededBy(s, steps, episodes)), steps.ToDictionary(s => s, _ => new HashSet<ProcedureStep>()));
            foreach (var step in steps) Reach(step, reaches[step], needs);
            foreach (var (step, place) in steps.Select((s, i) => (s, i)))
                foreach (var needed in needs[step].Where(n => n != step && !reaches[n].Contains(step)))
                    steps.ToList().IndexOf(needed).ShouldBeLessThan(place, SomeRuns.Text(episodes));
        }).Check(Properties.Config(400));

    [Fact]
    public void Every_source_that_is_told_is_a_step_before() => Prop.ForAll(SomeRuns.Families, episodes =>
    {
        var before = new HashSet<string>();
        foreach (var step in Mine(episodes))
        {
            step.Tools.SelectMany(t => t.Arguments).SelectMany(a => a.Sources).OfType<ArgumentSource.Result>().ShouldAllBe(r => before.Contains(r.Tool));
            step.Tools.SelectMany(t => t.Arguments).ShouldAllBe(a => a.Sources.Count > 0);
            before.UnionWith(step.Tools.Select(t => t.Tool));
        }
    }).Check(Properties.Config());

    [Fact]
    public void Every_step_that_most_runs_make_is_there_once() => Prop.ForAll(SomeRuns.Families, episodes =>
    {
        var tools = Mine(episodes).SelectMany(s => s.Tools).Select(t => t.Tool).ToList();
        tools.ShouldBeUnique();
        foreach (var tool in episodes.SelectMany(e => e.Episode.Calls).Select(c => c.Tool).Distinct())
            if (MinedEpisode.Share(episodes, e => e.Calls.Any(c => c.Tool == tool && !c.Failed)) >= Policy.StepSupport) tools.ShouldContain(tool);
    }).Check(Properties.Config());

    private static void Reach(ProcedureStep from, HashSet<ProcedureStep> reached, Dictionary<ProcedureStep, List<ProcedureStep>> needs)
    {
        foreach (var next in needs[from].Where(reached.Add)) Reach(next, reached, needs);
    }

    // By the first source of each argument as it was mined, before what cannot be followed is left out.
    private static List<ProcedureStep> NeededBy(ProcedureStep step, IReadOnlyList<ProcedureStep> steps, IReadOnlyList<MinedEpisode> episodes) =>
        [.. step.Tools.SelectMany(t => ArgumentMining.Mine(t.Tool, episodes)).Select(a => a.Sources[0]).OfType<ArgumentSource.Result>()
            .SelectMany(r => steps.Where(s => s.Tools.Any(t => t.Tool == r.Tool))).Where(s => s.Tools[0].Tool != Renew)];

    private static IReadOnlyList<ProcedureStep> Mine(IReadOnlyList<MinedEpisode> episodes) => StepMining.Mine(Renew, episodes, Policy);

    private static IReadOnlyList<string> Lines(IReadOnlyList<MinedEpisode> episodes) =>
        [.. Mine(episodes).Select(s => string.Join('|', s.Tools.Select(t => t.Tool)))];
}
