using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Rules;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation.Rules;

/// <summary>When a family is given a skill and when a revision takes its place, by the presets' rules and by the limit of a source.</summary>
public sealed class CreateAndImproveRulesTests
{
    [Fact]
    public void Slim_adds_a_skill_only_where_runs_keep_failing()
    {
        var slim = new AFamily(Renew) { Policy = Shipped.Slim };

        AFamily.Kept(slim.Admit(Use.OfNone.Runs(30, 20)), "no-need").Scores["successShare"].ShouldBe(0.6667);
        AFamily.Kept(slim.Admit(Use.OfNone.Runs(24, 5)), "no-need").Scores["allFailures"].ShouldBe(19);
        var created = slim.Admit(Use.OfNone.Runs(25, 5)).Conclude().Decision;
        (created.Operation, created.Scores["allFailures"], created.Thresholds["expandBelow"]).ShouldBe((CurationOperation.Create, 20, 0.4));
    }

    [Fact]
    public void Slim_adds_a_second_skill_after_the_first_was_retired_and_no_third()
    {
        var family = new AFamily(Renew) { Policy = Shipped.Slim }.Admit(Use.OfNone.Runs(34, 5, from: 7000)).Curate();
        for (var made = 2; made <= 3; made++)
        {
            family = family.Admit(Use.Of(family.Skill.Id, 1).Runs(30, 2, from: 1000 * made)).Curate();
            family.Skill.Lifecycle.ShouldBe(Lifecycle.Retired);
            if (made == 3) break;
            family = (family with { Skill = Skill.None }).Admit(Use.OfNone.Runs(1, 0, from: 9000)) with { Skill = family.Skill };
            var next = family.Conclude();
            next.Command.ShouldBeOfType<SkillCommand.Create>().SkillId.ShouldBe("library-renew-loan-2");
            family = family with { Skill = Skill.None };
            family = family.Curate();
        }
        AFamily.Kept(family, "skill-not-active");
        family.Family.Decisions.Count(d => d.Operation == CurationOperation.Create).ShouldBe(2);
    }

    [Fact]
    public void Slim_does_not_replace_what_people_retired()
    {
        var family = new AFamily(Renew) { Policy = Shipped.Slim }.Admit(Use.OfNone.Runs(34, 5, from: 7000)).Curate();

        AFamily.Kept(family.After(new SkillCommand.Retire(RetirementCause.ByHand, "enough")), "skill-not-active");
    }

    public static TheoryData<double, double, double, int, string> Revisions => new()
    {
        { 0.80, 0.82, 0.0, 1000, "procedure-changed" },
        { 0.80, 0.819, 0.0, 1000, "no-gain" },
        { 0.80, 0.80, 0.0, 850, "same-for-less" },
        { 0.80, 0.80, 0.0, 851, "no-gain" },
        { 0.80, 0.79, 0.0, 500, "no-gain" },
        { 0.80, 0.90, 0.2, 1000, "procedure-changed" },
        { 0.80, 0.90, 0.21, 1000, "task-drop" },
        { 0.95, 1.00, 0.0, 500, "good-enough" },
        { 0.949, 0.97, 0.0, 1000, "procedure-changed" },
    };

    [Theory, MemberData(nameof(Revisions))]
    public void Skvm_accepts_a_measured_gain_or_a_tie_at_lower_cost(double standing, double revised, double drop, int length, string code)
    {
        var gate = new GateResult(standing, revised) { Tasks = [new("a", 0.7, 0.9), new("b", 0.9, 0.9 - drop)] };

        var finding = ImproveRules.Judge(gate, (1000, length), Shipped.Skvm);
        finding.Code.ShouldBe(code);
        finding.Applies.ShouldBe(code is "procedure-changed" or "same-for-less");
    }

    [Fact]
    public void Skvm_leaves_a_good_version_as_it_is_in_a_family()
    {
        var family = new AFamily(Renew) { Policy = Shipped.Skvm }.Admit(Renewals(4)).Curate().Admit(Fined(8));
        var (decision, _, _) = family.Conclude();

        decision.Scores.Keys.ShouldContain("gain");
        decision.Scores.Keys.ShouldContain("greatestTaskDrop");
        decision.Thresholds["minGain"].ShouldBe(0.02);
    }

    [Fact]
    public void What_cannot_be_measured_is_not_accepted() => ImproveRules.Judge(new(null, null), (10, 5), Shipped.Skvm).Code.ShouldBe("gate-inconclusive");

    [Fact]
    public void One_source_brings_about_only_so_many_versions_a_day()
    {
        var policy = Shipped.Default with { MaxProposalsPerDay = 1 };
        var family = new AFamily(Renew) { Policy = policy }.Admit(Renewals(4)).Curate().Admit(Fined(8));

        var decision = AFamily.Kept(family, "source-limit");
        decision.Reason.ShouldBe("evidence of urn:library has brought about 1 versions today; 1 is what one source may");
        (decision.Scores["proposalsToday"], decision.Thresholds["maxProposalsPerDay"]).ShouldBe((1, 1));
        family.Admit(FinedRenewal(90).From("urn:other").Mined(Renew)).Conclude().Decision.Operation.ShouldBe(CurationOperation.Improve);
        (family with { Policy = policy with { MaxProposalsPerDay = 2 } }).Conclude().Decision.Operation.ShouldBe(CurationOperation.Improve);
    }

    [Fact]
    public void Corrections_and_withdrawals_bring_about_no_more_versions_than_the_limit()
    {
        var policy = Shipped.Default with { MaxProposalsPerDay = 1 };
        var family = new AFamily(Renew) { Policy = policy }.Admit(Renewals(4)).Curate().Admit(Fined(8));

        AFamily.Kept(Corrected(family, family.Family.ByPlace[4]), "source-limit").Reason.ShouldContain("urn:library");
        var withdrawn = Corrected(new AFamily(Renew) { Policy = policy }.Admit(Renewals(5)), new FamilyEvent.EvidenceWithdrawn(Renewals(1)[0].Id, "asked for")).Curate().Admit(Fined(8));
        AFamily.Kept(Corrected(withdrawn, new FamilyEvent.EvidenceWithdrawn(Renewals(2)[1].Id, "asked for")), "source-limit").Reason.ShouldContain(Family.UnknownSource);
    }

    private static AFamily Corrected(AFamily family, FamilyEvent correction) => family with { Family = Family.Evolve(family.Family, correction), Corrects = true };

    [Fact]
    public void A_policy_may_make_and_improve_nothing()
    {
        var none = Shipped.Default with { Rules = new() { Create = "none", Improve = "none" } };
        AFamily.Kept(new AFamily(Renew) { Policy = none }.Admit(Renewals(4)), "not-created");
        AFamily.Kept(new AFamily(Renew).Admit(Renewals(4)).Curate().Admit(Fined(8)) with { Policy = none }, "not-improved");
    }
}
