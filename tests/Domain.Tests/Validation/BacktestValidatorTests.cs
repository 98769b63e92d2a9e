using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Tests.Curation;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Backtesting;

namespace Pipeline.Domain.Tests.Validation;

public sealed class BacktestValidatorTests
{
    private static readonly BacktestThresholds Thresholds = new();
    private static readonly Family Renewing = Family.None with { Id = "library.renew-loan", Environment = "library", Effect = Library.Renew };
    private static readonly IReadOnlyList<MinedEpisode> Past = Library.Renewals(6);
    private static readonly IReadOnlyList<MinedEpisode> Later = Library.Renewals(3, from: 40);

    [Fact]
    public void Runs_that_came_later_judge_the_text_itself()
    {
        var verdict = Judge(Learned(Past), [.. Past, .. Later]);

        verdict.Verdict.ShouldBe(Verdict.Passed);
        verdict.Metrics["episodes"].ShouldBe(3);
        verdict.Metrics["episodesAfterTheVersion"].ShouldBe(3);
        (verdict.Metrics["covered"], verdict.Metrics["wasted"], verdict.Metrics["order"], verdict.Metrics["f1"]).ShouldBe((1, 0, 1, 1));
    }

    [Fact]
    public void Without_later_runs_the_version_is_made_again_without_what_is_held_out()
    {
        var left = new List<int>();

        var verdict = Judge(Learned(Past), Past, without: heldOut =>
        {
            left.Add(heldOut.Count);
            return Learned([.. Past.Except(heldOut)]);
        });

        verdict.Verdict.ShouldBe(Verdict.Passed);
        verdict.Metrics["episodesAfterTheVersion"].ShouldBe(0);
        verdict.Metrics["episodes"].ShouldBe(left.Sum());
        left.ShouldNotContain(Past.Count);
    }

    [Fact]
    public void Steps_that_later_runs_do_not_take_fail_it()
    {
        var verdict = Judge(Text("1. `send_letter`.\n2. `renew_loan`.\n3. `check_fines`."), [.. Past, .. Later, .. Others()]);

        verdict.Verdict.ShouldBe(Verdict.Failed);
        verdict.Findings.Select(f => f.Rule).ShouldBe(["backtest.covered", "backtest.wasted"]);
        verdict.Metrics["covered"].ShouldBe(Math.Round(1 / 3.0, 6));
        verdict.Metrics["wasted"].ShouldBe(Math.Round(2 / 3.0, 6));
    }

    [Fact]
    public void Steps_in_the_wrong_order_fail_it() =>
        Judge(Text("1. `renew_loan`.\n2. `get_loan`.\n3. `find_reader`."), [.. Past, .. Later]).Findings.Single().Rule.ShouldBe("backtest.order");

    [Fact]
    public void What_only_some_runs_need_is_not_wasted()
    {
        var verdict = Judge(Text("1. `find_reader`.\n2. If needed: `check_fines`.\n3. `get_loan`.\n4. `renew_loan`."), [.. Past, .. Later, .. Others()]);

        (verdict.Metrics["covered"], verdict.Metrics["wasted"]).ShouldBe((1, 0));
    }

    [Fact]
    public void A_version_that_is_worse_than_its_parent_fails()
    {
        var parent = new BacktestParent(Learned(Past), new HashSet<string>());

        var verdict = Judge(Text("1. `find_reader`.\n2. `renew_loan`."), [.. Past, .. Later], [parent]);

        verdict.Findings.Single().Rule.ShouldBe("backtest.regression");
        verdict.Metrics["lossAgainstParent"].ShouldBe(0.2);
        Judge(Learned(Past), [.. Past, .. Later], [parent]).Verdict.ShouldBe(Verdict.Passed);
    }

    [Fact]
    public void A_parent_is_asked_for_its_own_family_only()
    {
        var elsewhere = new BacktestParent(Learned(Past), new HashSet<string> { "e-elsewhere" });

        Judge(Text("1. `find_reader`.\n2. `renew_loan`."), [.. Past, .. Later], [elsewhere]).Metrics.Keys.ShouldNotContain("lossAgainstParent");
    }

    [Fact]
    public void Of_an_imported_skill_nothing_can_be_said() =>
        BacktestValidator.Judge(new(Learned(Past), SkillKind.Functional, new HashSet<string>(), [], [], null), Thresholds).Findings.Single().Rule.ShouldBe("backtest.no-evidence");

    [Fact]
    public void Episodes_without_which_no_version_would_be_made_judge_none() =>
        Judge(Learned(Past), Past, without: _ => null).Findings.Single().Rule.ShouldBe("backtest.too-few");

    [Fact]
    public void A_skill_for_one_tool_is_judged_by_what_helped()
    {
        IReadOnlyList<MinedEpisode> runs = [.. Enumerable.Range(1, 4).Select(n => ARun.Of(n).User("Please look my card up for me")
            .Fails("find_card", new { card = $"K-{n}" }, "Error: unknown card").Call("find_reader", new { name = "A" }, new { card = $"K-{n}" })
            .Call("find_card", new { card = $"K-{n}" }, new { ok = true }).MinedTool("find_card"))];
        var known = new HashSet<string> { runs[0].Id };
        var text = Package.OfText((Package.SkillFile, "---\nname: a\ndescription: b\n---\n\n## Pitfalls\n\n- `find_card` can answer `Error`. What helped: `find_reader` first.\n"));

        var verdict = BacktestValidator.Judge(new(text, SkillKind.Atomic, known, [], runs, null), Thresholds);

        (verdict.Verdict, verdict.Metrics["covered"], verdict.Metrics["wasted"]).ShouldBe((Verdict.Passed, 1, 0));
    }

    [Fact]
    public void Too_few_runs_say_nothing()
    {
        var verdict = Judge(Learned(Past), [.. Past, Later[0]]);

        verdict.Verdict.ShouldBe(Verdict.Inconclusive);
        verdict.Findings.Single().Message.ShouldBe("1 successful episodes came after this version and 7 are known; 2 of 2 tasks must be held out");
    }

    [Fact]
    public void The_order_of_episodes_does_not_matter()
    {
        IReadOnlyList<MinedEpisode> episodes = [.. Past, .. Later, .. Others()];
        var text = Text("1. `find_reader`.\n2. `check_fines`.\n3. `renew_loan`.");

        Judge(text, [.. episodes.Reverse()]).ShouldBe(Judge(text, episodes));
    }

    // Failures of the same family, which use more tools than its successes.
    private static IEnumerable<MinedEpisode> Others() => Library.Fined(1).Select(e => Failing(ARun.Of(90).User("Please renew L-7090 by letter")
        .Call("check_fines", new { loan_id = "L-7090" }).Call("send_letter", new { loan_id = "L-7090" }).Call(Library.Renew, new { loan_id = "L-7090" }).Mined(Library.Renew)));

    private static MinedEpisode Failing(MinedEpisode episode) => episode with { Evidence = episode.Evidence with { Outcome = episode.Evidence.Outcome with { Success = false, Reward = 0 } } };

    private static Package Text(string steps) => Package.OfText((Package.SkillFile, $"---\nname: library-renew-loan\ndescription: Renews.\n---\n\n# Renew\n\n## Steps\n\n{steps}\n"));

    private static Package Learned(IReadOnlyList<MinedEpisode> episodes) => KindMiner.Compose(Renewing, "library-renew-loan", episodes, AFamily.Default, "").ShouldNotBeNull().Package;

    private static ValidationVerdict Judge(
        Package package, IReadOnlyList<MinedEpisode> episodes, IReadOnlyList<BacktestParent>? parents = null, Func<IReadOnlyList<MinedEpisode>, Package?>? without = null) =>
        BacktestValidator.Judge(new(package, SkillKind.Functional, Past.Select(e => e.Id).ToHashSet(StringComparer.Ordinal), parents ?? [], episodes, without), Thresholds);
}
