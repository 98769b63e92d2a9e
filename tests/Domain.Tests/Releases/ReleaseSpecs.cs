using Pipeline.Domain.Ledger;
using Pipeline.Domain.Releases;
using static Pipeline.Domain.Releases.ReleaseEvent;

namespace Pipeline.Domain.Tests.Releases;

public sealed class ReleaseSpecs
{
    private static readonly Spec<Release, ReleaseCommand> Specification = new(Release.Fold, ReleaseDecider.Decide);
    private static readonly ReleaseManifest First = Manifest(1);
    private static readonly ReleaseManifest Second = Manifest(2);

    [Fact]
    public void An_applied_manifest_stands_on_the_stage()
    {
        var release = Specification.Given().When(Apply(First)).Then(Applied(First));

        release.Current.ShouldBe(First);
        release.Stage.ShouldBe("production");
    }

    [Fact]
    public void The_manifest_that_stands_is_not_applied_again_whatever_the_deployment() =>
        Specification.Given(Applied(First)).When(Apply(Manifest(1)) with { DeploymentId = "azd-2" }).ThenNothing();

    [Fact]
    public void The_same_pins_are_the_same_release_in_whatever_order()
    {
        AliasPin a = new("a", "production", 1, "d1"), b = new("b", "production", 1, "d2");

        ReleaseManifest.Of([a, b]).ShouldBe(ReleaseManifest.Of([b, a]));
        ReleaseManifest.Of([a, b]).ShouldNotBe(ReleaseManifest.Of([a, b with { Version = 2 }]));
        ReleaseManifest.Of([a, b]).ShouldNotBe(ReleaseManifest.Of([a, b with { Share = 10 }]));
        ReleaseManifest.Of([a, b]).ShouldNotBe(ReleaseManifest.Of([a]));
    }

    [Fact]
    public void An_id_that_was_given_before_there_were_shares_is_still_given() =>
        ((ReleaseApplied)Ledger.EventSamples.All.OfType<ReleaseApplied>().First(e => e.AsOf is null)).Manifest.ShouldBe(
            ReleaseManifest.Of(Ledger.EventSamples.All.OfType<ReleaseApplied>().First(e => e.AsOf is null).Manifest.Pins));

    [Fact]
    public void A_manifest_with_a_version_that_cannot_be_named_is_not_applied_at_all() =>
        Specification.Given(Applied(First)).When(new ReleaseCommand.Apply("", "") { Plan = Refusing(Second) }).ThenRefused("version-revoked");

    [Fact]
    public void Rolling_back_puts_an_earlier_manifest_in_place() => Specification.Given(Applied(First), Applied(Second))
        .When(RollBack(First)).Then(new ReleaseRolledBack(Second.Id, First, "production", "azd-9", "worse") { Commit = "9f2c1e7" }).Current.ShouldBe(First);

    [Fact]
    public void A_roll_back_to_what_stands_is_nothing() => Specification.Given(Applied(First), Applied(Second)).When(RollBack(Second)).ThenNothing();

    [Fact]
    public void What_never_stood_or_is_revoked_since_is_no_target()
    {
        Specification.Given().When(RollBack(First)).ThenRefused("nothing-released");
        Specification.Given(Applied(Second)).When(RollBack(First)).ThenRefused("release-unknown");
        Specification.Given(Applied(First), Applied(Second)).When(new ReleaseCommand.RollBack("", "", "") { Plan = Refusing(First) }).ThenRefused("version-revoked");
    }

    [Fact]
    public void A_release_is_named_by_its_id_or_enough_of_its_digits()
    {
        var release = Release.Fold([Applied(First), Applied(Second), Applied(First)]);
        var digits = First.Id["sha256:".Length..];

        ReleaseDecider.Earlier(release, First.Id).Manifest.ShouldBe(First);
        ReleaseDecider.Earlier(release, digits[..8]).Manifest.ShouldBe(First);
        Code(ReleaseDecider.Earlier(release, digits[..7]).Refused).ShouldBe("release-unknown");
        Code(ReleaseDecider.Earlier(release, "").Refused).ShouldBe("release-unknown");
        Code(ReleaseDecider.Earlier(Release.None, First.Id).Refused).ShouldBe("nothing-released");
        var alike = Release.Fold([Applied(First with { Id = "sha256:0123456789" }), Applied(Second with { Id = "sha256:0123456700" })]);
        Code(ReleaseDecider.Earlier(alike, "01234567").Refused).ShouldBe("release-ambiguous");
        ReleaseDecider.Earlier(alike, "012345678").Manifest!.Id.ShouldBe("sha256:0123456789");
    }

    [Fact]
    public void A_stage_with_newer_history_is_folded_and_not_decided_on()
    {
        var newer = new UnknownEvent("release_frozen", "{}");

        Specification.Given(Applied(First), newer).When(Apply(Second)).ThenRefused("newer-history");
        Specification.Given(Applied(First), Applied(Second), newer).When(RollBack(First)).ThenRefused("newer-history");
        Release.Fold([newer, Applied(First)]).Current.ShouldBe(First);
    }

    private static string Code(Decision? refused) => refused.ShouldBeOfType<Decision.Refused>().Code;

    private static ReleaseManifest Manifest(int version) => ReleaseManifest.Of([new("greet", "production", version, $"d{version}")]);

    private static ReleasePlan Plan(ReleaseManifest manifest) => new("production", manifest, [], []);

    private static ReleasePlan Refusing(ReleaseManifest manifest) =>
        new("production", manifest, [new("greet", "production", 1, 1, PinChange.Refused, "it is revoked") { Code = "version-revoked" }], []);

    private static ReleaseCommand.Apply Apply(ReleaseManifest manifest) => new("9f2c1e7", "azd-1") { Plan = Plan(manifest) };

    private static ReleaseCommand.RollBack RollBack(ReleaseManifest to) => new("9f2c1e7", "azd-9", "worse") { Plan = Plan(to) };

    private static ReleaseApplied Applied(ReleaseManifest manifest) => new(manifest, "production", "9f2c1e7", "azd-1");
}
