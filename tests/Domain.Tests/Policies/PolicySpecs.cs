using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Policies;
using static Pipeline.Domain.Policies.PolicyCommand;
using static Pipeline.Domain.Policies.PolicyEvent;

namespace Pipeline.Domain.Tests.Policies;

public sealed class PolicySpecs
{
    private static readonly Spec<PolicyShelf, PolicyCommand> Specification = new(PolicyShelf.Fold, PolicyDecider.Decide);
    private static readonly PolicyPublished First = new("default", 1, "d1", 100);
    private static readonly PolicyPublished Second = new("default", 2, "d2", 120);

    [Fact]
    public void A_policy_is_published_and_then_not_yet_active() =>
        Specification.Given().When(new Publish("default", 1, "d1", 100)).Then(First).Active.ShouldBeNull();

    [Fact]
    public void A_published_version_keeps_its_content() =>
        Specification.Given(First).When(new Publish("default", 1, "d2", 120)).ThenRefused("policy-version-taken");

    [Fact]
    public void The_same_policy_again_is_nothing() => Specification.Given(First, Second).When(new Publish("default", 1, "d1", 100)).ThenNothing();

    [Fact]
    public void A_published_policy_is_activated_by_its_digest()
    {
        Specification.Given(First, Second).When(new Activate("d2", "stricter")).Then(new PolicyActivated("default", 2, "d2", "stricter"))
            .Active.ShouldBe(new PolicyReference("default", 2, "d2"));
        Specification.Given(First, Second, new PolicyActivated("default", 2, "d2", "")).When(new Activate("d1", "back")).Then(new PolicyActivated("default", 1, "d1", "back"));
    }

    [Fact]
    public void What_was_not_published_cannot_be_activated() => Specification.Given(First).When(new Activate("d9", "")).ThenRefused("policy-unknown");

    [Fact]
    public void A_shelf_with_newer_history_is_folded_and_not_decided_on()
    {
        var newer = new UnknownEvent("policy_signed", "{}");

        Specification.Given(First, newer).When(new Publish("default", 2, "d2", 1)).ThenRefused("newer-history");
        Specification.Given(First, newer).When(new Activate("d1", "")).ThenRefused("newer-history");
        PolicyShelf.Fold([newer, First, Second]).Published.Count.ShouldBe(2);
    }
}
