using Pipeline.Domain.Ledger.Audit;

namespace Pipeline.Domain.Tests.Ledger;

public sealed class SigningTimesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    // Leaf n is recorded n hours after noon.
    private static readonly IReadOnlyList<DateTimeOffset> Recorded = [.. Enumerable.Range(0, 10).Select(n => Noon.AddHours(n))];

    [Theory]
    [InlineData(4, 3.0)]
    [InlineData(4, 2.1)]
    [InlineData(4, 4.9)]
    [InlineData(10, 9.0)]
    [InlineData(10, 1000.0)]
    public void A_time_between_the_last_event_and_the_next_holds_give_or_take_an_hour(long size, double hours) => Findings((size, hours)).ShouldBeEmpty();

    [Theory]
    [InlineData(4, 1.9)]
    [InlineData(4, 5.1)]
    [InlineData(10, 7.9)]
    public void A_time_that_the_events_contradict_is_found(long size, double hours) =>
        Findings((size, hours)).ShouldHaveSingleItem().ShouldSatisfyAllConditions(f => f.Check.ShouldBe("checkpoint-time"), f => f.Leaf.ShouldBe(size));

    [Fact]
    public void A_larger_checkpoint_is_not_the_earlier_one()
    {
        Findings((4, 3.6), (5, 3.6)).ShouldBeEmpty();
        Findings((4, 3.6), (5, 3.5)).ShouldHaveSingleItem().Leaf.ShouldBe(4);
    }

    private static List<AuditFinding> Findings(params (long Size, double Hours)[] signed)
    {
        var times = new SigningTimes([.. signed.Select(s => new SigningTime(s.Size, Noon.AddHours(s.Hours), "it"))]);
        return [.. Recorded.SelectMany((at, leaf) => times.Take(leaf, at))];
    }
}
