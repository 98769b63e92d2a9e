using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation.Composing.Atomic;

namespace Pipeline.Domain.Tests.Curation.Atomic;

public sealed class ValueFormTests
{
    [Theory]
    [InlineData("`#W`, then 7 digits", "#W0000001", "#W1234567")]
    [InlineData("`PT-`, then 4 to 5 digits", "PT-5530", "PT-12345")]
    [InlineData("a date as `YYYY-MM-DD`", "2026-01-19", "1958-03-14")]
    [InlineData("2 letters, then 3 digits", "AB123", "CD456")]
    [InlineData("3 digits, then `-`, then 3 digits, then `-`, then 4 digits", "617-555-0150", "212-555-0199")]
    [InlineData("10 digits", "1234567890", "0987654321")]
    public void Values_of_one_form_are_told_by_it(string form, params string[] values) => ValueForm.Of(values).ShouldBe(form);

    [Theory]
    [InlineData("window", "aisle")]
    [InlineData("PT-5530", "5541")]
    [InlineData("A-1", "A_1")]
    [InlineData("two words 1", "two words 2")]
    [InlineData("Ж-1", "Ж-2")]
    [InlineData("14", "21", "1200")]
    [InlineData("")]
    public void Words_sentences_and_what_differs_have_no_form(params string[] values) => ValueForm.Of(values).ShouldBe("");

    [Fact]
    public void A_value_longer_than_any_id_has_none() => ValueForm.Of([new string('7', 65)]).ShouldBe("");

    [Fact]
    public void No_digit_of_a_value_is_told_and_no_order_of_values_matters() => Prop.ForAll(
        Arb.From(from values in Gen.Choose(7, 9_999_999).Select(n => $"#W{n}").NonEmptyListOf()
                 from order in Gen.Shuffle(values.ToArray())
                 select (Values: values, Order: order)),
        x =>
        {
            ValueForm.Of(x.Order).ShouldBe(ValueForm.Of([.. x.Values]));
            ValueForm.Of(x.Order).ShouldMatch("^`#W`, then [1-7]( to [1-7])? digits?$");
        }).Check(Properties.Config(200));
}
