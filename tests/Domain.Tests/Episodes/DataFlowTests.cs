using System.Globalization;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Tests.Curation;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Tests.Episodes;

public sealed class DataFlowTests
{
    [Fact]
    public void A_value_that_the_user_had_said_comes_from_the_user_whatever_its_case() => ARun.Of("1")
        .User("Please renew loan l-1001 for me").Call("renew_loan", new { loan_id = "L-1001" })
        .SourceOf("loan_id").ShouldBe(ValueSource.User);

    [Fact]
    public void A_value_that_was_returned_comes_from_the_call_and_the_place() => ARun.Of("1")
        .User("Please renew my loan").Call("find_reader", null, new { reader = new { id = "R-17", loans = new[] { "L-1001" } } })
        .Call("renew_loan", new { loan_id = "L-1001" })
        .SourceOf("loan_id").ShouldBe(new ValueSource.Result(0, "reader.loans[]"));

    [Fact]
    public void What_was_said_before_it_was_returned_comes_from_the_user() => ARun.Of("1")
        .User("It is L-1001").Call("list_loans", null, new { id = "L-1001" }).Call("renew_loan", new { loan_id = "L-1001" })
        .SourceOf("loan_id").ShouldBe(ValueSource.User);

    [Fact]
    public void What_was_returned_before_it_was_said_comes_from_the_call() => ARun.Of("1")
        .User("Hello").Call("list_loans", null, new { id = "L-1001" }).User("Then L-1001 please").Call("renew_loan", new { loan_id = "L-1001" })
        .SourceOf("loan_id").ShouldBe(new ValueSource.Result(0, "id"));

    [Fact]
    public void What_is_said_or_returned_only_afterwards_was_chosen() => ARun.Of("1")
        .User("Hello").Call("renew_loan", new { loan_id = "L-1001" }, new { id = "L-1001" }).User("L-1001, yes")
        .SourceOf("loan_id").ShouldBe(ValueSource.Chosen);

    [Fact]
    public void Of_two_calls_that_returned_a_value_the_first_is_its_source() => ARun.Of("1")
        .User("Hello").Call("find_a", null, new { a = "L-1001" }).Call("find_b", null, new { b = "L-1001" }).Call("renew_loan", new { loan_id = "L-1001" })
        .SourceOf("loan_id").ShouldBe(new ValueSource.Result(0, "a"));

    [Fact]
    public void A_plain_text_result_is_one_value_without_a_path() => ARun.Of("1")
        .User("Hello").Call("find_reader", null, "  reader_17\n").Call("get_reader", new { reader_id = "reader_17" })
        .SourceOf("reader_id").ShouldBe(new ValueSource.Result(0, ""));

    [Theory]
    [InlineData("""{"id": "L-1001" """)]
    [InlineData("""[["L-1001", """)]
    [InlineData("""{"half": "\ud83d", "id": "L-1001"}""")]
    public void Text_that_only_looks_like_JSON_stays_text(string result)
    {
        var flow = ARun.Of("1").User("Hello").Call("find", null, result).Call("renew_loan", new { loan_id = "L-1001" }).Flow;

        flow.Calls[0].Result.ShouldBe([("", result.Trim())]);
        flow.Calls[1].Arguments[0].Source.ShouldBe(ValueSource.Chosen);
    }

    [Fact]
    public void A_key_that_a_result_has_twice_counts_twice() => ARun.Of("1")
        .User("Hello").Call("find", null, """{"id": "L-1001", "id": "L-1002"}""").Call("renew_loan", new { loan_id = "L-1002" })
        .SourceOf("loan_id").ShouldBe(new ValueSource.Result(0, "id"));

    [Fact]
    public void Nesting_beyond_what_JSON_readers_take_stays_text()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"a":""", 10_000)) + "\"L-1001\"" + new string('}', 10_000);
        var sixty = string.Concat(Enumerable.Repeat("""{"a":""", 60)) + "\"L-1002\"" + new string('}', 60);
        var flow = ARun.Of("1").User("Hello").Call("deep", null, deep).Call("sixty", null, sixty).Flow;

        flow.Calls[0].Result.Count.ShouldBe(1);
        flow.Calls[1].Result.ShouldBe([(string.Join('.', Enumerable.Repeat("a", 60)), "L-1002")]);
    }

    [Fact]
    public void Keys_that_are_data_are_stars_and_values_themselves()
    {
        var flow = ARun.Of("1").User("Hello")
            .Call("list_copies", null, """{"copies": {"9780306406157": {"shelf": "B2"}}, "address1": "x", "line_2": "y", "2024": 1, "item-0000017": 2}""").Flow;

        flow.Calls[0].Result.ShouldBe(
        [
            ("copies.*", "9780306406157"), ("copies.*.shelf", "B2"), ("address1", "x"), ("line_2", "y"), ("*", "2024"), ("*", "1"), ("*", "item-0000017"), ("*", "2"),
        ]);
    }

    [Fact]
    public void A_very_long_key_is_data_so_that_no_path_repeats_it()
    {
        var key = new string('k', 100_000);
        var below = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"f\":{i}"));
        var flow = ARun.Of("1").User("Hello").Call("odd", null, $$"""{"{{key}}": { {{below}} } }""").Flow;

        flow.Calls[0].Result[0].ShouldBe(("*", key));
        flow.Calls[0].Result.Skip(1).ShouldAllBe(field => field.Path == "*.f");
    }

    [Fact]
    public void Calls_of_one_step_do_not_see_each_others_results()
    {
        var flow = ARun.Of("1").User("Hello").Together(
            ARun.Made("find_loan", null, new { id = "L-1001" }), ARun.Made("get_loan", new { loan_id = "L-1001" })).Call("renew_loan", new { loan_id = "L-1001" }).Flow;

        flow.Calls[1].Arguments[0].Source.ShouldBe(ValueSource.Chosen);
        flow.Calls[2].Arguments[0].Source.ShouldBe(new ValueSource.Result(0, "id"));
    }

    [Fact]
    public void A_failed_call_produces_nothing() => ARun.Of("1")
        .User("Hello").Fails("find_loan", null, """{"id":"L-1001"}""").Call("renew_loan", new { loan_id = "L-1001" })
        .SourceOf("loan_id").ShouldBe(ValueSource.Chosen);

    [Fact]
    public void Short_values_and_truth_values_prove_nothing()
    {
        var flow = ARun.Of("1").User("it is true: 14 days, a1, null or false").Call("get", null, new { days = 14, ok = true, code = "a1" })
            .Call("renew_loan", new { days = 14, ok = true, not = false, code = "a1", word = "null" }).Flow;

        flow.Calls[1].Arguments.ShouldAllBe(a => a.Source == ValueSource.Chosen);
    }

    [Theory]
    [InlineData("12.50", "12.5")]
    [InlineData("\"4111111111111111234\"", "4111111111111111234")]
    [InlineData("1e3", "1000")]
    [InlineData("1e999", "Infinity")]
    public void A_number_is_the_same_value_however_it_is_written(string written, string asked)
    {
        var returned = ARun.Of("1").User("Hello").Call("get_fine", null, $$"""{"amount": {{written}}}""");

        returned.Flow.Calls[0].Result.ShouldBe([("amount", asked)]);
        returned.Call("pay_fine", new { amount = asked }).SourceOf("amount").ShouldBe(new ValueSource.Result(0, "amount"));
    }

    [Fact]
    public void A_long_whole_number_keeps_all_its_digits() => ARun.Of("1")
        .User("my card is 41111111111111112").Call("pay_fine", new JsonObject { ["card"] = JsonNode.Parse("41111111111111112") })
        .SourceOf("card").ShouldBe(ValueSource.User);

    [Fact]
    public void Arguments_below_others_have_paths_and_nulls_are_none() => ARun.Of("1").User("Hello")
        .Call("order_books", new { books = new object[] { new { isbn = "978-1" }, new { isbn = "978-2", note = (string?)null } } })
        .Flow.Calls[0].Arguments.Select(a => (a.Path, a.Value)).ShouldBe([("books[].isbn", "978-1"), ("books[].isbn", "978-2")]);

    [Fact]
    public void A_users_own_call_is_not_the_agents()
    {
        var flow = ARun.Of("1").User("Hello").UserCalls("toggle_data", null, new { id = "L-1001" }).Call("renew_loan", new { loan_id = "L-1001" }).Flow;

        flow.Calls.Select(c => c.Tool).ShouldBe(["renew_loan"]);
        flow.Calls[0].Arguments[0].Source.ShouldBe(ValueSource.Chosen);
    }

    [Fact]
    public void A_huge_result_is_read_whole()
    {
        var rows = Enumerable.Range(0, 50_000).Select(i => new { id = $"L-{i}", title = "a novel" });
        ARun.Of("1").User("Hello").Call("list_loans", null, rows).Call("renew_loan", new { loan_id = "L-49999" })
            .SourceOf("loan_id").ShouldBe(new ValueSource.Result(0, "[].id"));
    }

    /// <summary>The index of turns by three characters finds what a search through all of them finds.</summary>
    [Fact]
    public void A_value_is_the_users_exactly_when_one_of_the_turns_before_has_it_in_it()
    {
        var texts = Gen.Choose(0, 12).SelectMany(length => Gen.Elements('a', 'A', 'b', '1', ' ', 'ß', 'ſ', 'İ', '\ud83d', '\u0301').ListOf(length))
            .Select(chars => string.Concat(chars));
        var runs = Arb.From(texts.ListOf(4).SelectMany(said => texts.Where(t => t.Length is >= 3 and <= 6 && !t.Contains('\ud83d'))
            .Select(value => (Said: said.ToList(), Value: value))));

        Prop.ForAll(runs, run =>
        {
            var told = run.Said.Aggregate(ARun.Of("1"), (r, text) => r.User(text)).Call("renew_loan", new { loan_id = run.Value });
            var expected = run.Said.Exists(t => t.Contains(run.Value, StringComparison.OrdinalIgnoreCase)) ? ValueSource.User : ValueSource.Chosen;
            told.SourceOf("loan_id").ShouldBe(expected, string.Create(CultureInfo.InvariantCulture, $"'{run.Value}' in {string.Join('|', run.Said)}"));
        }).Check(Properties.Config());
    }
}

internal static class Sources
{
    /// <summary>The source of an argument of the last call.</summary>
    public static ValueSource SourceOf(this ARun run, string argument) => run.Flow.Calls[^1].Arguments.Single(a => a.Path == argument).Source;
}
