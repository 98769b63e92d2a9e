using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Unicode;

namespace Pipeline.Domain.Tests.Unicode;

public sealed class WordsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData(" -- ! ", "")]
    [InlineData("Call get_order-info, v3.5", "Call|get|order|info|v3|5")]
    [InlineData("Straße naïf cafe\u0301s", "Straße|naïf|cafe\u0301s")]
    [InlineData("हिन्दी में लिखें", "हिन्दी|में|लिखें")]
    [InlineData("東京都庁", "東京|京都|都庁")]
    [InlineData("返 a", "返|a")]
    [InlineData("ｶ々ー", "ｶ々|々ー")]
    [InlineData("A4サイズ", "A4|サイ|イズ")]
    [InlineData("ที่นี่", "ที่นี่")]
    [InlineData("ភាសាខ្មែរ", "ភាសា|សាខ្|ខ្មែ|មែរ")]
    [InlineData("\u0301a\ud83d b\udc00", "a|b")]
    [InlineData("𠮷野", "𠮷野")]
    public void Words_are_runs_of_letters_and_pairs_where_a_script_has_no_spaces(string text, string words) =>
        string.Join('|', Words.Of(text).Select(w => text[w.Start..w.End])).ShouldBe(words);

    [Fact]
    public void Every_letter_is_in_a_word_in_one_or_in_two_pairs_and_nothing_else_is() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<char[]>().Filter(c => c is not null).Convert(c => new string(c), s => s.ToCharArray()),
        text =>
        {
            var covered = new int[text.Length];
            foreach (var word in Words.Of(text)) for (var i = word.Start; i < word.End; i++) covered[i]++;
            for (var i = 0; i < text.Length; i++)
            {
                if (char.IsLetterOrDigit(text[i])) covered[i].ShouldBeInRange(1, 2);
                else if (char.IsAscii(text[i])) covered[i].ShouldBe(0);
            }
        }));
}
