using Pipeline.Domain.Curation;
using Pipeline.Domain.Families;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation.Rules;

/// <summary>A skill that helps one model and harms another is said to do so.</summary>
public sealed class ModelEffectsTests
{
    [Fact]
    public void Helping_one_and_harming_another_is_flagged_and_a_variant_is_proposed()
    {
        var decision = AFamily.Kept(Split(Shipped.Default), "variant-proposed");

        decision.Models.ShouldNotBeNull();
        (decision.Models.Helped, decision.Models.Harmed, decision.Models.Proposed).ShouldSatisfyAllConditions(
            m => m.Helped.ShouldBe(["strong"]), m => m.Harmed.ShouldBe(["weak"]), m => m.Proposed.ShouldBe(["weak"]));
        decision.Reason.ShouldStartWith("it helps strong (+.68), harms weak (−.75): a sibling for weak is proposed");
    }

    [Fact]
    public void Where_variants_are_off_it_is_only_said()
    {
        var decision = AFamily.Kept(Split(Shipped.Default with { Variants = Variants.None }), "models-differ");
        decision.Models!.Proposed.ShouldBeEmpty();
    }

    [Fact]
    public void A_difference_in_degree_or_with_little_use_is_no_split()
    {
        Made(Shipped.Default).Admit(Of("strong", 24, 23, 8, 0)).Admit(Of("weak", 24, 18, 8, 3000)).Conclude().Decision.Models.ShouldBeNull();
        Made(Shipped.Default).Admit(Of("strong", 24, 23, 8, 0)).Admit(Of("weak", 10, 1, 20, 3000)).Conclude().Decision.Models.ShouldBeNull();
    }

    [Fact]
    public void The_same_split_is_put_on_record_once_and_another_again()
    {
        var once = Split(Shipped.Default).Curate();
        var again = once.Admit(Use.OfNone.Runs(1, 1, from: 9500)).Curate();
        again.Family.Decisions.Count.ShouldBe(once.Family.Decisions.Count);

        again.Admit(Of("third", 24, 2, 20, 12000)).Curate().Family.Decisions[^1].Models!.Harmed.ShouldBe(["third", "weak"]);
    }

    private static AFamily Made(CurationPolicy policy) => new AFamily(Renew) { Policy = policy with { Rules = policy.Rules with { Improve = "none" } } }.Admit(Renewals(30)).Curate();

    private static AFamily Split(CurationPolicy policy) => Made(policy).Admit(Of("strong", 30, 28, 6, 0)).Admit(Of("weak", 24, 2, 20, 3000));

    private static IEnumerable<Domain.Curation.Composing.MinedEpisode> Of(string model, int with, int succeeded, int without, int from) =>
    [
        .. (Use.Of("library-renew-loan", 1) with { Model = model }).Runs(with, succeeded, from: 20000 + from),
        .. (Use.OfNone with { Model = model }).Runs(24, without, from: 21000 + from),
    ];
}
