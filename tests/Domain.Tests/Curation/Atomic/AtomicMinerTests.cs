using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Composing.Atomic;

namespace Pipeline.Domain.Tests.Curation.Atomic;

/// <summary>A reservation desk: it refuses ids without their prefix, and long stays without a permit.</summary>
public sealed class AtomicMinerTests
{
    private const string Reserve = "reserve_room";

    [Fact]
    public void A_value_that_worked_in_another_form_says_which()
    {
        var error = Mine(Many(3, n => Asks(n).Fails(Reserve, new { room = $"{1000 + n}" }, "Error: no such room").Call(Reserve, new { room = $"RM-{1000 + n}" }, "reserved")))
            .Errors.ShouldHaveSingleItem();

        error.Message.ShouldBe("Error: no such room");
        error.Remedy.ShouldBe("the call again with `room` as `RM-`, then 4 digits, not 4 digits");
        (error.Runs, error.Helped).ShouldBe((3, 3));
    }

    [Fact]
    public void What_was_fetched_and_given_as_well_is_told_with_its_field()
    {
        var error = Mine(Many(3, n => Asks(n).Fails(Reserve, new { room = $"RM-{1000 + n}" }, "Error: a permit is required")
            .Call("get_permit", new { room = $"RM-{1000 + n}" }, new { permit_id = $"PM-{700 + n}" })
            .Call(Reserve, new { room = $"RM-{1000 + n}", permit = $"PM-{700 + n}" }, "reserved"))).Errors.ShouldHaveSingleItem();

        error.Remedy.ShouldBe("`get_permit`, then the call again with `permit` as well from `permit_id`");
    }

    [Fact]
    public void Another_tool_that_did_instead_and_the_same_call_once_more_are_remedies_too()
    {
        Mine(Many(3, n => Asks(n).Fails(Reserve, new { room = $"RM-{1000 + n}" }, "Error: closed").Call("call_porter", new { n }, "done")))
            .Errors.ShouldHaveSingleItem().Remedy.ShouldBe("`call_porter` instead");
        Mine(Many(3, n => Asks(n).Fails(Reserve, new { room = $"RM-{1000 + n}" }, "Error: busy").Call(Reserve, new { room = $"RM-{1000 + n}" }, "done")))
            .Errors.ShouldHaveSingleItem().Remedy.ShouldBe("the same call again");
    }

    [Fact]
    public void What_helped_in_one_task_only_is_no_remedy_and_an_error_of_one_task_is_nobody_elses()
    {
        AtomicMiner.Mine("inn", Reserve, Many(3, n => Asks(n).Fails(Reserve, new { room = $"RM-{n}" }, "Error: closed").Call($"act_{n}", new { n }, "done"))).ShouldBeNull();
        AtomicMiner.Mine("inn", Reserve, [.. Enumerable.Range(1, 5)
            .Select(n => Asks(n).Fails(Reserve, new { room = "RM-1" }, "Error: closed").Call("call_porter").ForTask("one").MinedTool(Reserve))]).ShouldBeNull();
    }

    [Fact]
    public void Another_value_without_a_reason_is_not_worth_a_skill() =>
        AtomicMiner.Mine("inn", Reserve, Many(4, n => Asks(n).Fails(Reserve, new { room = $"RM-{1000 + n}" }, "Error: taken").Call(Reserve, new { room = $"RM-{2000 + n}" }, "reserved")))
            .ShouldBeNull();

    [Fact]
    public void A_state_that_tells_when_the_call_works_is_to_be_looked_at_first()
    {
        var error = Mine(Many(4, n => Asks(n)
            .Call("get_room", new { room = $"RM-{1000 + n}" }, new { state = "locked" }).Fails(Reserve, new { room = $"RM-{1000 + n}" }, "Error: refused")
            .Call("get_room", new { room = $"RM-{300 + n}" }, new { state = "open" }).Call(Reserve, new { room = $"RM-{300 + n}" }, "reserved"))).Errors.ShouldHaveSingleItem();

        error.Checks.ShouldBe([new("get_room", "state", "open")]);
    }

    [Fact]
    public void Arguments_are_told_by_form_by_choice_and_by_whether_they_are_needed()
    {
        var use = Mine(Many(6, n =>
        {
            object given = n % 3 == 0 ? new { room = $"RM-{1000 + n}", kind = n % 2 == 0 ? "single" : "double", permit = $"PM-{700 + n}" } : new { room = $"RM-{1000 + n}", kind = n % 2 == 0 ? "single" : "double" };
            return Asks(n).Fails(Reserve, given, "Error: busy").Call(Reserve, given, "reserved");
        }));

        use.Arguments.Select(a => (a.Path, a.Form, string.Join('|', a.Values), a.Sometimes)).ShouldBe(
            [("room", "`RM-`, then 4 digits", "", false), ("kind", "", "double|single", false), ("permit", "", "", true)]);
    }

    [Fact]
    public void It_reads_as_a_person_would_tell_it()
    {
        var episodes = Many(3, n => Asks(n).Fails(Reserve, new { room = $"{1000 + n}" }, "Error: no such room").Call(Reserve, new { room = $"RM-{1000 + n}" }, "reserved"));

        AtomicWriter.Write("inn-use-reserve-room", Mine(episodes)).Markdown().ShouldBe(
            """
            ---
            name: inn-use-reserve-room
            description: "How to call reserve_room (inn): how its arguments look, which errors it answers with, and what helps then."
            ---

            # Using `reserve_room` (inn)

            ## When to use

            Before `reserve_room` is called, and when it answers with an error.

            ## Arguments

            - `room`: `RM-`, then 4 digits.

            ## Pitfalls

            - `reserve_room` can answer `Error: no such room`. What helped: the call again with `room` as `RM-`, then 4 digits, not 4 digits (3 of 3 runs).

            """.ReplaceLineEndings("\n"));
    }

    private static ARun Asks(int n) => ARun.Of(n).User("Please reserve a quiet room for my guests").In("inn");

    private static IReadOnlyList<MinedEpisode> Many(int count, Func<int, ARun> run) => [.. Enumerable.Range(1, count).Select(n => run(n).MinedTool(Reserve))];

    private static ToolUse Mine(IReadOnlyList<MinedEpisode> episodes) => AtomicMiner.Mine("inn", Reserve, episodes).ShouldNotBeNull();
}
