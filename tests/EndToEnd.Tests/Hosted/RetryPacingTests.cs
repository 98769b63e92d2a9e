using Pipeline.Functions.Hosting;

namespace Pipeline.EndToEnd.Tests.Hosted;

public sealed class RetryPacingTests
{
    [Fact]
    public void Pauses_double_and_end_before_a_minute()
    {
        Enumerable.Range(0, 12).Select(n => RetryPacing.Broker.After(n).TotalMilliseconds).ShouldBe([200, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 51200, 51200]);
        RetryPacing.None.After(9).ShouldBe(TimeSpan.Zero);
    }
}
