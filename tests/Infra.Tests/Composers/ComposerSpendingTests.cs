using Pipeline.Infra.Composers;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Composers;

public sealed class ComposerSpendingTests(PostgresFixture postgres)
{
    private static readonly DateOnly s_day = new(2026, 3, 14);
    private static readonly ComposerOptions s_options = new() { MaxTokensPerDay = 350, MaxCostPerDay = 0.001m };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_at_once_do_not_exceed_the_ceiling_together()
    {
        await using var ledger = await TestLedger.CreateAsync(postgres);
        var spending = new ComposerSpending(ledger.DataSource);

        var calls = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => spending.TryReserveAsync(s_day, $"sha256:{n}", 100, 0, s_options, Stop)));

        calls.Count(c => c is not null).ShouldBe(3);
        (await spending.OfDayAsync(s_day, Stop)).ShouldBe(new(3, 300, 0));
    }

    [Fact]
    public async Task What_a_call_did_cost_takes_the_place_of_what_it_could_have()
    {
        await using var ledger = await TestLedger.CreateAsync(postgres);
        var spending = new ComposerSpending(ledger.DataSource);

        var call = await spending.TryReserveAsync(s_day, "sha256:1", 300, 900, s_options, Stop);
        (await spending.TryReserveAsync(s_day, "sha256:2", 10, 101, s_options, Stop)).ShouldBeNull("it could exceed the cost");
        await spending.SettleAsync(call!.Value, 20, 40, Stop);

        (await spending.TryReserveAsync(s_day, "sha256:2", 330, 960, s_options, Stop)).ShouldNotBeNull();
        (await spending.TryReserveAsync(s_day, "sha256:3", 1, 0, s_options, Stop)).ShouldBeNull("it could exceed the tokens");
    }

    [Fact]
    public async Task Each_day_begins_anew_and_the_next_program_finds_what_was_spent()
    {
        await using var ledger = await TestLedger.CreateAsync(postgres);
        await new ComposerSpending(ledger.DataSource).TryReserveAsync(s_day, "sha256:1", 350, 0, s_options, Stop);

        var next = new ComposerSpending(ledger.DataSource);
        (await next.TryReserveAsync(s_day, "sha256:2", 1, 0, s_options, Stop)).ShouldBeNull();
        (await next.TryReserveAsync(s_day.AddDays(1), "sha256:2", 1, 0, s_options, Stop)).ShouldNotBeNull();
    }
}
