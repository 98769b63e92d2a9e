using Pipeline.Domain.Skills;
using static Pipeline.Domain.Skills.SkillCommand;
using static Pipeline.Domain.Skills.SkillEvent;
using static Pipeline.Domain.Tests.Skills.SomeSkill;

namespace Pipeline.Domain.Tests.Skills;

/// <summary>Create, improve, retire, reinstate, roll back and revoke.</summary>
public sealed class SkillVersionSpecs
{
    [Fact]
    public void A_created_skill_has_version_1_in_quarantine()
    {
        var skill = Specification.Given().When(Create()).Then(Created());

        skill.Lifecycle.ShouldBe(Lifecycle.Active);
        skill.Latest!.Number.ShouldBe(1);
        skill.Latest.Tier.ShouldBe(Tier.Q);
    }

    [Fact]
    public void A_skill_that_exists_is_not_created_with_another_text() =>
        Specification.Given(Created()).When(Create(text: "other")).ThenRefused("skill-exists");

    [Theory]
    [InlineData("")]
    [InlineData("Greet")]
    [InlineData("-greet")]
    [InlineData("greet-")]
    [InlineData("greet--them")]
    [InlineData("greet them")]
    [InlineData("grüße")]
    [InlineData("greet\n")]
    [InlineData("../greet")]
    [InlineData("a123456789-123456789-123456789-123456789-123456789-123456789-1234")]
    public void A_name_outside_the_specification_is_refused(string name) => Specification.Given().When(Create(name: name)).ThenRefused("skill-name");

    [Theory]
    [InlineData("a")]
    [InlineData("greet-2-them")]
    [InlineData("a123456789-123456789-123456789-123456789-123456789-123456789-123")]
    public void A_name_of_up_to_64_letters_digits_and_hyphens_is_taken(string name) =>
        Specification.Given().When(Create(name: name)).Then(Created() with { Name = name });

    [Fact]
    public void Nothing_can_be_asked_of_a_skill_that_is_not_there()
    {
        SkillCommand[] all = [new Improve(1, Content("two"), []), new Retire(RetirementCause.Stale, ""), new Reinstate(""), new RollBack(1, ""), new Revoke(1, "")];
        foreach (var command in all) Specification.Given().When(command).ThenRefused("skill-unknown");
    }

    [Fact]
    public void An_improvement_of_the_current_version_gets_the_next_number()
    {
        var edit = new SectionEdit(SectionEditKind.Added, "Checks", "", DigestOf("checks"));
        var skill = Specification.Given(Created(), Improved(2, "two"))
            .When(new Improve(2, Content("three"), [edit]))
            .Then(new SkillImproved(3, 2, Content("three"), [edit]));

        skill.Latest!.Parents.ShouldBe([Reference("greet", 2, "two")]);
    }

    [Fact]
    public void An_improvement_of_an_older_version_is_refused() => Specification.Given(Created(), Improved(2, "two"))
        .When(new Improve(1, Content("three"), [])).ThenRefused("base-moved");

    [Fact]
    public void An_improvement_that_changes_nothing_is_nothing() =>
        Specification.Given(Created()).When(new Improve(1, Content("one"), [])).ThenNothing();

    [Fact]
    public void Content_that_was_revoked_does_not_come_back_as_an_improvement() => Specification
        .Given(Created(), Improved(2, "two"), new VersionRevoked(1, DigestOf("one"), ""))
        .When(new Improve(2, Content("one"), [])).ThenRefused("digest-revoked");

    [Fact]
    public void A_retired_skill_serves_nothing_until_it_is_reinstated()
    {
        var retired = Specification.Given(Created()).When(new Retire(RetirementCause.NoUtility, "no use")).Then(new SkillRetired(RetirementCause.NoUtility, "no use"));
        retired.Latest.ShouldBeNull();
        retired.Current!.Number.ShouldBe(1);

        Specification.Given(Created(), new SkillRetired(RetirementCause.NoUtility, "no use"))
            .When(new Reinstate("needed")).Then(new SkillReinstated("needed")).Latest!.Number.ShouldBe(1);
    }

    [Fact]
    public void A_retired_skill_comes_back_with_another_text_at_once()
    {
        Specification.Given(Created(), new SkillRetired(RetirementCause.NoUtility, "no use"))
            .When(new Renew("it says something else", 1, Content("two"), []))
            .Then(new SkillReinstated("it says something else"), Improved(2, "two")).Latest!.Number.ShouldBe(2);
        Specification.Given(Created(), new SkillRetired(RetirementCause.NoUtility, "no use")).When(new Renew("", 1, Content("one"), [])).ThenRefused("nothing-new");
        Specification.Given(Created(), new SkillRetired(RetirementCause.NoUtility, "no use")).When(new Renew("", 2, Content("two"), [])).ThenRefused("base-moved");
        Specification.Given(Created()).When(new Renew("", 1, Content("two"), [])).ThenRefused("skill-not-retired");
    }

    [Fact]
    public void A_retired_skill_changes_only_after_it_is_reinstated()
    {
        SkillCommand[] all =
        [
            new Improve(1, Content("two"), []), new RollBack(1, ""), new Approve(1, "ada", ""), new MoveAlias("canary", 1, ""),
            new RequestValidation("j", 1, "v", "1", "r"),
        ];
        foreach (var command in all)
            Specification.Given(Created(), new SkillRetired(RetirementCause.Stale, "")).When(command).ThenRefused("skill-retired");
    }

    [Fact]
    public void Rolling_back_makes_a_new_number_with_an_old_digest()
    {
        var skill = Specification.Given(Created(), Improved(2, "two"), Improved(3, "three"))
            .When(new RollBack(1, "worse")).Then(new SkillRolledBack(4, 1, DigestOf("one"), "worse"));

        skill.Latest!.Number.ShouldBe(4);
        skill.Latest.PackageDigest.ShouldBe(DigestOf("one"));
        skill.Latest.Description.ShouldBe("Says one.");
        skill.Latest.Parents.ShouldBe([Reference("greet", 1, "one")]);
    }

    [Fact]
    public void Rolling_back_to_the_content_that_stands_is_nothing() =>
        Specification.Given(Created(), Improved(2, "two"), new SkillRolledBack(3, 1, DigestOf("one"), "")).When(new RollBack(1, "")).ThenNothing();

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3)]
    public void A_version_that_never_was_is_no_target(int version)
    {
        SkillCommand[] all =
        [
            new RollBack(version, ""), new Revoke(version, ""), new Approve(version, "ada", ""), new WithdrawApproval(version, "ada", ""),
            new MoveAlias("canary", version, ""), new DecideTier(version, Tier.T1, "p", [], []), new RequestValidation("j", version, "v", "1", "r"),
        ];
        foreach (var command in all) Specification.Given(Created(), Improved(2, "two")).When(command).ThenRefused("version-unknown");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_revoked_version_is_no_target_even_where_it_stands(int version) => Specification
        .Given(Created(), Improved(2, "two"), new VersionRevoked(version, DigestOf(version == 1 ? "one" : "two"), ""))
        .When(new RollBack(version, "")).ThenRefused("version-revoked");

    [Fact]
    public void A_revoked_version_gives_way_to_the_newest_that_is_not()
    {
        var skill = Specification.Given(Created(), Improved(2, "two")).When(new Revoke(2, "leaks")).Then(new VersionRevoked(2, DigestOf("two"), "leaks"));

        skill.Latest!.Number.ShouldBe(1);
        skill.Current!.Number.ShouldBe(2);
    }

    [Fact]
    public void Revoking_a_version_revokes_every_number_with_its_digest()
    {
        var skill = Specification.Given(Created(), Improved(2, "two"), new SkillRolledBack(3, 1, DigestOf("one"), ""))
            .When(new Revoke(1, "leaks")).Then(
                new VersionRevoked(1, DigestOf("one"), "leaks"),
                new TierDecided(2, DigestOf("two"), Tier.Q, Tier.Q, "revocation", [], ["descends from revoked version 1"]));

        skill.Latest!.Number.ShouldBe(2);
        Specification.Given(Created(), Improved(2, "two"), new SkillRolledBack(3, 1, DigestOf("one"), ""), new VersionRevoked(1, DigestOf("one"), ""))
            .When(new Revoke(3, "leaks")).ThenNothing();
    }

    [Fact]
    public void What_descends_from_a_revoked_version_goes_into_quarantine()
    {
        SkillEvent[] history =
        [
            Created(), Improved(2, "two"), Improved(3, "three"), new SkillRolledBack(4, 1, DigestOf("one"), ""), new SkillImproved(5, 4, Content("five"), []),
            Tiered(1, "one", Tier.Q, Tier.T2), Tiered(3, "three", Tier.Q, Tier.T3), Tiered(5, "five", Tier.Q, Tier.T1),
        ];
        var skill = Specification.Given(history).When(new Revoke(2, "leaks")).Then(
            new VersionRevoked(2, DigestOf("two"), "leaks"),
            new TierDecided(3, DigestOf("three"), Tier.T3, Tier.Q, "revocation", [], ["descends from revoked version 2"]));

        skill.Versions.Select(v => v.Tier).ShouldBe([Tier.T2, Tier.Q, Tier.Q, Tier.T2, Tier.T1]);
    }

    [Fact]
    public void Quarantine_reaches_descendants_of_descendants_and_of_every_copy() => Specification
        .Given(
            Created(), Improved(2, "two"), Improved(3, "three"), new SkillRolledBack(4, 1, DigestOf("one"), ""), new SkillImproved(5, 4, Content("five"), []),
            Tiered(3, "three", Tier.Q, Tier.T3), Tiered(5, "five", Tier.Q, Tier.T1))
        .When(new Revoke(1, "leaks")).Then(
            new VersionRevoked(1, DigestOf("one"), "leaks"),
            new TierDecided(2, DigestOf("two"), Tier.Q, Tier.Q, "revocation", [], ["descends from revoked version 1"]),
            new TierDecided(3, DigestOf("three"), Tier.T3, Tier.Q, "revocation", [], ["descends from revoked version 1"]),
            new TierDecided(5, DigestOf("five"), Tier.T1, Tier.Q, "revocation", [], ["descends from revoked version 1"]));

    [Fact]
    public void A_retired_skill_can_still_be_revoked() => Specification.Given(Created(), new SkillRetired(RetirementCause.Stale, ""))
        .When(new Revoke(1, "leaks")).Then(new VersionRevoked(1, DigestOf("one"), "leaks"));

    [Fact]
    public void A_skill_with_newer_history_is_folded_and_not_decided_on()
    {
        SkillCommand[] all =
        [
            Create(), new Improve(1, Content("two"), []), new Retire(RetirementCause.Stale, ""), new Reinstate(""), new RollBack(1, ""), new Revoke(1, ""),
            new Approve(1, "ada", ""), new CompleteValidation("j", 1, "v", "1", "r", Verdict.Passed, new Dictionary<string, double>(), "d"),
        ];
        foreach (var command in all) Specification.Given(Created(), Newer).When(command).ThenRefused("newer-history");
        Skill.Fold([Created(), Newer, Improved(2, "two")]).Latest!.Number.ShouldBe(2);
    }
}
