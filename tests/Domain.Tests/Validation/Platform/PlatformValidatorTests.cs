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

    private static IEnumerable<TrialPair> Pairs(int count, string model, int with, int without) =>
        Enumerable.Range(0, count).Select(i => new TrialPair($"task-{i % 7}", model, new(i < with, 1250), new(i < without, 1000)));
}
