using Pipeline.Domain.Curation.Composing;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation;

public sealed class ArgumentMiningTests
{
    [Fact]
    public void Each_argument_says_where_successful_runs_took_it_from()
    {
        Rules("find_reader", Renewals(4)).ShouldBe([("card", "User", false)]);
        Rules("get_loan", Renewals(4)).ShouldBe([("loan_id", "User", false), ("reader_id", "find_reader.reader_id", false)]);
    }

    [Theory]
    [InlineData(3, "one of two weeks")]
    [InlineData(2, "Composed")]
    public void A_value_is_told_as_such_only_where_enough_tasks_used_it(int tasks, string rule) =>
        Rules(Renew, Renewals(tasks)).Single(r => r.Path == "period").Rule.ShouldBe(rule);

    [Fact]
    public void Many_runs_of_one_task_do_not_open_a_value()
    {
        var episodes = Enumerable.Range(1, 9).Select(n => Renewal(n).ForTask("the same").Mined(Renew)).ToList();

        Rules(Renew, episodes).Single(r => r.Path == "period").Rule.ShouldBe("Composed");
    }

    [Fact]
    public void A_choice_has_its_values_by_how_often_they_were_chosen()
    {
        var episodes = Enumerable.Range(1, 9).Select(n => ARun.Of(n).User("Hello").Call(Renew, new { period = n <= 6 ? "two weeks" : "one week", note = $"note {n}" }).Mined(Renew)).ToList();

        Rules(Renew, episodes).ShouldBe([("period", "one of two weeks, one week", false), ("note", "Composed", false)]);
    }

    [Fact]
    public void Two_usual_sources_are_both_told_and_a_third_way_out_is_not()
    {
        var episodes = Enumerable.Range(1, 10).Select(n =>
        {
            var run = ARun.Of(n).User(n <= 4 ? $"Renew L-{1000 + n} please, thank you" : "Renew my loan please, thank you").Call("list_loans", null, n <= 7 ? new { id = $"L-{1000 + n}" } : new { id = "-" });
            return run.Call(Renew, new { loan_id = $"L-{1000 + n}" }).Mined(Renew);
        }).ToList();

        Rules(Renew, episodes).ShouldBe([("loan_id", "User", false)]);
        Rules(Renew, [.. episodes.Take(7)]).ShouldBe([("loan_id", "User or list_loans.id", false)]);
        Rules(Renew, [.. episodes.Skip(7)]).ShouldBe([("loan_id", "Composed", false)]);
    }

    [Fact]
    public void An_argument_that_many_calls_do_without_is_needed_sometimes()
    {
        var episodes = Enumerable.Range(1, 4).Select(n => (n % 2 == 0
            ? ARun.Of(n).User("Hello").Call(Renew, new { id = $"L-{1000 + n}", reason = $"because {n}" })
            : ARun.Of(n).User("Hello").Call(Renew, new { id = $"L-{1000 + n}" })).Mined(Renew)).ToList();

        Rules(Renew, episodes).ShouldBe([("id", "Composed", false), ("reason", "Composed", true)]);
    }

    [Fact]
    public void Keys_and_paths_of_one_task_alone_are_not_told()
    {
        var episodes = Enumerable.Range(1, 4).Select(n =>
        {
            var name = $"Reader {(char)('A' + n)}";
            return ARun.Of(n).User("Hello").Call("list_readers", null, new Dictionary<string, object> { [name] = new { card = $"C-{1000 + n}" } })
                .Call(Renew, new Dictionary<string, object> { ["card"] = $"C-{1000 + n}", ["for"] = new Dictionary<string, string> { [name] = "yes" } }).Mined(Renew);
        }).ToList();

        Rules(Renew, episodes).ShouldBe([("card", "list_readers.", false)]);
    }

    [Fact]
    public void Failed_calls_teach_no_arguments() => Rules(Renew, [.. Enumerable.Range(1, 3).Select(n => ARun.Of(n).User("Hello")
        .Fails(Renew, new { wrong = "x" }, "Error").Call(Renew, new { id = $"L-{1000 + n}" }).Mined(Renew))]).ShouldBe([("id", "Composed", false)]);

    [Fact]
    public void Of_very_many_arguments_the_usual_ones_are_told()
    {
        var episodes = Enumerable.Range(1, 3).Select(n => ARun.Of(n).User("Hello")
            .Call(Renew, Enumerable.Range(0, 500).ToDictionary(i => $"field_{(char)('a' + i / 26)}_{(char)('a' + i % 26)}", _ => $"x{n}")).Mined(Renew)).ToList();

        Rules(Renew, episodes).Count.ShouldBeInRange(10, 40);
    }

    private static IReadOnlyList<(string Path, string Rule, bool Sometimes)> Rules(string tool, IReadOnlyList<MinedEpisode> episodes) =>
        [.. ArgumentMining.Mine(tool, episodes).Select(r => (r.Path, string.Join(" or ", r.Sources.Select(Text)), r.Sometimes))];

    private static string Text(ArgumentSource source) => source switch
    {
        ArgumentSource.Result r => $"{r.Tool}.{r.Path}",
        ArgumentSource.OneOf choice => $"one of {string.Join(", ", choice.Values)}",
        _ => source.GetType().Name,
    };
}
