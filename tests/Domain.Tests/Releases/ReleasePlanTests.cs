using Pipeline.Domain.Ledger;
using Pipeline.Domain.Releases;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Domain.Tests.Skills.Tiers;
using static Pipeline.Domain.Skills.SkillEvent;
using static Pipeline.Domain.Tests.Skills.SomeSkill;

namespace Pipeline.Domain.Tests.Releases;

public sealed class ReleasePlanTests
{
    // Version 1 at T3, 2 at T3, 3 at T2; production and canary at 1, latest at 3.
    private static readonly Skill Greet = Skill.Fold([
        Created(), Improved(2, "two"), Improved(3, "three"), Tiered(1, "one", Tier.Q, Tier.T3), Tiered(2, "two", Tier.Q, Tier.T3), Tiered(3, "three", Tier.Q, Tier.T2),
        new AliasMoved("production", null, 1, "first"), new AliasMoved("canary", null, 1, "first"), new AliasMoved("latest", null, 3, "newest")]);

    private static readonly Skill Bow = Skill.Fold([Created("bow", "b1"), Tiered(1, "b1", Tier.Q, Tier.T1)]);

    private static readonly ReleaseManifest Both = Of(("production", 2), ("canary", 3));

    [Fact]
    public void What_a_manifest_pins_is_moved_there_and_held()
    {
        var plan = Plan(Both);

        Text(plan).ShouldBe(["canary 1 Move 3", "production 1 Move 2"]);
        var after = After(plan);
        after.Aliases["production"].ShouldBe(2);
        after.Aliases["canary"].ShouldBe(3);
        after.PinnedBy["canary"].ShouldBe("test");
        Texts(plan).ShouldAllBe(e => e.Contains("\"reason\":\"release ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_manifest_once_more_changes_nothing()
    {
        var after = After(Plan(Both));
        var again = Plan(Both, Both, after);

        again.PerSkill.ShouldBeEmpty();
        again.Aliases.ShouldAllBe(a => a.Change == PinChange.Stands);
        ReleaseDecider.Decide(new ReleaseCommand.Apply("c", "d") { Plan = again }, Release.None with { History = [Both] }).ShouldBe(Decision.Nothing);
    }

    [Fact]
    public void An_alias_that_is_there_already_is_held_from_then_on()
    {
        var plan = Plan(Of(("production", 1)));

        Text(plan).ShouldBe(["production 1 Pin 1"]);
        After(plan).PinnedBy["production"].ShouldBe("test");
    }

    [Fact]
    public void A_pinned_alias_follows_nothing_until_it_is_let_go()
    {
        var held = After(Plan(Of(("canary", 1), ("latest", 2))));
        var newer = With(held, Improved(4, "four"), Tiered(4, "four", Tier.Q, Tier.T3));

        AliasRules.Following(ATrust.Strict, newer).ShouldBeEmpty();
        AliasRules.Following(ATrust.Strict, With(Greet, Improved(4, "four"), Tiered(4, "four", Tier.Q, Tier.T3))).Count.ShouldBe(2, "without a pin it would have gone there");
        var let = After(Plan(Of(), Of(("canary", 1), ("latest", 2)), newer), newer);
        let.PinnedBy.ShouldBeEmpty();
        (let.Aliases["canary"], let.Aliases["latest"]).ShouldBe((1, 2));
        AliasRules.Following(ATrust.Strict, let).ShouldBeEmpty("it stays where it is");
        AliasRules.Following(ATrust.Strict, With(let, Improved(5, "five"), Tiered(5, "five", Tier.Q, Tier.T2))).Count.ShouldBe(2, "and follows what was made since");
    }

    [Theory]
    [InlineData("canary", "canary 3")]
    [InlineData("production", "production 2")]
    public void A_pinned_alias_leaves_a_revoked_version_all_the_same(string alias, string expected)
    {
        var revoked = With(After(Plan(Of((alias, 1)))), new VersionRevoked(1, DigestOf("one"), "leaks"));

        AliasRules.Following(ATrust.Strict, revoked).OfType<SkillCommand.MoveAlias>().Select(m => $"{m.Alias} {m.ToVersion}").ShouldContain(expected);
    }

    [Fact]
    public void A_pinned_alias_leaves_a_version_that_fell_below_what_the_alias_needs() =>
        AliasRules.Following(ATrust.Strict, With(After(Plan(Of(("production", 2)))), Tiered(2, "two", Tier.T3, Tier.T1)))
            .OfType<SkillCommand.MoveAlias>().Single(m => m.Alias == "production").ToVersion.ShouldBe(1);

    [Fact]
    public void Nothing_is_done_where_one_version_is_revoked()
    {
        var plan = Plan(Both, null, With(Greet, new VersionRevoked(2, DigestOf("two"), "leaks")));

        plan.PerSkill.ShouldBeEmpty();
        plan.Refusal!.Code.ShouldBe("version-revoked");
        plan.Refusal.Message.ShouldBe("version 2 of greet is revoked, and cannot be production; nothing of the manifest is applied");
        Text(plan).ShouldBe(["canary 1 Move 3", "production 1 Refused 2"]);
    }

    [Theory]
    [InlineData("production", 3, "tier-too-low")]
    [InlineData("production", 4, "version-unknown")]
    [InlineData("production", 0, "version-unknown")]
    [InlineData("Production", 1, "alias-name")]
    public void What_cannot_be_named_is_refused(string alias, int version, string code) => Plan(Of((alias, version))).Refusal!.Code.ShouldBe(code);

    [Fact]
    public void A_skill_that_is_not_there_and_one_that_nobody_judged_are_refused_together()
    {
        var plan = ReleasePlan.Of("test", ReleaseManifest.Of([new("bow", "canary", 1, DigestOf("b1")), new("curtsy", "production", 1, "d")]), null,
            new Dictionary<string, Skill> { ["bow"] = Bow, ["curtsy"] = Skill.None });

        plan.Refused.Select(r => r.Code).ShouldBe(["tier-too-low", "skill-unknown"]);
        plan.Refusal!.Message.ShouldContain("canary needs T2, and version 1 of bow is at T1");
        plan.Refusal.Message.ShouldContain("there is no skill 'curtsy'");
    }

    [Fact]
    public void A_retired_skill_is_not_moved_and_what_is_pinned_of_it_stands()
    {
        var retired = With(Greet, new SkillRetired(RetirementCause.ByHand, ""));
        Plan(Both, null, retired).Refusal!.Code.ShouldBe("skill-retired");

        var asleep = With(After(Plan(Both)), new SkillRetired(RetirementCause.ByHand, ""));
        var again = Plan(Both, Both, asleep);
        again.Refusal.ShouldBeNull();
        again.Aliases.ShouldAllBe(a => a.Change == PinChange.Stands && a.Why == "the skill is retired: it serves nothing");
        Plan(Of(), Both, asleep).Aliases.ShouldAllBe(a => a.Change == PinChange.Unpin);
    }

    [Fact]
    public void Drift_is_what_stands_otherwise_than_pinned()
    {
        var held = After(Plan(Both));
        ReleasePlan.Drift("test", Both, Skills(held)).ShouldBeEmpty();

        var moved = With(held, [.. Decided(new SkillCommand.MoveAlias("production", 1, "2 is odd"), held)]);
        var drift = ReleasePlan.Drift("test", Both, Skills(moved)).ShouldHaveSingleItem();
        (drift.Alias, drift.At, drift.Version, drift.Change).ShouldBe(("production", 1, 2, PinChange.Move));
        Plan(Both, Both, moved).PerSkill.ShouldHaveSingleItem().Events.ShouldHaveSingleItem().ShouldBeOfType<AliasMoved>().ToVersion.ShouldBe(2);
    }

    [Fact]
    public void Somebody_who_moves_a_pinned_alias_to_where_it_is_leaves_the_pin()
    {
        var held = After(Plan(Both));

        Decided(new SkillCommand.MoveAlias("production", 2, "again"), held).ShouldBeEmpty();
    }

    [Fact]
    public void What_another_stage_holds_is_taken_over_and_never_let_go_for_it()
    {
        var held = After(Plan(Both));
        var taken = ReleasePlan.Of("production", Of(("production", 2)), null, Skills(held));
        taken.Aliases.ShouldHaveSingleItem().Why.ShouldBe("the release of test held it");

        var after = After(taken, held);
        after.PinnedBy["production"].ShouldBe("production");
        Text(Plan(Of(), Both, after)).ShouldBe(["canary 3 Unpin "]);
    }

    [Fact]
    public void A_share_of_the_callers_is_part_of_what_is_pinned()
    {
        var tenth = ReleaseManifest.Of([new("greet", "canary", 3, DigestOf("three")) { Share = 10 }]);
        var after = After(Plan(tenth));
        after.Shares["canary"].Percent.ShouldBe(10);

        Plan(tenth, tenth, after).PerSkill.ShouldBeEmpty();
        Text(Plan(Of(("canary", 3)), tenth, after)).ShouldBe(["canary 3 Move 3"]);
        After(Plan(Of(), tenth, after), after).Shares["canary"].Percent.ShouldBe(10, "it stays as it is");
    }

    [Fact]
    public void As_of_a_leaf_pins_every_alias_of_what_was_served_then()
    {
        var shared = With(Greet, new AliasMoved("canary", 1, 3, "") { Share = 5 });
        var manifest = ReleaseManifest.AsOf([shared, Skill.Fold([Created("gone", "g"), new AliasMoved("latest", null, 1, ""), new SkillRetired(RetirementCause.Stale, "")])]);

        manifest.Pins.Select(p => $"{p.SkillId} {p.Alias} {p.Version} {p.Share}").ShouldBe(["greet canary 3 5", "greet latest 3 ", "greet production 1 "]);
        Plan(manifest).Refusal.ShouldBeNull();
    }

    [Fact]
    public void A_skill_with_newer_history_is_not_decided_on() => Plan(Both, null, Skill.Evolve(Greet, Newer)).Refusal!.Code.ShouldBe("newer-history");

    private static ReleaseManifest Of(params (string Alias, int Version)[] pins) =>
        ReleaseManifest.Of(pins.Select(p => new AliasPin("greet", p.Alias, p.Version, DigestOf(p.Version switch { 1 => "one", 2 => "two", _ => "three" }))));

    private static ReleasePlan Plan(ReleaseManifest manifest, ReleaseManifest? current = null, Skill? greet = null) =>
        ReleasePlan.Of("test", manifest, current, Skills(greet ?? Greet));

    private static Dictionary<string, Skill> Skills(Skill greet) => new() { ["greet"] = greet };

    private static Skill After(ReleasePlan plan, Skill? before = null) => With(before ?? Greet, [.. plan.PerSkill.SelectMany(s => s.Events)]);

    private static Skill With(Skill skill, params SkillEvent[] events) => events.Aggregate(skill, Skill.Evolve);

    private static IReadOnlyList<SkillEvent> Decided(SkillCommand command, Skill skill) =>
        [.. SkillDecider.Decide(command, skill).ShouldBeOfType<Decision.Accepted>().Events.Cast<SkillEvent>()];

    private static IEnumerable<string> Texts(ReleasePlan plan) => plan.PerSkill.SelectMany(s => s.Events).Select(EventText.Of);

    private static IReadOnlyList<string> Text(ReleasePlan plan) => [.. plan.Aliases.Select(a => $"{a.Alias} {a.At} {a.Change} {a.Version}")];
}
