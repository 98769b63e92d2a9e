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

    [Fact]
    public void A_clock_that_was_a_day_ahead_and_put_right_is_no_finding_where_the_events_tell_of_it()
    {
        // Leaves 4 and 5 are recorded a day ahead.
        List<DateTimeOffset> recorded = [.. Recorded.Select((at, leaf) => leaf is 4 or 5 ? at.AddDays(1) : at)];

        Over(recorded, (4, 3.5), (6, 29.1), (8, 7.1), (10, 9.1)).ShouldBeEmpty();
        Over(recorded, (5, 28.1), (8, 7.1), (10, 9.1)).ShouldBeEmpty("put right between a checkpoint and the next event but one");
        Over(recorded, (6, 54.0), (8, 7.1)).Select(f => f.Leaf).ShouldBe([6L], "later than even the wrong clock had it");
        Over(recorded, (6, 29.1), (8, 9.8), (10, 9.1)).Select(f => f.Leaf).ShouldBe([8L, 8L], "the clock was put right before");
        Over(recorded, (4, 30.0), (8, 7.1)).ShouldContain(f => f.Leaf == 4, "later than the first event that it does not cover, by the wrong clock, too");
    }

    private static List<AuditFinding> Findings(params (long Size, double Hours)[] signed) => Over(Recorded, signed);

    private static List<AuditFinding> Over(IReadOnlyList<DateTimeOffset> recorded, params (long Size, double Hours)[] signed)
    {
        var times = new SigningTimes([.. signed.Select(s => new SigningTime(s.Size, Noon.AddHours(s.Hours), "it"))]);
        var (clock, findings) = (RecordingClock.Begin, new List<AuditFinding>());
        for (var leaf = 0; leaf < recorded.Count; leaf++) findings.AddRange(times.Take(leaf, recorded[leaf], ref clock));
        return findings;
    }
}
