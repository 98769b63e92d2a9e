using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Unicode;

namespace Pipeline.Domain.Tests.Unicode;

public sealed class NormalFormTests
{
    private static readonly Arbitrary<string> Texts = Gen.Elements(
            "a", "e", "o", "S", "\u0301", "\u0323", "\u0307", "\u0328", "é", "ệ", "ﬁ", "ſ", "Å", "\u212b", "가", "\u1100", "\u1161", "\u11a8", "\u0340", "\u2126", "𝐀", "\ud834\udd5e", "½")
        .ListOf().Select(parts => string.Concat(parts)).ToArbitrary();

    [Theory]
    [InlineData("cafe\u0301", "café", "café")]
    [InlineData("e\u0323\u0302", "ệ", "ệ")]
    [InlineData("e\u0302\u0323", "ệ", "ệ")]
    [InlineData("\u1100\u1161\u11a8", "각", "각")]
    [InlineData("각", "각", "각")]
    [InlineData("\u212b", "Å", "Å")]
    [InlineData("ﬁ", "ﬁ", "fi")]
    [InlineData("ｆｕｌｌ", "ｆｕｌｌ", "full")]
    [InlineData("𝐀½", "𝐀½", "A1\u20442")]
    [InlineData("\ud834\udd5e", "\ud834\udd57\ud834\udd65", "\ud834\udd57\ud834\udd65")]
    [InlineData("\u0344", "\u0308\u0301", "\u0308\u0301")]
    [InlineData("plain", "plain", "plain")]
    public void Texts_have_the_forms_of_the_standard(string text, string canonical, string compatible)
    {
        NormalForm.Canonical(text).ShouldBe(canonical);
        NormalForm.Compatible(text).ShouldBe(compatible);
    }

    [Fact]
    public void A_form_is_its_own_form() => Prop.ForAll(Texts, text =>
        NormalForm.Canonical(NormalForm.Canonical(text)) == NormalForm.Canonical(text)
        && NormalForm.Compatible(NormalForm.Compatible(text)) == NormalForm.Compatible(text)
        && NormalForm.Compatible(NormalForm.Canonical(text)) == NormalForm.Compatible(text)).Check(Properties.Config(1000));

    [Theory]
    [InlineData("README.md", "readme.MD")]
    [InlineData("café", "CAFE\u0301")]
    [InlineData("\u212a", "k")]
    public void Names_that_are_one_file_somewhere_have_one_spelling(string one, string other) => NormalForm.FileName(one).ShouldBe(NormalForm.FileName(other));

    [Fact]
    public void A_hundred_thousand_marks_are_put_in_order_at_once() =>
        NormalForm.Canonical("a" + string.Concat(Enumerable.Repeat("\u0323\u0301", 50_000))).Length.ShouldBe(99_999 + 1);
}
