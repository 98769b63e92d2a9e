using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Trajectories.Episodes;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation;

public sealed class PitfallMiningTests
{
    private static readonly CurationPolicy Policy = new() { Id = "default", Version = 1 };

    [Fact]
    public void An_error_is_told_with_the_call_that_helped()
    {
        var pitfalls = Mine([.. Enumerable.Range(1, 3).Select(n => ARun.Of(n).User("Hello")
            .Fails(Renew, new { id = $"L-{1000 + n}" }, $"Error: loan L-{1000 + n} has a fine of {n}.50\nat line 3")
            .Call("pay_fine", new { id = $"L-{1000 + n}" }).Call(Renew, new { id = $"L-{1000 + n}" }).Mined(Renew))]);

        pitfalls.ShouldHaveSingleItem().Text.ShouldBe("`renew_loan` can answer `Error: loan … has a fine of …`. What helped: `pay_fine`, then the call again.");
        pitfalls[0].EvidenceIds.ShouldBe(["e-001", "e-002", "e-003"]);
        pitfalls[0].Seen.ShouldBe(3);
    }

    [Fact]
    public void Where_nothing_came_between_what_was_different_in_the_call_helped() => Mine([.. Enumerable.Range(1, 2).Select(n => ARun.Of(n).User("Hello")
        .Fails(Renew, new { id = $"L-{1000 + n}", period = "a year" }, "Error: too long").Call(Renew, new { id = $"L-{1000 + n}", period = "a week" }).Mined(Renew))])
        .ShouldHaveSingleItem().Text.ShouldBe("`renew_loan` can answer `Error: too long`. What helped: another `period`.");

    [Fact]
    public void An_error_that_nothing_helped_against_says_no_more_than_that() => Mine(
        [.. Renewals(1), .. Enumerable.Range(2, 2).Select(n => ARun.Of(n).User("Hello").Fails(Renew, new { id = $"L-{1000 + n}" }, "Error: closed").Failed().Mined(Renew))])
        .Select(p => p.Text).ShouldContain("`renew_loan` can answer `Error: closed`.");

    [Fact]
    public void What_one_task_only_got_to_hear_is_not_told()
    {
        Mine([.. Renewals(3), ARun.Of(4).User("Hello").Fails(Renew, null, "Error: Ada Lovelace lives in Garden Street").Call(Renew).Mined(Renew)]).ShouldBeEmpty();
        Mine([.. Renewals(3), .. Enumerable.Range(4, 5).Select(n => ARun.Of(n).ForTask("one").User("Hello").Fails(Renew, null, "Error: Ada").Call(Renew).Mined(Renew))]).ShouldBeEmpty();
    }

    [Fact]
    public void What_was_asked_for_is_no_part_of_an_error()
    {
        string[] names = ["Ada Lovelace", "Grace Hopper", "Alan Turing"];
        var episodes = names.Select((name, i) => ARun.Of(i).User("Hello").Fails("find_reader", new { name, id = $"L-{1000 + i}" }, $"Error: nobody is called {name.ToUpperInvariant()}")
            .Call("find_reader", new { name = "x" + name, id = $"L-{1000 + i}" }).Call(Renew, new { id = $"L-{1000 + i}" }).Mined(Renew)).ToList();

        Mine(episodes).ShouldHaveSingleItem().Text.ShouldBe("`find_reader` can answer `Error: nobody is called …`. What helped: another `name`.");
    }

    [Fact]
    public void What_failing_runs_skip_and_good_ones_do_is_a_pitfall_from_two_failures_on()
    {
        const string Skipped = "Do not skip `get_loan`: 2 of 2 failed runs did so, and 0 of 4 that went well.";

        Mine([.. Renewals(4), Hasty(5), Hasty(6)]).Single(p => p.Text == Skipped).EvidenceIds.ShouldBe(["e-005", "e-006"]);
        Mine([.. Renewals(4), Hasty(5)]).ShouldBeEmpty();
        Mine([Hasty(5), Hasty(6)], steps: Renewals(4)).ShouldBeEmpty();
    }

    [Fact]
    public void What_good_runs_do_nearly_as_often_is_no_pitfall() =>
        Mine([.. Renewals(1), Good(7), Good(8), Good(9), Good(10), Hasty(5), Hasty(6)], steps: Renewals(4)).ShouldBeEmpty();

    [Fact]
    public void Acting_unasked_acting_twice_and_acting_elsewhere_are_told_of()
    {
        var failures = Enumerable.Range(5, 2).Select(n => Renewal(n) with { Id = $"f{n}" }).Select(r => r
            .Call(Renew, new { loan_id = "L-9999" }).Call("cancel_card", new { card = "C-1" }).Failed().Mined(Renew)).ToList();

        Mine([.. Renewals(4), .. failures]).Select(p => p.Text).ShouldBe(
        [
            "Make sure that the user really wants `cancel_card` as well: 2 of 2 failed runs did so, and 0 of 4 that went well.",
            "Think twice before calling `renew_loan` more than once: 2 of 2 failed runs did so, and 0 of 4 that went well.",
        ]);
        Mine([.. Renewals(4), Hasty(5), Hasty(6)]).Select(p => p.Text).ShouldContain(t => t.StartsWith("Do not act before the user has agreed", StringComparison.Ordinal));
    }

    [Fact]
    public void Who_only_asks_has_nothing_to_agree_to()
    {
        var asks = (int n) => ARun.Of(n).User("When are you open on Sundays?").Call("find_branch").Agent("Which one?").User("Any").Agent("?").User("Any").Call("get_hours");
        var good = Enumerable.Range(1, 4).Select(n => ARun.Of(n).User("When are you open on Sundays?").Agent("?").User("Any").Call("get_hours").Mined(Episode.Answer));
        var bad = Enumerable.Range(5, 3).Select(n => ARun.Of(n).User("When are you open on Sundays?").Call("get_hours").Failed().Mined(Episode.Answer));

        asks(1).Mined(Episode.Answer).Episode.Confirmed.ShouldBeTrue();
        PitfallMining.Mine(Episode.Answer, [], [.. good, .. bad]).ShouldBeEmpty();
    }

    [Fact]
    public void The_most_seen_come_first_and_there_are_few()
    {
        var episodes = Enumerable.Range(1, 10).SelectMany(kind => Enumerable.Range(1, kind + 1).Select(n => ARun.Of(kind * 100 + n).User("Hello")
            .Fails(Renew, new { id = $"L-{1000 + n}" }, $"Error: {new string((char)('a' + kind), 4)}").Call(Renew, new { id = $"L-{1000 + n}" }).Mined(Renew))).ToList();
        var pitfalls = Mine(episodes);

        pitfalls.Select(p => p.Seen).ShouldBe([11, 10, 9, 8, 7, 6]);
    }

    private static MinedEpisode Hasty(int n) => ARun.Of(n).User("Please renew my loan, it is urgent").Call(Renew, new { loan_id = $"L-{7000 + n}" }).Failed().Mined(Renew);

    private static MinedEpisode Good(int n) => ARun.Of(n).User("Please renew my loan, it is urgent").Call(Renew, new { loan_id = $"L-{7000 + n}" }).Mined(Renew);

    private static IReadOnlyList<Pitfall> Mine(IReadOnlyList<MinedEpisode> episodes, IReadOnlyList<MinedEpisode>? steps = null) =>
        PitfallMining.Mine(Renew, StepMining.Mine(Renew, steps ?? [.. episodes.Where(e => e.Succeeded)], Policy), episodes);
}
