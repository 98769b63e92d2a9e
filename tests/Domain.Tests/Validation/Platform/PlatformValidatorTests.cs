using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation.Platform;

namespace Pipeline.Domain.Tests.Validation.Platform;

public sealed class PlatformValidatorTests
{
    private static readonly PlatformThresholds s_thresholds = new();

    // Newcombe 1998 (paired data), table II: airway hyper-responsiveness, method 10.
    [Fact]
    public void The_interval_is_the_published_one()
    {
        var difference = PairedDifference.Of(20, 12, 2, 16, 0.95);

        difference.Gain.ShouldBe(0.2, 1e-9);
        difference.Lower.ShouldBe(0.0562, 0.0002);
        difference.Upper.ShouldBe(0.3292, 0.0002);
    }

    [Fact]
    public void The_interval_holds_the_gain_and_turns_round_with_it()
    {
        for (var both = 0; both < 6; both++)
            for (var with = 0; with < 6; with++)
                for (var without = 0; without < 6; without++)
                    for (var neither = 0; neither < 6; neither++)
                    {
                        var (one, other) = (PairedDifference.Of(both, with, without, neither, 0.95), PairedDifference.Of(both, without, with, neither, 0.95));
                        one.Lower.ShouldBeLessThanOrEqualTo(one.Gain + 1e-12);
                        one.Upper.ShouldBeGreaterThanOrEqualTo(one.Gain - 1e-12);
                        one.Lower.ShouldBeInRange(-1, 1);
                        one.Lower.ShouldBe(-other.Upper, 1e-9);
                    }
    }

    [Fact]
    public void A_significant_gain_passes_and_says_so_for_each_model()
    {
        var verdict = Judge(Pairs(30, "model-a", with: 24, without: 10).Concat(Pairs(30, "model-b", with: 20, without: 14)));

        verdict.Verdict.ShouldBe(Verdict.Passed);
        verdict.Metrics["gain"].ShouldBe(20.0 / 60, 1e-6);
        verdict.Metrics["tokenOverhead"].ShouldBe(0.25, 1e-6);
        verdict.Findings.Select(f => f.Message.Split(':')[0]).ShouldBe(["model-a", "model-b"]);
    }

    [Fact]
    public void A_loss_fails_even_if_only_one_model_has_it()
    {
        Judge(Pairs(40, "model-a", with: 10, without: 30)).Verdict.ShouldBe(Verdict.Failed);
        Judge(Pairs(100, "model-a", with: 95, without: 40).Concat(Pairs(30, "model-b", with: 5, without: 25))).Findings[0].Rule.ShouldBe("platform.loss-for-model");
    }

    // Of two pairs the 95 % interval lies below 0 already: -1 to -0.07.
    [Theory]
    [InlineData(2, 7, Verdict.Passed)]
    [InlineData(7, 7, Verdict.Passed)]
    [InlineData(8, 1, Verdict.Passed)]
    [InlineData(8, 4, Verdict.Passed)]
    [InlineData(8, 5, Verdict.Failed)]
    [InlineData(8, 7, Verdict.Failed)]
    public void A_model_of_few_pairs_or_tasks_is_told_of_and_fails_nothing(int pairs, int tasks, Verdict expected)
    {
        var verdict = Judge([.. Gaining, .. Pairs(pairs, "model-b", with: 0, without: pairs, tasks)]);

        verdict.Verdict.ShouldBe(expected);
        verdict.Metrics["models"].ShouldBe(2);
        verdict.Metrics["modelsJudged"].ShouldBe(expected == Verdict.Failed ? 2 : 1);
        verdict.Findings[^1].Message.EndsWith("; inconclusive by itself: 8 pairs of 5 tasks are needed", StringComparison.Ordinal).ShouldBe(expected == Verdict.Passed);
    }

    // 2 of 20 against 8 of 20: the upper end is -0.06 at 95 %, -0.03 for two models, -0.01 for three and 0.003 for four.
    [Theory]
    [InlineData(2, Verdict.Failed)]
    [InlineData(3, Verdict.Failed)]
    [InlineData(4, Verdict.Passed)]
    public void The_more_models_are_looked_at_the_more_a_loss_of_one_has_to_show(int models, Verdict expected) =>
        Judge([.. Pairs(20, "model-b", with: 2, without: 8), .. Enumerable.Range(1, models - 1).SelectMany(i => Pairs(60, $"gaining-{i}", with: 50, without: 20))]).Verdict.ShouldBe(expected);

    // 3 of 10 against 8 of 10: the upper end is 0.004 for three models, and -0.02 for the two that are left when one is found to lose (Holm).
    [Fact]
    public void What_is_found_to_lose_leaves_more_of_the_error_to_the_others()
    {
        Losing([.. Gaining, .. Pairs(10, "model-b", with: 3, without: 8), .. Pairs(10, "model-c", with: 5, without: 5)]).ShouldBeEmpty();
        Losing([.. Gaining, .. Pairs(10, "model-b", with: 3, without: 8), .. Pairs(10, "model-c", with: 0, without: 10)]).ShouldBe(["runs of model-b", "runs of model-c"]);
    }

    [Fact]
    public void Models_of_few_pairs_take_nothing_from_the_others() => Losing(
        [.. Gaining, .. Pairs(20, "model-b", with: 2, without: 8), .. Enumerable.Range(1, 20).SelectMany(i => Pairs(3, $"seldom-{i}", with: 2, without: 1))]).ShouldBe(["runs of model-b"]);

    [Fact]
    public void What_shows_nothing_is_inconclusive_and_what_is_blocked_is_the_platforms_affair()
    {
        Judge(Pairs(40, "model-a", with: 21, without: 20)).Verdict.ShouldBe(Verdict.Inconclusive);
        Judge(Pairs(19, "model-a", with: 19, without: 0)).Findings[0].Rule.ShouldBe("platform.too-few");
        Judge(Pairs(40, "model-a", with: 40, without: 0).Select(p => p with { Task = "one" })).Verdict.ShouldBe(Verdict.Inconclusive);
        PlatformValidator.Judge(new("job", "token", "sha256:0", "no capacity", []), s_thresholds).Verdict.ShouldBe(Verdict.InfraBlocked);
    }

    [Fact]
    public void The_order_of_pairs_changes_nothing()
    {
        var pairs = Pairs(30, "model-a", with: 24, without: 10).Concat(Pairs(30, "model-b", with: 20, without: 14)).ToList();
        Judge(pairs).ShouldBe(Judge(pairs.AsEnumerable().Reverse()));
    }

    private static Domain.Validation.ValidationVerdict Judge(IEnumerable<TrialPair> pairs) => PlatformValidator.Judge(new("job", "token", "sha256:0", "", [.. pairs]), s_thresholds);

    private static IEnumerable<TrialPair> Gaining => Pairs(100, "model-a", with: 95, without: 40);

    private static IEnumerable<string> Losing(IEnumerable<TrialPair> pairs) =>
        Judge(pairs).Findings.Where(f => f.Rule == "platform.loss-for-model").Select(f => f.Message.Split(" do worse")[0]);

    private static IEnumerable<TrialPair> Pairs(int count, string model, int with, int without, int tasks = 7) =>
        Enumerable.Range(0, count).Select(i => new TrialPair($"task-{i % tasks}", model, new(i < with, 1250), new(i < without, 1000)));
}
