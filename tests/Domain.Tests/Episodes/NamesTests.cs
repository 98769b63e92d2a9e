using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Tests.Episodes;

public sealed class NamesTests
{
    [Theory]
    [InlineData("get_order_details", "get order details")]
    [InlineData("getOrderDetails", "get order details")]
    [InlineData("get-order.details", "get order details")]
    [InlineData("v2Update", "v2 update")]
    [InlineData("mcp__shop__getOrder", "mcp shop get order")]
    [InlineData("__", "")]
    [InlineData("", "")]
    [InlineData("größe", "gr e")]
    public void An_identifier_of_any_style_falls_into_words(string identifier, string words) => Names.Words(identifier).ShouldBe(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Theory]
    [InlineData("renew_loan", "renew-loan")]
    [InlineData("Online Library", "online-library")]
    public void A_plain_name_is_its_own_slug(string name, string slug) => Names.Slug(name).ShouldBe(slug);

    [Fact]
    public void A_slug_is_a_skill_name_whatever_it_is_made_from() => Prop.ForAll(ArbMap.Default.ArbFor<string?>(), Gen.Choose(8, 64).ToArbitrary(), (text, atMost) =>
    {
        var slug = Names.Slug(text ?? "", atMost);
        SkillDecider.IsName(slug).ShouldBeTrue(slug);
        slug.Length.ShouldBeLessThanOrEqualTo(atMost);
    }).Check(Properties.Config());

    [Fact]
    public void Names_that_lost_something_keep_apart()
    {
        string[] names = ["größe", "grüße", "a.b", "a:b", "a_b", "", " ", "\u200b", "貸出", "延長", new string('x', 100) + "1", new string('x', 100) + "2"];

        names.Select(n => Names.Slug(n)).Distinct().Count().ShouldBe(names.Length);
    }

    [Theory]
    [InlineData("get_loan", "get")]
    [InlineData("mcp__library__getLoan", "get")]
    [InlineData("library.loans/list", "list")]
    [InlineData("Bash", "bash")]
    [InlineData("__", "")]
    [InlineData("", "")]
    [InlineData(":::", "")]
    public void The_verb_is_the_first_word_of_the_tools_own_name(string tool, string verb) => ToolEffects.Verb(tool).ShouldBe(verb);

    [Theory]
    [InlineData("get_loan", false)]
    [InlineData("mcp__library__searchCatalogue", false)]
    [InlineData("renew_loan", true)]
    [InlineData("getaway_booking", true)]
    [InlineData("answer", false)]
    [InlineData("", true)]
    [InlineData("貸出", true)]
    public void A_tool_changes_something_unless_its_verb_reads(string tool, bool changes)
    {
        ToolEffects.ChangesSomething(tool, []).ShouldBe(changes);
        ToolEffects.ChangesSomething(tool, [new ToolDefinition(tool, "", changes)]).ShouldBe(!changes);
        ToolEffects.ChangesSomething(tool, [new ToolDefinition(tool + "x", "", changes)]).ShouldBe(changes);
    }

    [Fact]
    public void A_very_long_name_has_a_verb_and_a_slug()
    {
        var name = "get_" + new string('x', 100_000);

        ToolEffects.ChangesSomething(name, []).ShouldBeFalse();
        Names.Slug(name).Length.ShouldBeLessThanOrEqualTo(64);
    }
}
