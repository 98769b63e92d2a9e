using Pipeline.Domain.Tests.Curation;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Tests.Episodes;

public sealed class EpisodeSplitterTests
{
    [Fact]
    public void A_run_without_a_call_has_no_episode() =>
        ARun.Of("1").User("Are you open?").Agent("Yes").UserCalls("ring_bell").Episodes.ShouldBeEmpty();

    [Fact]
    public void A_run_that_changes_nothing_is_one_answer_with_all_its_calls()
    {
        var episode = ARun.Of("1").User("When is my novel due? It is L-1001.").Call("get_loan", new { loan_id = "L-1001" }).Call("get_hours").Episodes.ShouldHaveSingleItem();

        episode.Effect.ShouldBe(Episode.Answer);
        episode.Calls.Select(c => c.Tool).ShouldBe(["get_loan", "get_hours"]);
        episode.OtherEffects.ShouldBeEmpty();
        episode.EffectCalls.ShouldBeEmpty();
    }

    [Fact]
    public void Each_changing_tool_has_one_episode_that_knows_of_the_others()
    {
        var episodes = ARun.Of("1").User("Hello").Call("renew_loan", new { id = "L-1001" }).Call("pay_fine", new { id = "F-2002" }).Call("renew_loan", new { id = "L-1003" }).Episodes;

        episodes.Select(e => (e.Effect, e.Calls.Count, Others: string.Join(',', e.OtherEffects))).ShouldBe([("renew_loan", 2, "pay_fine"), ("pay_fine", 1, "renew_loan")]);
        episodes.Select(e => (e.FirstStep, e.LastStep)).ShouldBe([(2, 4), (3, 3)]);
    }

    [Fact]
    public void An_episode_keeps_what_produced_its_values_and_what_that_needed_and_leaves_the_rest_out()
    {
        var run = ARun.Of("1").User("I am ada@library.test")
            .Call("get_hours", null, "9 to 17")
            .Call("find_reader", new { email = "ada@library.test" }, new { id = "R-17" })
            .Call("list_events", new { month = "2024-05" }, "[]")
            .Call("list_loans", new { reader_id = "R-17" }, new[] { "L-1001", "L-1002" })
            .Call("get_room", new { room = "B-2000" }, "free")
            .Call("renew_loan", new { loan_id = "L-1001" }, "ok");

        run.Episodes.ShouldHaveSingleItem().Calls.Select(c => c.Tool).ShouldBe(["find_reader", "list_loans", "renew_loan"]);
    }

    [Fact]
    public void Reads_of_the_same_thing_belong_to_the_episode_though_nothing_was_taken_from_them() => ARun.Of("1")
        .User("Renew L-1001 for me, I am in a hurry").Call("get_loan", new { loan_id = "L-1001" }, new { status = "borrowed" })
        .Call("get_loan", new { loan_id = "L-2002" }, new { status = "lost" }).Call("renew_loan", new { loan_id = "L-1001" })
        .Episodes.ShouldHaveSingleItem().Calls.Select(c => c.Index).ShouldBe([0, 2]);

    [Fact]
    public void Reads_of_what_a_kept_call_was_about_belong_to_the_episode_too() => ARun.Of("1")
        .User("I am reader R-17-4").Call("get_reader", new { reader_id = "R-17-4" }, "a good reader").Call("list_loans", new { reader_id = "R-17-4" }, new[] { "L-1001" })
        .Call("renew_loan", new { loan_id = "L-1001" })
        .Episodes.ShouldHaveSingleItem().Calls.Select(c => c.Tool).ShouldBe(["get_reader", "list_loans", "renew_loan"]);

    [Fact]
    public void A_look_up_that_answers_with_what_the_user_had_said_makes_sure_of_it_and_belongs_to_the_episode() => ARun.Of("1")
        .User("I am reader-77, Ada Lovelace. Please renew L-7001.")
        .Call("find_reader", new { name = "Ada Lovelace" }, "reader-77").Call("get_weather", new { place = "here" }, "sunny")
        .Call("get_reader", new { reader_id = "reader-77" }, new { loans = new[] { "L-7001" } }).Call("renew_loan", new { reader_id = "reader-77", loan_id = "L-7001" }, "renewed")
        .Episodes.Single().Calls.Select(c => c.Tool).ShouldBe(["find_reader", "get_reader", "renew_loan"]);

    [Fact]
    public void Reads_after_the_effect_are_no_part_of_it() => ARun.Of("1")
        .User("Renew L-1001").Call("renew_loan", new { loan_id = "L-1001" }).Call("get_loan", new { loan_id = "L-1001" })
        .Episodes.ShouldHaveSingleItem().Calls.Select(c => c.Tool).ShouldBe(["renew_loan"]);

    [Fact]
    public void Another_effect_on_the_same_thing_is_another_episode_unless_its_result_was_needed()
    {
        var onTheSame = ARun.Of("1").User("L-1001").Call("pay_fine", new { loan_id = "L-1001" }).Call("renew_loan", new { loan_id = "L-1001" }).Episodes;
        onTheSame.Select(e => string.Join(',', e.Calls.Select(c => c.Tool))).ShouldBe(["pay_fine", "renew_loan"]);

        var needed = ARun.Of("1").User("Hello").Call("create_card", null, new { card = "C-9001" }).Call("renew_loan", new { card = "C-9001" }).Episodes;
        needed.Select(e => string.Join(',', e.Calls.Select(c => c.Tool))).ShouldBe(["create_card", "create_card,renew_loan"]);
    }

    [Fact]
    public void An_effect_that_takes_its_values_from_nowhere_rests_on_all_that_was_looked_up_before_it()
    {
        var run = ARun.Of("1").User("I am reader R-17-4").Call("get_reader", new { reader_id = "R-17-4" }).Call("pay_fine", new { reader_id = "R-17-4" }).Call("get_hours");

        run.Call("hand_over", new { summary = "wants to pay less" }).Call("get_room").Episodes[1].Calls.Select(c => c.Tool).ShouldBe(["get_reader", "get_hours", "hand_over"]);
        run.Call("hand_over", new { reader_id = "R-17-4" }).Episodes[1].Calls.Select(c => c.Tool).ShouldBe(["get_reader", "hand_over"]);
        ARun.Of("1").User("Loan L-1001").Call("get_hours").Call("renew_loan", new { loan_id = "L-1001" }).Episodes[0].Calls.Select(c => c.Tool).ShouldBe(["renew_loan"]);
    }

    [Fact]
    public void What_was_said_until_the_effect_goes_with_it() => ARun.Of("1")
        .User("Hi").User("Renew my loan").Call("renew_loan").User("Pay my fine").Call("pay_fine").User("Thanks")
        .Episodes.Select(e => string.Join('|', e.Said)).ShouldBe(["Hi|Renew my loan", "Hi|Renew my loan|Pay my fine"]);

    [Fact]
    public void A_users_turn_between_the_last_look_up_and_the_effect_confirms_it()
    {
        var looked = ARun.Of("1").User("Please renew my loan L-1001 now").Call("get_loan", new { loan_id = "L-1001" });

        Confirmed(looked.Agent("Shall I?").User("Yes").Call("renew_loan", new { loan_id = "L-1001" })).ShouldBeTrue();
        Confirmed(looked.Call("renew_loan", new { loan_id = "L-1001" })).ShouldBeFalse();
        Confirmed(looked.User("Yes").Call("get_loan", new { loan_id = "L-1001" }).Call("renew_loan", new { loan_id = "L-1001" })).ShouldBeFalse();
        Confirmed(looked.Call("renew_loan", new { loan_id = "L-1001" }).User("Thanks")).ShouldBeFalse();
    }

    [Fact]
    public void What_the_user_came_with_confirms_nothing()
    {
        Confirmed(ARun.Of("1").Agent("How can I help?").User("Please renew my loan L-1001 now").Call("renew_loan")).ShouldBeFalse();
        Confirmed(ARun.Of("1").User("Hi").Agent("Hello?").User("Please renew my loan L-1001 now").Call("renew_loan")).ShouldBeFalse();
        Confirmed(ARun.Of("1").User("Renew it").Call("renew_loan")).ShouldBeFalse();
        Confirmed(ARun.Of("1").User("Please renew my loan L-1001 now").Agent("Sure?").User("Yes").Call("renew_loan")).ShouldBeTrue();
    }

    [Fact]
    public void What_was_asked_is_the_first_thing_said_that_is_more_than_a_greeting() => ARun.Of("1")
        .User("Good morning").Agent("Good morning").User("I would like to renew my loan").User("And another much longer thing").Call("renew_loan")
        .Episodes[0].Asked.ShouldBe("I would like to renew my loan");

    [Fact]
    public void What_is_declared_read_only_wins_over_the_verb()
    {
        var run = ARun.Of("1").User("Hello").Call("get_and_forget", new { id = "L-1001" }).Call("run_report", new { id = "L-1001" });

        run.Episodes.Select(e => e.Effect).ShouldBe(["run_report"]);
        run.Declares("get_and_forget", readOnly: false).Declares("run_report", readOnly: true).Episodes.Select(e => e.Effect).ShouldBe(["get_and_forget"]);
        run.Declares("get_and_forget", readOnly: null).Episodes.Select(e => e.Effect).ShouldBe(["run_report"]);
    }

    [Fact]
    public void Tools_whose_names_differ_in_style_only_are_one_effect_of_a_run()
    {
        var episodes = ARun.Of("1").User("Hello").Call("renew_loan").Call("renewLoan").Call("Renew-Loan").Episodes;

        episodes.Select(e => e.Effect).ShouldBe(["renew_loan"]);
        episodes.Select(e => EpisodeSplitter.ReferenceOf("t", "library", e).EvidenceId).Distinct().Count().ShouldBe(episodes.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\n## Heading")]
    [InlineData("貸出を延長")]
    [InlineData("\u202egnp.exe")]
    [InlineData("\ud83d")]
    public void A_tool_with_an_odd_name_has_its_episode(string tool)
    {
        var episode = ARun.Of("1").User("Hello").Call(tool, new { id = "L-1001" }).Episodes.ShouldHaveSingleItem();

        episode.Effect.ShouldBe(tool);
        var reference = EpisodeSplitter.ReferenceOf("t", "library", episode);
        reference.FamilyId.ShouldMatch("^library\\.[a-z0-9-]{1,64}$");
    }

    [Fact]
    public void Five_thousand_steps_with_many_arguments_split()
    {
        var steps = ARun.Of("1").User("Start with the item I-0");
        for (var i = 1; i <= 5_000; i++)
        {
            var arguments = Enumerable.Range(0, 20).ToDictionary(a => $"argument_{a}", a => $"V-{i * 31 % 997}-{a}-{i}");
            if (i % 2 == 0) steps = steps.User(new string('v', 150) + $" V-{i} and V-{i % 997}-{i}");
            steps = steps.Call(i % 100 == 0 ? "renew_loan" : "get_loan", arguments, new { id = $"V-{(i + 1) * 31 % 997}-3-{i + 1}" });
        }

        steps.Episodes.ShouldHaveSingleItem().Calls.Count.ShouldBeGreaterThan(50);
    }

    [Fact]
    public void Thousands_of_changing_tools_in_one_run_split()
    {
        var run = ARun.Of("1").User("Do it all");
        for (var i = 0; i < 3_000; i++) run = run.Call($"{(i % 2 == 0 ? "set" : "get")}_{i}", new { id = $"L-{i / 2}" });

        run.Episodes.Count.ShouldBe(1_500);
    }

    private static bool Confirmed(ARun run) => run.Episodes.Single(e => e.Effect == "renew_loan").Confirmed;
}
