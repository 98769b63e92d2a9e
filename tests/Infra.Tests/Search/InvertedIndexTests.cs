using Pipeline.Infra.Search;
using SkillKind = Pipeline.Domain.Skills.SkillKind;

namespace Pipeline.Infra.Tests.Search;

public sealed class InvertedIndexTests
{
    [Fact]
    public void An_identifier_is_searched_by_as_a_whole_and_in_parts()
    {
        SearchTerms.Of("Call get_order-info now").ShouldBe(["call", "get", "order", "info", "get_order-info", "now"]);
        SearchTerms.Of("-- a_ _b c--d __").ShouldBe(["a", "b", "c", "d"]);
        SearchTerms.Of("").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("東京都庁", "東京 京都 都庁")]
    [InlineData("返", "返")]
    [InlineData("タクシーを呼ぶ", "タク クシ シー ーを を呼 呼ぶ")]
    [InlineData("ﾎﾃﾙ", "ホテ テル")]
    [InlineData("환불을 하다", "환불 불을 하다")]
    [InlineData("คืนเงิน", "คืน นเ เงิ งิน")]
    [InlineData("iPhone15を買う", "iphone15 を買 買う")]
    [InlineData("𠮷野家", "𠮷野 野家")]
    [InlineData("हिन्दी में", "हिन्दी में")]
    public void Where_a_script_has_no_spaces_every_two_characters_are_searched_by(string text, string terms) => SearchTerms.Of(text).ShouldBe(terms.Split(' '));

    [Fact]
    public void A_word_is_found_in_a_sentence_without_spaces() =>
        Names(Index(Skill("one", "helps", "注文した商品の返金を行います。"), Skill("two", "helps", "座席を予約する")), "返金したい")[0].ShouldBe("one");

    [Theory]
    [InlineData("orders", "order")]
    [InlineData("policies", "policy")]
    [InlineData("addresses", "address")]
    [InlineData("cancelling", "cancell")]
    [InlineData("shipped", "ship")]
    [InlineData("exchange", "exchang")]
    [InlineData("exchanging", "exchang")]
    public void A_word_is_searched_by_with_its_stem(string word, string stem) => SearchTerms.Of(word).ShouldBe([word, stem]);

    [Theory]
    [InlineData("bus")]
    [InlineData("status")]
    [InlineData("class")]
    [InlineData("string")]
    [InlineData("h264s")]
    public void A_word_without_an_ending_is_its_own_stem(string word) => SearchTerms.Of(word).ShouldBe([word]);

    [Fact]
    public void Letters_of_every_script_make_words() => SearchTerms.Of("Straße 東京, naïf").ShouldBe(["straße", "straß", "東京", "naïf"]);

    [Fact]
    public void The_body_alone_can_decide()
    {
        Names(Index(Skill("one", "helps", "call the frobnicator"), Skill("two", "helps", "call the widget")), "frobnicator").ShouldBe(["one"]);
    }

    [Fact]
    public void Who_names_a_thing_comes_before_who_mentions_it()
    {
        var index = Index(
            Skill("other-thing", "does another thing", "never forget the refund"),
            Skill("make-refund", "does another thing", "never forget the stamp"),
            Skill("third-thing", "does a refund", "never forget the stamp"));

        Names(index, "refund").ShouldBe(["make-refund", "third-thing", "other-thing"]);
    }

    [Fact]
    public void A_plan_and_a_note_on_a_tool_stand_back_behind_the_skill_for_the_effect()
    {
        var index = Index(
            Skill("a-plan", "cancel order with return order", "cancel order, return order, exchange order", SkillKind.Plan),
            Skill("a-use", "cancel order", "cancel order", SkillKind.Atomic),
            Skill("cancel", "cancel an order", "cancel the order"));

        Names(index, "cancel order")[0].ShouldBe("cancel");
        Names(index, "cancel order").ShouldContain("a-plan");
    }

    [Fact]
    public void A_hand_over_stands_back_although_its_users_had_asked_for_everything()
    {
        var index = Index(
            Skill("shop-transfer-to-human-agents", "cancel order, return order", "cancel order, cancel order, return order"),
            Skill("shop-ship", "cancel shipping", "ship the order or cancel it"));

        Names(index, "cancel order").ShouldBe(["shop-ship", "shop-transfer-to-human-agents"]);
    }

    [Fact]
    public void In_one_environment_what_a_skill_is_called_tells_it_from_those_that_speak_of_the_same_things()
    {
        SkillDocument[] Shop(string environment) => [.. new[] { "return-order", "exchange-order", "cancel-order" }.Select(name => new SkillDocument(
            name, name, 1, "sha256:0", "helps with an order", environment,
            name == "exchange-order" ? "swap what was sent, once it is there, for what was meant" : "order exchange, exchange order, exchange of an order"))];

        Names(Index(Shop("shop")), "exchange my order")[0].ShouldBe("exchange-order");
        // What belongs to no environment has its name weighed as a field, and no more.
        var (apart, together) = (Index(Shop("")).Search("exchange my order", 3), Index(Shop("shop")).Search("exchange my order", 3));
        together.Single(h => h.Document.Name == "exchange-order").Score.ShouldBe(2 * apart.Single(h => h.Document.Name == "exchange-order").Score, 1e-9);
        together.Single(h => h.Document.Name == "cancel-order").Score.ShouldBe(apart.Single(h => h.Document.Name == "cancel-order").Score, 1e-9);
    }

    [Fact]
    public void Forms_of_a_word_meet_and_the_exact_form_comes_first()
    {
        var index = Index(Skill("a", "x", "cancel one order"), Skill("b", "x", "cancel all orders"), Skill("c", "x", "cancel all tickets"));

        Names(index, "orders").ShouldBe(["b", "a"]);
    }

    [Fact]
    public void Equals_stand_in_the_order_of_their_names_whatever_order_they_came_in()
    {
        var skills = new[] { "delta", "alpha", "charlie", "bravo" }.Select(n => Skill(n, "x", "same words")).ToArray();

        Names(Index(skills), "same").ShouldBe(["alpha", "bravo", "charlie", "delta"]);
        Names(Index([.. skills.Reverse()]), "same").ShouldBe(["alpha", "bravo", "charlie", "delta"]);
    }

    [Fact]
    public void A_word_said_a_hundred_times_does_not_drown_the_rest_of_a_long_task()
    {
        var index = Index(
            Skill("papers", "x", "file handling for people with many drawers, shelves and boxes at home"),
            Skill("turbines", "x", "turbine blade fatigue analysis for windmills"),
            Skill("more", "x", "something else"));
        var task = string.Join(' ', Enumerable.Repeat("file", 100)) + " with turbine blade fatigue analysis for windmills";

        Names(index, task)[0].ShouldBe("turbines");
    }

    [Fact]
    public void The_frontmatter_is_not_counted_twice()
    {
        SkillDocument.BodyOf("---\nname: a\ndescription: b\n---\n\nbody\n").ShouldBe("\nbody\n");
        SkillDocument.BodyOf("---\nnever closed").ShouldBe("---\nnever closed");
        SkillDocument.BodyOf("no frontmatter").ShouldBe("no frontmatter");
        SkillDocument.BodyOf("---\nname: a\n---").ShouldBe("");
    }

    [Fact]
    public void An_empty_index_and_an_empty_query_find_nothing()
    {
        Index().Search("anything", 10).ShouldBeEmpty();
        Index(Skill("a", "b", "c")).Search("", 10).ShouldBeEmpty();
        Index(Skill("a", "b", "c")).Search("zzz", 10).ShouldBeEmpty();
    }

    private static SkillDocument Skill(string name, string description, string body, SkillKind kind = SkillKind.Functional) =>
        new($"id-{name}", name, 1, "sha256:0", description, "shop", body, kind);

    private static InvertedIndex Index(params SkillDocument[] documents) => new(documents);

    private static List<string> Names(InvertedIndex index, string query) => [.. index.Search(query, 10).Select(h => h.Document.Name)];
}
