using Pipeline.Domain.Curation.Composing;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation;

public sealed class TriggerMiningTests
{
    [Fact]
    public void Words_that_users_of_several_tasks_say_are_triggers_most_common_first() =>
        Mine("renew this novel", "renew that novel", "renew my atlas").ShouldBe(["renew", "novel"]);

    [Fact]
    public void One_task_alone_gives_no_word_however_many_runs_it_has() => TriggerMining.Mine(
        [.. Enumerable.Range(1, 5).Select(n => Saying(n, "please renew this novel").ForTask("one").Mined(Renew))]).ShouldBeEmpty();

    [Fact]
    public void Common_words_names_and_what_has_digits_or_marks_in_it_are_none() =>
        Mine("please help Lovelace with loan4711 größer_maß it", "please help Lovelace with loan4711 größer_maß it").ShouldBeEmpty();

    [Fact]
    public void A_word_that_few_of_many_tasks_say_is_none()
    {
        var episodes = Enumerable.Range(1, 20).Select(n => Saying(n, n <= 2 ? "renew my dusty atlas" : "renew my atlas").Mined(Renew)).ToList();

        TriggerMining.Mine(episodes).ShouldBe(["atlas", "renew"]);
    }

    [Fact]
    public void There_are_at_most_a_handful()
    {
        var words = string.Join(' ', Enumerable.Range(0, 26).Select(i => new string((char)('a' + i), 5)));

        Mine(words, words).Count.ShouldBe(14);
        Mine(words, words)[0].ShouldBe("aaaaa");
    }

    private static IReadOnlyList<string> Mine(params string[] said) => TriggerMining.Mine([.. said.Select((text, i) => Saying(i, text).Mined(Renew))]);

    private static ARun Saying(int n, string text) => ARun.Of(n).User(text.PadRight(30, '.')).Call(Renew);
}
