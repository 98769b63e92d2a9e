using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;

namespace Pipeline.Domain.Tests.Skills.Tiers;

/// <summary>What holds of any verdicts, in whatever order they come.</summary>
public sealed class TierLaws
{
    private sealed record Said(string Validator, Verdict Verdict, bool IsCurrent);

    private static readonly Arbitrary<IReadOnlyList<Said>> Verdicts = Properties.Sequences(
        from validator in Gen.Elements(ATrust.Names)
        from verdict in Gen.Elements(Verdict.Passed, Verdict.Passed, Verdict.Passed, Verdict.Failed, Verdict.Inconclusive, Verdict.InfraBlocked)
        from current in Gen.Frequency((3, Gen.Constant(true)), (1, Gen.Constant(false)))
        select new Said(validator, verdict, current), longest: 14);

    private static readonly Arbitrary<int> People = Arb.From(Gen.Choose(0, 3));

    [Fact]
    public void A_tier_is_never_above_what_todays_verdicts_and_people_allow() => Prop.ForAll(Verdicts, People, (said, people) =>
    {
        var tier = Judged(said, people).Decide().To;
        bool Passed(string validator) => said.LastOrDefault(s => s.Validator == validator && s.IsCurrent && s.Verdict != Verdict.InfraBlocked)?.Verdict == Verdict.Passed;

        if (tier >= Tier.T1) (Passed("spec") && Passed("security")).ShouldBeTrue();
        if (tier >= Tier.T2) (Passed("grounding") && Passed("backtest")).ShouldBeTrue();
        if (tier >= Tier.T3) (Passed("platform") || people > 0).ShouldBeTrue();
        (tier < Tier.T4).ShouldBeTrue();
        (tier >= Tier.T1).ShouldBe(Passed("spec") && Passed("security"));
    }).Check(Properties.Config());

    [Fact]
    public void The_order_in_which_verdicts_come_does_not_matter() => Prop.ForAll(Verdicts, People, (said, people) =>
    {
        // A validator's last word by the same rules is what it says, and to be kept from judging is no word.
        var words = said.Where(s => s.Verdict != Verdict.InfraBlocked).Reverse().DistinctBy(s => (s.Validator, s.IsCurrent)).ToList();
        IReadOnlyList<Said> blocked = [.. said.Where(s => s.Verdict == Verdict.InfraBlocked)];
        var there = Judged([.. words, .. blocked], people).Decide();
        var back = Judged([.. blocked, .. words.AsEnumerable().Reverse()], people).Decide();

        (there.To, string.Join('|', there.Evidence), string.Join('|', there.Denials)).ShouldBe((back.To, string.Join('|', back.Evidence), string.Join('|', back.Denials)));
    }).Check(Properties.Config());

    [Fact]
    public void Whatever_comes_in_whatever_order_deciding_each_time_ends_where_deciding_once_does() => Prop.ForAll(Verdicts, People, (said, people) =>
    {
        var words = said.Where(s => s.IsCurrent).ToList();
        var step = words.Aggregate(ATrust.Of(), (trust, word) => Judged([word], 0, trust).Followed());
        for (var i = 0; i < people; i++) step = step.Approved($"person-{i}");

        step.Followed().Skill.Current!.Tier.ShouldBe(Judged(words, people).Decide().To);
    }).Check(Properties.Config());

    [Fact]
    public void What_follows_applied_leads_to_nothing_more() => Prop.ForAll(Verdicts, People, (said, people) =>
        Judged(said, people).Followed().Following().Count.ShouldBe(0)).Check(Properties.Config());

    [Fact]
    public void Below_the_top_there_is_always_a_reason_why_not_more() => Prop.ForAll(Verdicts, People, (said, people) =>
        Judged(said, people).Decide().Denials.ShouldNotBeEmpty()).Check(Properties.Config());

    private static ATrust Judged(IReadOnlyList<Said> said, int people, ATrust? trust = null)
    {
        trust = said.Aggregate(trust ?? ATrust.Of(), (t, s) => t.Judged(s.Validator, s.Verdict, rules: s.IsCurrent ? null : "older"));
        for (var i = 0; i < people; i++) trust = trust.Approved($"person-{i}");
        return trust;
    }
}
