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
    public void There_are_not_more_than_one_can_read()
    {
        var words = string.Join(' ', Enumerable.Range(0, 52).Select(i => new string((char)('a' + i / 2), 5 + i % 2)));

        Mine(words, words).Count.ShouldBe(40);
        Mine(words, words)[0].ShouldBe("aaaaa");
    }

    [Fact]
    public void The_parts_of_addresses_links_and_user_names_are_no_words() =>
        Mine("ada@library.test ada.lovelace ada_l http://example.test/ada novel.", "ada@library.test ada.lovelace ada_l http://example.test/ada novel.").ShouldBe(["novel"]);

    [Fact]
    public void What_was_said_later_counts_as_well_as_the_first_thing_until_the_effect_was_done() => TriggerMining.Mine(
        [.. Enumerable.Range(1, 3).Select(n => ARun.Of(n).User("Hello").Agent("Yes?").User("the atlas").Call(Renew).User("and good weather").Mined(Renew))]).ShouldBe(["atlas"]);

    private static IReadOnlyList<string> Mine(params string[] said) => TriggerMining.Mine([.. said.Select((text, i) => Saying(i, text).Mined(Renew))]);

    private static ARun Saying(int n, string text) => ARun.Of(n).User(text.PadRight(30, '.')).Call(Renew);
}
