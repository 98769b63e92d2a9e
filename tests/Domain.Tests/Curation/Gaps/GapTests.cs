using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Gaps;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Tests.Curation.AFamily;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation.Gaps;

public sealed class GapTests
{
    private static readonly AFamily Empty = new(Renew);

    [Fact]
    public void A_family_that_fails_and_seldom_works_is_a_gap_and_says_what_is_missing()
    {
        var family = Empty.Admit([.. Renewals(2), .. Refused(4), Renewal(50).EndedAs(new(true, 1, VerifiedBy.Self)).Mined(Renew)]);

        var gap = Of(family).ShouldNotBeNull();

        gap.Missing.ShouldBe(new(2, 3, 2, 3));
        (gap.Failures, gap.Successes, gap.WithoutVerdict, gap.Tasks, gap.Sources, gap.FailuresRead).ShouldBe((4, 2, 1, 4, 1, 4));
        gap.Patterns.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            p => (p.Tool, p.Error, p.Place, p.Call, p.Runs, p.Tasks, p.RecoveredIn).ShouldBe((Renew, "Error: on hold", FailurePlace.AtEffect, 2, 4, 4, 0)),
            p => p.TrajectoryIds.ShouldBe(["t-020", "t-021", "t-022", "t-023"]));
    }

    [Fact]
    public void Successes_of_one_task_are_still_missing_tasks() =>
        Of(Empty.Admit([.. Enumerable.Range(1, 5).Select(n => Renewal(n).ForTask("one").Mined(Renew)), .. Refused(1)])).ShouldNotBeNull().Missing.ShouldBe(new(4, 3, 1, 3));

    [Fact]
    public void What_never_failed_or_has_a_skill_or_enough_to_learn_from_is_none()
    {
        Of(Empty).ShouldBeNull();
        Of(Empty.Admit(Renewals(2))).ShouldBeNull();
        Of(Empty.Admit([.. Renewals(3), .. Refused(4)])).ShouldBeNull();
        Of(Empty.Learn(Renewals(3)).Admit(Refused(4))).ShouldBeNull();
        Gap.ToRead(Empty.Admit([.. Renewals(3), .. Refused(4)]).Family, Default, 10).ShouldBeEmpty();
    }

    [Fact]
    public void The_newest_failures_are_read()
    {
        var family = Empty.Admit([.. Renewals(1), .. Refused(5)]).Family;

        Gap.ToRead(family, Default, 2).Select(e => e.EvidenceId).ShouldBe(["e-023", "e-024"]);
    }

    [Fact]
    public void Runs_that_can_no_longer_be_read_are_counted_and_show_no_pattern()
    {
        var gap = Gap.Of(Empty.Admit(Refused(3)).Family, Default, []).ShouldNotBeNull();

        (gap.Failures, gap.FailuresRead).ShouldBe((3, 0));
        gap.Patterns.ShouldBeEmpty();
    }

    [Fact]
    public void Places_tell_a_look_up_from_the_effect_and_from_what_came_after()
    {
        ARun Run(int n) => ARun.Of(n).User("Please renew my borrowed novel").Failed();
        var failures = Enumerable.Range(1, 2).SelectMany(n => new[]
        {
            Run(n).Fails("get_loan", new { loan_id = $"L-700{n}" }, "Error: no such loan").Call(Renew, new { loan_id = $"L-700{n}" }).Mined(Renew),
            Run(n + 10).Call("get_loan", new { loan_id = $"L-701{n}" }).Call(Renew, new { loan_id = $"L-701{n}" }).Call(Renew, new { loan_id = $"L-701{n}" }).Mined(Renew),
            Run(n + 20).Fails(Renew, new { loan_id = $"L-702{n}" }, "Error: busy").Call(Renew, new { loan_id = $"L-702{n}" }).Mined(Renew),
        }).ToList();

        FailureMining.Mine(failures).Select(p => (p.Tool, p.Error, p.Place, p.RecoveredIn)).ShouldBe(
            [("get_loan", "Error: no such loan", FailurePlace.BeforeEffect, 0), (Renew, "", FailurePlace.Unrefused, 0), (Renew, "Error: busy", FailurePlace.AtEffect, 2)], ignoreOrder: true);
    }

    [Fact]
    public void An_error_that_one_task_met_is_told_without_its_words()
    {
        var failures = Enumerable.Range(1, 3).Select(n => Renewal(n).Fails(Renew, new { loan_id = "L-1" }, "Error: Bela Horvath owes a fine").ForTask("theirs").Failed().Mined(Renew));

        var pattern = FailureMining.Mine([.. failures]).ShouldHaveSingleItem();

        (pattern.Tool, pattern.Error, pattern.Runs, pattern.Tasks).ShouldBe((Renew, "", 3, 1));
    }

    [Fact]
    public void The_order_of_failures_changes_no_pattern() => Prop.ForAll(
        Arb.From(from family in SomeRuns.Families.Generator
                 from order in Gen.Shuffle(Enumerable.Range(0, family.Count).ToArray())
                 select (Family: family, Order: order)),
        x => Text(FailureMining.Mine([.. x.Order.Select(i => x.Family[i])])).ShouldBe(Text(FailureMining.Mine(x.Family)), SomeRuns.Text(x.Family)))
        .Check(Properties.Config(300));

    private static string Text(IReadOnlyList<FailurePattern> patterns) => string.Join('\n', patterns.Select(p => Domain.Ledger.CanonicalJson.Text(p)));

    private static Gap? Of(AFamily family) =>
        Gap.Of(family.Family, family.Policy, [.. Gap.ToRead(family.Family, family.Policy, 40).Join(family.Episodes, e => e.EvidenceId, e => e.Id, (_, e) => e)]);

    private static IReadOnlyList<MinedEpisode> Refused(int count) => [.. Enumerable.Range(20, count).Select(n => ARun.Of(n).User("Please renew my borrowed novel")
        .Call("get_loan", new { loan_id = $"L-{7000 + n}" }, new { status = "borrowed" }).Fails(Renew, new { loan_id = $"L-{7000 + n}" }, "Error: on hold").Failed().Mined(Renew))];
}
