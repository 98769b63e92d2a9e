using Pipeline.Infra.Search;

namespace Pipeline.Infra.Tests.Search;

/// <summary>What is for one model only is found by that model in place of the main skill, and by others below it or not at all.</summary>
public sealed class SiblingSearchTests
{
    private static readonly SkillDocument s_main = Document("renew", "", "");
    private static readonly SkillDocument s_sibling = Document("renew-for-b", "renew", "b");
    private static readonly SkillDocument s_other = Document("return", "", "");
    private static readonly SkillDocument[] s_all = [s_main, s_sibling, s_other];

    [Theory]
    [InlineData("", "renew renew-for-b return")]
    [InlineData("a", "renew return")]
    [InlineData("b", "renew-for-b return")]
    public void A_model_finds_its_siblings_in_place_of_their_main_skills(string model, string found) =>
        string.Join(' ', s_all.Where(Siblings.For(s_all, model)).Select(d => d.SkillId)).ShouldBe(found);

    [Fact]
    public void A_sibling_stands_right_below_its_main_skill_and_for_itself_where_that_is_not_found()
    {
        Ids(Siblings.BelowTheirMain([(s_sibling, 3), (s_other, 2), (s_main, 1)])).ShouldBe(["return", "renew", "renew-for-b"]);
        Ids(Siblings.BelowTheirMain([(s_sibling, 3), (s_other, 2)])).ShouldBe(["renew-for-b", "return"]);
    }

    private static IEnumerable<string> Ids(IEnumerable<(SkillDocument Document, double Score)> found) => found.Select(f => f.Document.SkillId);

    private static SkillDocument Document(string id, string variantOf, string model) => new(id, id, 1, "", "", "", "") { VariantOf = variantOf, Model = model };
}
