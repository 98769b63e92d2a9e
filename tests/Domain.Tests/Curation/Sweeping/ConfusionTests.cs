using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation.Sweeping;

namespace Pipeline.Domain.Tests.Curation.Sweeping;

/// <summary>Skills that a search takes for one another.</summary>
public sealed class ConfusionTests
{
    private static readonly SkillWords s_refund = new("refund", "Give a customer the money back for an order.", "Look the order up, then refund it to the card.");
    private static readonly SkillWords s_repay = new("repay", "Give the money back to a customer for an order.", "Look up the order and repay it to the card.");
    private static readonly SkillWords s_seat = new("seat", "Reserve a seat on a flight.", "Find the flight, then reserve the seat.");
    private static readonly SkillWords s_bag = new("bag", "Add a bag to a booking.", "Find the booking, then add the bag.");

    [Fact]
    public void Two_skills_that_say_the_same_of_themselves_are_confused_and_others_are_not()
    {
        var pair = new Confusion([s_refund, s_repay, s_seat, s_bag]).PairsAbove(0.8).ShouldHaveSingleItem();
        (pair.One, pair.Other).ShouldBe(("refund", "repay"));
        pair.Mutual.ShouldBeGreaterThan(0.8);
    }

    [Fact]
    public void A_skill_whose_description_speaks_of_what_another_does_loses_its_own_query()
    {
        var vague = new SkillWords("vague", "Reserve a seat.", "Ask what is wanted first, and hand over to whoever knows. There is no more to be said of it than that, at this length.");
        var precise = new SkillWords("precise", "How to reserve a seat, by row and aisle.", "Reserve the seat. Reserve: seat by seat.");

        var pair = new Confusion([vague, precise, s_refund, s_bag]).PairsAbove(1).ShouldHaveSingleItem();
        pair.ShouldSatisfyAllConditions(p => p.OtherForOne.ShouldBeLessThan(1), p => p.OneForOther.ShouldBeGreaterThan(1), p => p.Most.ShouldBe(p.OneForOther), p => p.Mutual.ShouldBe(p.OtherForOne));
    }

    [Fact]
    public void What_every_skill_says_confuses_none()
    {
        SkillWords Of(string id, string about) => new(id, $"Use this skill whenever the user asks the agent of this shop for {about}.", $"Follow the steps. {about}: {about}.");
        new Confusion(Enumerable.Range(0, 40).Select(i => Of($"{i:00}", $"thing{i} and matter{i} and subject{i}"))).PairsAbove(0.5).ShouldBeEmpty();
    }

    [Fact]
    public void The_order_of_the_skills_makes_no_difference() => Prop.ForAll(
        ArbMap.Default.GeneratorFor<int>().ArrayOf(40).ToArbitrary(), seeds =>
        {
            List<SkillWords> skills = [.. seeds.Select((s, i) => new SkillWords($"{i}", $"word{s % 7} word{s % 5} word{s % 3}", $"word{s % 11} and word{i % 4} word{s % 7}"))];
            new Confusion(skills).PairsAbove(0.3).ShouldBe(new Confusion(skills.AsEnumerable().Reverse()).PairsAbove(0.3));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_left_out_changes_nothing_of_the_rest() => Prop.ForAll(
        ArbMap.Default.GeneratorFor<int>().ArrayOf(40).ToArbitrary(), seeds =>
        {
            var confusion = new Confusion(seeds.Select((s, i) => new SkillWords($"{i}", $"word{s % 7} word{s % 5} own{i}", $"word{s % 11} and word{i % 4} word{s % 7}")));
            confusion.PairsAbove(0.3).ShouldBe(confusion.PairsAbove(1e-9).Where(p => p.Most >= 0.3));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Skills_that_share_but_a_word_take_no_memory_for_each_pair_of_them()
    {
        var confusion = new Confusion(Enumerable.Range(0, 2000).Select(i => new SkillWords($"{i:0000}", $"shared{i % 5} own{i} mine{i}", "")));
        var before = GC.GetAllocatedBytesForCurrentThread();
        confusion.PairsAbove(0.9).ShouldBeEmpty();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public void Who_no_longer_waits_is_not_compared_for() =>
        Should.Throw<OperationCanceledException>(() => new Confusion([s_refund, s_repay]).PairsAbove(0.5, new CancellationToken(canceled: true)));

    [Fact]
    public void Skills_that_say_nothing_or_are_none_are_no_trouble()
    {
        new Confusion([]).PairsAbove(0.5).ShouldBeEmpty();
        new Confusion([new("a", "", ""), new("b", "?!", "--")]).PairsAbove(0.5).ShouldBeEmpty();
        Should.Throw<ArgumentOutOfRangeException>(() => new Confusion([]).PairsAbove(0));
    }
}
