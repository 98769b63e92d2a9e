using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Erasure;

namespace Pipeline.Domain.Tests.Trajectories.Erasure;

public sealed class QuoteSearchTests
{
    [Fact]
    public void A_text_quotes_when_it_has_a_word_that_only_the_subject_said()
    {
        var search = Among(("a", "Ask for the Zanzibar card."), ("b", "Ask for the card."));

        search.Hear("I lost my card in ZANZIBAR!");
        search.HearOther("Please ask for the card of mine");

        search.Quoting().ShouldBe(["a"]);
    }

    [Fact]
    public void What_others_said_too_points_at_nobody()
    {
        var search = Among(("a", "Ask for the Zanzibar card."));

        search.Hear("Zanzibar");
        search.HearOther("the ask for a card in zanzibar");

        search.IsClear.ShouldBeTrue();
        search.Quoting().ShouldBeEmpty();
    }

    [Fact]
    public void Common_words_in_an_order_that_only_the_subject_had_are_a_quote()
    {
        var search = Among(("a", "First the old house by the river is sold."), ("b", "The river by the house is old; it is sold first."));

        search.Hear("the old house by the river");
        search.HearOther("by the river is an old house, and it is sold first");

        search.Quoting().ShouldBe(["a"]);
    }

    [Fact]
    public void Where_nobody_else_is_heard_every_word_of_the_subject_counts()
    {
        var search = Among(("a", "Renew the loan."), ("b", "Cancel it."));

        search.Hear("renew");

        search.Quoting().ShouldBe(["a"]);
    }

    [Fact]
    public void Words_of_two_letters_are_no_quote() => Quoting("It is so.", "it is so").ShouldBeEmpty();

    [Theory]
    [InlineData("Renée", "renée")]
    [InlineData("ZÜRICH", "zürich")]
    [InlineData("C-7001", "7001")]
    [InlineData("名前太郎", "名前太郎")]
    public void Words_are_compared_whatever_their_case_and_script(string said, string written) => Quoting(said, $"Say {written}.").ShouldBe(["a"]);

    [Theory]
    [InlineData("私は田中太郎です。", "名前は田中太郎")]
    [InlineData("제 이름은 김철수입니다", "김철수에게 전화")]
    [InlineData("ฉันชื่อสมชายครับ", "โทรหาสมชายก่อน")]
    [InlineData("我叫王小明，住在杭州", "打电话给王小明")]
    public void A_name_within_a_sentence_without_spaces_is_found(string said, string written)
    {
        Quoting(said, written).ShouldBe(["a"]);
        Quoting(said, "Другой текст, other text, 犬").ShouldBeEmpty();
    }

    [Fact]
    public void Of_a_sentence_without_spaces_what_others_said_too_points_at_nobody()
    {
        var search = Among(("a", "返金を行う"), ("b", "王小明さんの返金"));

        search.Hear("王小明の返金を行う");
        search.HearOther("返金を行うこと。さんの");

        search.Quoting().ShouldBe(["b"]);
    }

    [Theory]
    [InlineData("{\"messages\":[{\"content\":\"{\\\"run\\\":\\\"line\\\\nZanzibar\\\"}\"}]}")]
    [InlineData("{\"content\":\"Z\\u0061nzibar\"}")]
    public void A_word_is_found_in_JSON_within_JSON_however_it_is_escaped(string written)
    {
        var search = Among([.. SpokenText.Within(written).Select(t => ("a", t))]);
        search.Hear("I am from Zanzibar");

        search.Quoting().ShouldBe(["a"]);
    }

    [Fact]
    public void Letters_are_the_same_in_whichever_form_of_Unicode() => Quoting("Rene\u0301e", "Say Ren\u00e9e.").ShouldBe(["a"]);

    [Fact]
    public void Ids_that_stand_as_names_of_fields_are_said() =>
        SpokenText.In(new Trajectory { Id = "r", Source = "s", Steps = [new(1, StepSource.Agent, "", [new("c", "t", [], new("""{"card_4421": {"state": "ok"}}""", false))])] }).ShouldContain("card_4421");

    [Fact]
    public void Fields_of_answers_and_names_of_tools_are_nobodys_words()
    {
        var run = new Trajectory
        {
            Id = "r",
            Source = "s",
            Steps = [new(1, StepSource.Agent, "I look.", [new("c", "get_loans", new JsonObject { ["member_id"] = "M-7", ["deep"] = new JsonArray("x", 5) }, new("""{"loan_id": "L-9", "note": null}""", false))]), new(2, StepSource.User, "Thanks", [])],
        };

        SpokenText.In(run).Where(t => t.Length > 0).ShouldBe(["I look.", "M-7", "x", "5", "L-9", "Thanks"]);
    }

    [Fact]
    public void An_answer_that_is_no_JSON_is_all_said() =>
        SpokenText.In(new Trajectory { Id = "r", Source = "s", Steps = [new(1, StepSource.Agent, "", [new("c", "t", [], new("Error: {nobody}", true))])] }).ShouldContain("Error: {nobody}");

    private static IReadOnlyList<string> Quoting(string said, string written)
    {
        var search = Among(("a", written));
        search.Hear(said);
        return search.Quoting();
    }

    private static QuoteSearch Among(params (string Id, string Text)[] texts)
    {
        var search = new QuoteSearch();
        foreach (var (id, text) in texts) search.Add(id, text);
        return search;
    }
}
