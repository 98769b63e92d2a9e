using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Composing.Plans;
using static Pipeline.Domain.Tests.Curation.Plans.SomePlans;

namespace Pipeline.Domain.Tests.Curation.Plans;

public sealed class PlanMinerTests
{
    [Fact]
    public void Effects_that_several_tasks_do_together_make_a_plan()
    {
        var plan = Mine(Many(4, PaidThenRenewed));

        plan.Together.ShouldBe([new("pay_fine", "renew_loan", 4)]);
        plan.Effects.ShouldBe(["pay_fine", "renew_loan"]);
        plan.Start.SelectMany(s => s.Tools).Select(t => t.Tool).ShouldBe(["find_reader", "get_loan"]);
        plan.AsksFirst.ShouldBeTrue();
    }

    [Fact]
    public void What_only_one_task_or_too_few_did_together_is_no_plan()
    {
        PlanMiner.Mine("library", Many(2, PaidThenRenewed), AFamily.Default).ShouldBeNull();
        PlanMiner.Mine("library", [.. Enumerable.Range(1, 5).Select(n => Start(n).Pay(n).Renew(n).ForTask("one").MinedPlan())], AFamily.Default).ShouldBeNull();
        PlanMiner.Mine("library", [.. Enumerable.Range(1, 5).Select(n => Start(n).Pay(n).Call($"send_{n}", new { n }).MinedPlan())], AFamily.Default).ShouldBeNull();
    }

    [Fact]
    public void An_order_that_five_tasks_keep_is_a_rule_and_one_that_four_keep_may_be_chance()
    {
        Mine(Many(5, PaidThenRenewed)).Orders.ShouldBe([new("pay_fine", "renew_loan", "loan_id", 5, 5)]);
        Mine(Many(4, PaidThenRenewed)).Orders.ShouldBeEmpty();
        Mine([.. Many(5, PaidThenRenewed), .. Many(2, RenewedThenPaid, from: 20)]).Orders.ShouldBeEmpty();
    }

    [Fact]
    public void Runs_of_one_task_are_one_vote_for_an_order()
    {
        var runs = Enumerable.Range(1, 8).Select(n => Start(n).Pay(n).Renew(n).ForTask($"task-{n % 4}").MinedPlan());

        Mine([.. runs]).Orders.ShouldBeEmpty();
    }

    [Fact]
    public void Calls_of_one_step_have_no_order()
    {
        var runs = Enumerable.Range(1, 8).Select(n => Start(n)
            .Together(ARun.Made("pay_fine", new { loan_id = $"L-{7000 + n}" }, "paid"), ARun.Made("renew_loan", new { loan_id = $"L-{7000 + n}" }, "renewed")).MinedPlan());

        Mine([.. runs]).Orders.ShouldBeEmpty();
    }

    [Fact]
    public void An_effect_that_takes_what_another_returned_comes_after_it_whatever_is_usual()
    {
        // Some close a case without a payment, and early; where there was one, the receipt is what the case is closed with.
        var without = Enumerable.Range(20, 4).Select(n => Start(n).Call("close_case", new { loan_id = $"L-{7000 + n}" }, "closed").Renew(n).Pay(n).MinedPlan());
        var with = Enumerable.Range(1, 4).Select(n => Start(n).Pay(n).Call("close_case", new { receipt = $"P-{3000 + n}" }, "closed").MinedPlan());

        var plan = Mine([.. without, .. with]);

        plan.Supplies.ShouldBe([new("pay_fine", "receipt", "close_case", "receipt")]);
        plan.Effects.ShouldBe(["pay_fine", "close_case", "renew_loan"]);
    }

    [Fact]
    public void A_field_with_another_value_for_each_effect_says_which_can_be_done()
    {
        var runs = Enumerable.Range(1, 4).Select(n => ARun.Of(n).User("Please see to both of my loans, the old and the new one")
            .Call("get_loan", new { loan_id = $"L-{7000 + n}" }, new { status = "overdue", title = $"Novel {n}" })
            .Call("get_loan", new { loan_id = $"L-{8000 + n}" }, new { status = "ready", title = $"Atlas {n}" })
            .Call("pay_fine", new { loan_id = $"L-{7000 + n}" }, "paid").Call("send_book", new { loan_id = $"L-{8000 + n}" }, "sent").MinedPlan());

        var choice = Mine([.. runs]).Choices.ShouldHaveSingleItem();

        (choice.Tool, choice.Path).ShouldBe(("get_loan", "status"));
        choice.Values.Select(v => (v.Value, string.Join(' ', v.Effects))).ShouldBe([("overdue", "pay_fine"), ("ready", "send_book")]);
    }

    [Fact]
    public void What_was_refused_after_another_effect_on_the_same_thing_is_told_of()
    {
        var locked = Enumerable.Range(30, 3).Select(n => Start(n).Renew(n).Fails("pay_fine", new { loan_id = $"L-{7000 + n}" }, $"Error: loan L-{7000 + n} is closed").Failed().MinedPlan());

        var pitfall = Mine([.. Many(4, PaidThenRenewed), .. locked]).Pitfalls.ShouldHaveSingleItem();

        pitfall.Text.ShouldStartWith("After `renew_loan`, `pay_fine` on the same thing is refused with `Error: loan … is closed`");
        pitfall.Seen.ShouldBe(3);
        pitfall.EvidenceIds.ShouldBe(["e-030", "e-031", "e-032"]);
    }

    [Fact]
    public void A_refusal_that_was_got_over_locks_nothing_out()
    {
        var runs = Enumerable.Range(30, 3).Select(n => Start(n).Renew(n).Fails("pay_fine", new { loan_id = $"L-{7000 + n}" }, "Error: busy").Pay(n).Failed().MinedPlan());

        Mine([.. Many(4, PaidThenRenewed), .. runs]).Pitfalls.ShouldNotContain(p => p.Text.Contains("busy"));
    }

    [Fact]
    public void The_order_that_failing_runs_had_is_warned_of()
    {
        var runs = Enumerable.Range(30, 4).Select(n => Start(n).Renew(n).Pay(n).Failed().MinedPlan());

        var pitfalls = Mine([.. Many(6, PaidThenRenewed), .. runs]).Pitfalls;

        pitfalls.ShouldHaveSingleItem().Text.ShouldBe("Not `renew_loan` before `pay_fine`: 4 of 4 failed runs did so, and 0 of 6 that went well.");
    }

    [Fact]
    public void A_circle_of_orders_ends_in_some_order()
    {
        string[] circle = ["act_a", "act_b", "act_c"];
        var runs = Enumerable.Range(0, 18).Select(n => ARun.Of(n).User("Please do these two things for me")
            .Call(circle[n % 3], new { n = $"T-{1000 + n}" }).Call(circle[(n + 1) % 3], new { n = $"T-{1000 + n}" }).MinedPlan());

        Mine([.. runs]).Effects.Order().ShouldBe(circle);
    }

    private static Plan Mine(IReadOnlyList<MinedEpisode> episodes) => PlanMiner.Mine("library", episodes, AFamily.Default).ShouldNotBeNull();
}
