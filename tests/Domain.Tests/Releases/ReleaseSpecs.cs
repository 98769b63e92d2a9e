using Pipeline.Domain.Ledger;
using Pipeline.Domain.Releases;
using static Pipeline.Domain.Releases.ReleaseEvent;

namespace Pipeline.Domain.Tests.Releases;

public sealed class ReleaseSpecs
{
    private static readonly Spec<Release, ReleaseCommand> Specification = new(Release.Fold, ReleaseDecider.Decide);
    private static readonly ReleaseManifest First = Manifest(1);
    private static readonly ReleaseManifest Second = Manifest(2);
    private static readonly IReadOnlySet<string> None = new HashSet<string>();

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
        ReleaseManifest.Of([a, b]).ShouldNotBe(ReleaseManifest.Of([a]));
    }

    [Fact]
    public void A_manifest_with_a_revoked_version_is_not_applied_at_all() =>
        Specification.Given(Applied(First)).When(Apply(Second) with { Revoked = new HashSet<string> { "d2" } }).ThenRefused("version-revoked");

    [Fact]
    public void Rolling_back_puts_an_earlier_manifest_in_place() => Specification.Given(Applied(First), Applied(Second))
        .When(RollBack(First.Id)).Then(new ReleaseRolledBack(Second.Id, First, "production", "azd-9", "worse")).Current.ShouldBe(First);

    [Fact]
    public void A_roll_back_to_what_stands_is_nothing() => Specification.Given(Applied(First), Applied(Second)).When(RollBack(Second.Id)).ThenNothing();

    [Fact]
    public void What_never_stood_or_is_revoked_since_is_no_target()
    {
        Specification.Given().When(RollBack(First.Id)).ThenRefused("nothing-released");
        Specification.Given(Applied(Second)).When(RollBack(First.Id)).ThenRefused("release-unknown");
        Specification.Given(Applied(First), Applied(Second)).When(RollBack(First.Id) with { Revoked = new HashSet<string> { "d1" } }).ThenRefused("version-revoked");
    }

    [Fact]
    public void A_stage_with_newer_history_is_folded_and_not_decided_on()
    {
        var newer = new UnknownEvent("release_frozen", "{}");

        Specification.Given(Applied(First), newer).When(Apply(Second)).ThenRefused("newer-history");
        Specification.Given(Applied(First), Applied(Second), newer).When(RollBack(First.Id)).ThenRefused("newer-history");
        Release.Fold([newer, Applied(First)]).Current.ShouldBe(First);
    }

    private static ReleaseManifest Manifest(int version) => ReleaseManifest.Of([new("greet", "production", version, $"d{version}")]);

    private static ReleaseCommand.Apply Apply(ReleaseManifest manifest) => new(manifest, "production", "9f2c1e7", "azd-1", None);

    private static ReleaseCommand.RollBack RollBack(string to) => new(to, "azd-9", "worse", None);

    private static ReleaseApplied Applied(ReleaseManifest manifest) => new(manifest, "production", "9f2c1e7", "azd-1");
}
