using Pipeline.Domain.Skills;
using static Pipeline.Domain.Skills.SkillCommand;
using static Pipeline.Domain.Skills.SkillEvent;
using static Pipeline.Domain.Tests.Skills.SomeSkill;

namespace Pipeline.Domain.Tests.Skills;

/// <summary>Validations, approvals, tiers, aliases and usage.</summary>
public sealed class SkillTrustSpecs
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 9, 0, 0, 0, TimeSpan.Zero);
    private static readonly ValidationRequested Requested = new("job", 1, DigestOf("one"), "structure", "1", "rules");
    private static readonly ValidationCompleted Completed =
        new("job", 1, DigestOf("one"), "structure", "1", "rules", Verdict.Failed, new Dictionary<string, double> { ["checks"] = 3 }, "report");

    [Fact]
    public void A_validation_is_requested_once() => Specification.Given(Created())
        .When(new RequestValidation("job", 1, "structure", "1", "rules")).Then(Requested).OpenJobs.ShouldContainKeyAndValue("job", 1);

    [Fact]
    public void A_verdict_closes_its_job_for_good()
    {
        var skill = Specification.Given(Created(), Requested).When(Complete()).Then(Completed);

        skill.OpenJobs.ShouldBeEmpty();
        Specification.Given(Created(), Requested, Completed).When(Complete() with { Verdict = Verdict.Passed }).ThenNothing();
        Specification.Given(Created(), Requested, Completed).When(new RequestValidation("job", 1, "structure", "1", "rules")).ThenNothing();
    }

    [Fact]
    public void A_verdict_that_nobody_asked_for_is_refused() => Specification.Given(Created()).When(Complete()).ThenRefused("job-unknown");

    [Fact]
    public void A_verdict_on_another_version_than_the_one_asked_for_is_refused() =>
        Specification.Given(Created(), Improved(2, "two"), Requested).When(Complete() with { Version = 2 }).ThenRefused("job-differs");

    [Fact]
    public void A_verdict_that_comes_after_the_skill_retired_is_kept() =>
        Specification.Given(Created(), Requested, new SkillRetired(RetirementCause.Stale, "")).When(Complete()).Then(Completed);

    [Fact]
    public void An_approval_is_of_the_content_and_holds_for_every_number_with_it()
    {
        var skill = Specification.Given(Created(), Improved(2, "two"), new SkillRolledBack(3, 1, DigestOf("one"), ""))
            .When(new Approve(1, "ada", "read")).Then(new ApprovalGiven(DigestOf("one"), "ada", "read"));

        skill.Approvals.ShouldBe([(DigestOf("one"), "ada")]);
        Specification.Given(Created(), new ApprovalGiven(DigestOf("one"), "ada", "")).When(new Approve(1, "bob", "")).Then(new ApprovalGiven(DigestOf("one"), "bob", ""));
    }

    [Fact]
    public void An_approval_can_be_withdrawn_by_who_gave_it()
    {
        var given = new ApprovalGiven(DigestOf("one"), "ada", "");
        Specification.Given(Created(), given).When(new WithdrawApproval(1, "ada", "changed")).Then(new ApprovalWithdrawn(DigestOf("one"), "ada", "changed"))
            .Approvals.ShouldBeEmpty();
        Specification.Given(Created(), given).When(new WithdrawApproval(1, "bob", "")).ThenNothing();
    }

    [Fact]
    public void A_revoked_version_is_not_approved_not_named_and_not_trusted_further()
    {
        SkillEvent[] history =
        [
            Created(), Tiered(1, "one", Tier.Q, Tier.T2), new ApprovalGiven(DigestOf("one"), "ada", ""), new AliasMoved("canary", null, 1, ""),
            new VersionRevoked(1, DigestOf("one"), ""),
        ];
        SkillCommand[] all = [new Approve(1, "ada", ""), new Approve(1, "bob", ""), new MoveAlias("canary", 1, ""), new MoveAlias("production", 1, ""), new DecideTier(1, Tier.T3, "p", [], [])];
        foreach (var command in all) Specification.Given(history).When(command).ThenRefused("version-revoked");
        Specification.Given(history).When(new DecideTier(1, Tier.Q, "p", [], [])).Then(new TierDecided(1, DigestOf("one"), Tier.T2, Tier.Q, "p", [], []));
    }

    [Fact]
    public void A_tier_is_decided_for_one_version() => Specification.Given(Created(), Improved(2, "two"))
        .When(new DecideTier(1, Tier.T1, "default@1", ["job"], [])).Then(new TierDecided(1, DigestOf("one"), Tier.Q, Tier.T1, "default@1", ["job"], []))
        .Versions.Select(v => v.Tier).ShouldBe([Tier.T1, Tier.Q]);

    [Fact]
    public void A_tier_that_stands_is_nothing_unless_the_reasons_why_not_more_are_others()
    {
        Specification.Given(Created()).When(new DecideTier(1, Tier.Q, "p", [], [])).ThenNothing();
        var denied = new TierDecided(1, DigestOf("one"), Tier.Q, Tier.Q, "p", [], ["one source only"]);
        Specification.Given(Created()).When(new DecideTier(1, Tier.Q, "p", [], ["one source only"])).Then(denied);
        Specification.Given(Created(), denied).When(new DecideTier(1, Tier.Q, "p", [], ["tainted"])).Then(denied with { Denials = ["tainted"] });
    }

    [Fact]
    public void An_alias_moves_from_where_it_was()
    {
        Specification.Given(Created(), Tiered(1, "one", Tier.Q, Tier.T3)).When(new MoveAlias("production", 1, "first")).Then(new AliasMoved("production", null, 1, "first"));
        Specification.Given(Created(), Improved(2, "two"), Tiered(2, "two", Tier.Q, Tier.T4), new AliasMoved("production", null, 1, ""))
            .When(new MoveAlias("production", 2, "fine")).Then(new AliasMoved("production", 1, 2, "fine")).Aliases["production"].ShouldBe(2);
    }

    [Theory]
    [InlineData("latest", Tier.Q)]
    [InlineData("canary", Tier.T1)]
    [InlineData("pilot", Tier.T1)]
    [InlineData("production", Tier.T2)]
    public void An_alias_does_not_move_to_a_version_below_the_tier_that_it_needs(string alias, Tier below)
    {
        SkillEvent[] history = [Created(), new TierDecided(1, DigestOf("one"), Tier.Q, below, "strict@1", [], ["one source only"])];
        var refused = Specification.Given(history).When(new MoveAlias(alias, 1, ""));

        refused.ThenRefused("tier-too-low");
        ((Domain.Ledger.Decision.Refused)refused.Decision).Message.ShouldContain("one source only");
        Specification.Given(Created(), Tiered(1, "one", Tier.Q, below + 1)).When(new MoveAlias(alias, 1, "fine")).Then(new AliasMoved(alias, null, 1, "fine") { StaysThrough = alias == "canary" ? 1 : null });
    }

    [Fact]
    public void An_alias_can_be_for_a_share_of_the_callers()
    {
        var high = Tiered(1, "one", Tier.Q, Tier.T4);
        var skill = Specification.Given(Created(), high).When(new MoveAlias("canary", 1, "try") { Share = 10 }).Then(new AliasMoved("canary", null, 1, "try") { Share = 10, StaysThrough = 1 });
        skill.Shares["canary"].Percent.ShouldBe(10);
        Specification.Given(Created(), high, new AliasMoved("canary", null, 1, "") { Share = 10 }).When(new MoveAlias("canary", 1, "all") { Share = 100 })
            .Then(new AliasMoved("canary", 1, 1, "all") { StaysThrough = 1 }).Shares.ShouldBeEmpty();
        foreach (var share in new[] { -1, 101 }) Specification.Given(Created(), high).When(new MoveAlias("canary", 1, "") { Share = share }).ThenRefused("alias-share");
        Specification.Given(Created(), high).When(new MoveAlias("../x", 1, "")).ThenRefused("alias-name");
    }

    [Fact]
    public void An_alias_that_names_nothing_any_more_is_removed() =>
        Specification.Given(Created(), new AliasMoved("canary", null, 1, "") { Share = 5 }).When(new RemoveAlias("canary", "revoked"))
            .Then(new AliasRemoved("canary", 1, "revoked")).Shares.ShouldBeEmpty();

    [Fact]
    public void A_tier_is_its_packages_under_whatever_number()
    {
        var skill = Skill.Fold([Created(), Improved(2, "two"), Tiered(1, "one", Tier.Q, Tier.T2), new SkillRolledBack(3, 1, DigestOf("one"), ""), Improved(4, "two")]);
        skill.Versions.Select(v => v.Tier).ShouldBe([Tier.T2, Tier.Q, Tier.T2, Tier.Q]);
        Skill.Evolve(skill, Tiered(3, "one", Tier.T2, Tier.Q)).Versions.Select(v => v.Tier).ShouldAllBe(t => t == Tier.Q);
    }

    [Fact]
    public void Quarantine_takes_back_trust_and_the_approvals_that_were_given_before()
    {
        SkillEvent[] history =
        [
            Created(), Improved(2, "two"), Improved(3, "three"), new ApprovalGiven(DigestOf("two"), "ada", ""),
            new TierDecided(2, DigestOf("two"), Tier.Q, Tier.T1, Skill.TrustPolicy, [], []),
        ];
        var skill = Specification.Given(history).When(new SkillCommand.Quarantine([2], "4 of other")).Then(
            new TierDecided(2, DigestOf("two"), Tier.T1, Tier.Q, "revocation", [], ["descends from revoked version 4 of other"]),
            new TierDecided(3, DigestOf("three"), Tier.Q, Tier.Q, "revocation", [], ["descends from revoked version 4 of other"]));

        skill.Approvals.ShouldBeEmpty();
        skill.Trusted.ShouldBeEmpty();
        skill.Quarantined.Keys.ShouldBe([DigestOf("two"), DigestOf("three")], ignoreOrder: true);
    }

    [Fact]
    public void Usage_is_summarised_once_for_a_window()
    {
        var skill = Specification.Given(Created()).When(Usage(Monday)).Then(Summary(Monday));

        skill.Usage[(1, "m")].ShouldBe(Summary(Monday));
        Specification.Given(Created(), Summary(Monday)).When(Usage(Monday.AddDays(7))).Then(Summary(Monday.AddDays(7)));
    }

    private static CompleteValidation Complete() =>
        new("job", 1, "structure", "1", "rules", Verdict.Failed, new Dictionary<string, double> { ["checks"] = 3 }, "report");

    private static SummariseUsage Usage(DateTimeOffset from) => new(1, "m", from, from.AddDays(7), 10, 8, 9, 5, 1000);

    private static UsageSummarised Summary(DateTimeOffset from) => new(1, "m", from, from.AddDays(7), 10, 8, 9, 5, 1000);
}
