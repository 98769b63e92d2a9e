using Pipeline.Functions.Audit;

namespace Pipeline.EndToEnd.Tests.Audit;

public sealed class GoneLeavesTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task However_many_ask_one_looks_at_a_time_and_those_who_wait_together_share_a_look_that_began_after_they_asked()
    {
        var looks = new List<(long Below, TaskCompletionSource<long?> Answer)>();
        using var gone = new GoneLeaves((below, _) =>
        {
            looks.Add((below, new()));
            return looks[^1].Answer.Task;
        });

        var first = gone.FirstAsync(10, Stop);
        var waiting = Enumerable.Range(0, 20).Select(_ => gone.FirstAsync(10, Stop)).ToList();
        looks.Count.ShouldBe(1);
        // An event goes while the first look is under way, and it has passed the place.
        looks[0].Answer.SetResult(null);
        (await first).ShouldBeNull();
        while (looks.Count < 2) await Task.Yield();
        looks[1].Answer.SetResult(4);

        (await Task.WhenAll(waiting)).ShouldAllBe(leaf => leaf == 4);
        looks.Count.ShouldBe(2);
        var later = gone.FirstAsync(10, Stop);
        looks.Count.ShouldBe(3, "what was found before is not an answer to who asks now");
        looks[2].Answer.SetResult(null);
        (await later).ShouldBeNull();
    }

    [Fact]
    public async Task A_look_answers_for_fewer_leaves_and_not_for_more_and_one_that_fails_for_nobody()
    {
        var looks = new List<(long Below, TaskCompletionSource<long?> Answer)>();
        using var gone = new GoneLeaves((below, _) =>
        {
            looks.Add((below, new()));
            return looks[^1].Answer.Task;
        });

        var failing = gone.FirstAsync(10, Stop);
        var (whole, fewer, more) = (gone.FirstAsync(10, Stop), gone.FirstAsync(4, Stop), gone.FirstAsync(20, Stop));
        looks[0].Answer.SetException(new TimeoutException());
        await Should.ThrowAsync<TimeoutException>(failing);
        while (looks.Count < 2) await Task.Yield();
        looks[1].Answer.SetResult(7);
        while (looks.Count < 3) await Task.Yield();
        looks[2].Answer.SetResult(7);

        (await whole).ShouldBe(7);
        (await fewer).ShouldBeNull();
        (await more).ShouldBe(7);
        looks.Select(l => l.Below).ShouldBe([10, 10, 20]);
    }
}
