using Pipeline.Domain.Curation.Composing;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation;

public sealed class ConditionMiningTests
{
    [Fact]
    public void A_state_that_what_was_left_alone_often_lacks_is_a_precondition() =>
        Preconditions(5, "returned").ShouldBe([new("get_loan", "status", "borrowed")]);

    [Fact]
    public void Without_contrast_there_is_no_precondition()
    {
        Preconditions(5, "borrowed").ShouldBeEmpty();
        ConditionMining.Preconditions(Renew, Renewals(9)).ShouldBeEmpty();
    }

    [Fact]
    public void Too_few_tasks_make_no_precondition()
    {
        Preconditions(4, "returned").ShouldBeEmpty();
        ConditionMining.Preconditions(Renew, [.. Enumerable.Range(1, 9).Select(n => LooksAtTwo(n, "returned").ForTask("the same").Mined(Renew))]).ShouldBeEmpty();
    }

    [Fact]
    public void Other_tasks_that_show_something_else_do_not_make_one_tasks_state_a_rule()
    {
        // Fifty runs of one task, and four that show another state: nine tenths of the reads, and one task.
        var episodes = Enumerable.Range(1, 50).Select(n => LooksAtTwo(n, "returned", status: "reserved for Ada").ForTask("the same"))
            .Concat(Enumerable.Range(51, 5).Select(n => LooksAtTwo(n, "returned"))).Select(r => r.Mined(Renew)).ToList();

        ConditionMining.Preconditions(Renew, episodes).ShouldBeEmpty();
        ConditionMining.Checks(Renew, [.. Enumerable.Range(1, 50).Select(n => Ends(n, "done for Ada").ForTask("the same").Mined(Renew)), .. Renewals(3, from: 51)]).ShouldBeEmpty();
    }

    [Fact]
    public void Ids_amounts_and_sentences_are_no_state() => ConditionMining.Preconditions(Renew, [.. Enumerable.Range(1, 8).Select(n =>
        Looks(n, new { price = 12.5, code = "A-1", note = "This one is often asked for, and people do like it." }, new { price = 10, code = "B-2", note = "No." }).Mined(Renew))]).ShouldBeEmpty();

    [Fact]
    public void What_the_effect_shows_that_was_different_before_is_a_check() =>
        ConditionMining.Checks(Renew, Renewals(3)).ShouldBe([new(Renew, "status", "renewed")]);

    [Fact]
    public void What_was_so_before_or_differs_from_run_to_run_is_no_check()
    {
        ConditionMining.Checks(Renew, [.. Enumerable.Range(1, 6).Select(n => Ends(n, "borrowed").Mined(Renew))]).ShouldBeEmpty();
        ConditionMining.Checks(Renew, [.. Enumerable.Range(1, 6).Select(n => Ends(n, n % 2 == 0 ? "renewed" : "extended").Mined(Renew))]).ShouldBeEmpty();
        ConditionMining.Checks(Renew, [.. Enumerable.Range(1, 6).Select(n => ARun.Of(n).User("Hello").Call(Renew, new { id = $"L-{1000 + n}" }).Mined(Renew))]).ShouldBeEmpty();
    }

    [Fact]
    public void Two_tasks_are_too_few_for_a_check() => ConditionMining.Checks(Renew, Renewals(2)).ShouldBeEmpty();

    [Fact]
    public void One_constant_text_is_a_check_of_the_answer_as_a_whole() => ConditionMining.Checks(Renew,
        [.. Enumerable.Range(1, 3).Select(n => ARun.Of(n).User("Hello").Call(Renew, new { id = $"L-{1000 + n}" }, "All done").Mined(Renew))]).ShouldBe([new(Renew, "", "All done")]);

    private static IReadOnlyList<FieldRule> Preconditions(int tasks, string other) =>
        ConditionMining.Preconditions(Renew, [.. Enumerable.Range(1, tasks).Select(n => LooksAtTwo(n, other).Mined(Renew))]);

    private static ARun LooksAtTwo(int n, string other, string status = "borrowed") => Looks(n, new { status }, new { status = other });

    private static ARun Looks(int n, object used, object leftAlone) => ARun.Of(n).User("Hello")
        .Call("get_loan", new { id = $"L-{2000 + n}" }, leftAlone).Call("get_loan", new { id = $"L-{1000 + n}" }, used).Call(Renew, new { id = $"L-{1000 + n}" });

    private static ARun Ends(int n, string status) => ARun.Of(n).User("Hello")
        .Call("get_loan", new { id = $"L-{1000 + n}" }, new { status = "borrowed" }).Call(Renew, new { id = $"L-{1000 + n}" }, new { status });
}
