using Pipeline.Infra.Search;

namespace Pipeline.Infra.Tests.Search;

public sealed class FunctionWordTests
{
    private static readonly InvertedIndex Index = new([Skill("pay-a-fine", "What to do before you can pay what you owe."), Skill("renew-loan", "Renew the loan of a novel.")]);

    [Fact]
    public void Words_that_hold_a_sentence_together_find_nothing() =>
        Index.Search("Before you can do what I need, please renew it", 10).Select(f => f.Document.Name).ShouldBe(["renew-loan"]);

    [Fact]
    public void A_query_of_nothing_else_is_taken_as_it_is() =>
        Index.Search("what to do", 10).Select(f => f.Document.Name).ShouldBe(["pay-a-fine"]);

    private static SkillDocument Skill(string name, string body) => new(name, name, 1, "", "", "", body);
}
