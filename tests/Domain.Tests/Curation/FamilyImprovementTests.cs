using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Tests.Curation.AFamily;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation;

/// <summary>What becomes of a skill that stands when the evidence grows.</summary>
public sealed class FamilyImprovementTests
{
    private static readonly AFamily Empty = new(Renew);

    private static AFamily Made { get; } = Empty.Admit(Renewals(4)).Curate();

    [Fact]
    public void More_of_the_same_changes_nothing_and_says_so()
    {
        var decision = Kept(Made.Admit(Renewals(5, from: 10)), "no-change");

        decision.Candidates.ShouldBe([new("library-renew-loan", 1, Made.Skill.Current!.PackageDigest, "active")]);
    }

    [Fact]
    public void Another_step_makes_the_next_version_with_its_edits()
    {
        var conclusion = Made.Admit(Fined(8)).Conclude();

        var improve = conclusion.Command.ShouldBeOfType<SkillCommand.Improve>();
        improve.BaseVersion.ShouldBe(1);
        improve.Edits.ShouldContain(e => e.Section == "Steps" && e.Kind == SectionEditKind.Changed && e.Before != e.After);
        conclusion.Decision.Operation.ShouldBe(CurationOperation.Improve);
        conclusion.Decision.ReasonCode.ShouldBe("procedure-changed");
        conclusion.Decision.Reason.ShouldStartWith("Steps changed, references/variants.md added; 12 verified successes");
        conclusion.Decision.Result.ShouldBe(new("library-renew-loan", 2, conclusion.Package!.Digest));
        conclusion.Package.SkillText.ShouldContain("`check_fines`");
    }

    [Fact]
    public void What_only_some_runs_begin_to_need_makes_the_next_version_too()
    {
        static ARun Run(int n, string? also)
        {
            var run = ARun.Of(n).User("Please renew my loan").Call("get_loan", new { card = $"K-{n}" }, new { loan_id = $"L-{7000 + n}" });
            return (also is null ? run : run.Call(also, new { loan_id = $"L-{7000 + n}" }, "none at all")).Call(Renew, new { loan_id = $"L-{7000 + n}" }, new { status = "renewed" });
        }
        var made = Empty.Admit(Enumerable.Range(1, 9).Select(n => Run(n, n % 3 == 0 ? "check_fines" : null).Mined(Renew))).Curate();
        made.Variants.ShouldContain("`check_fines`");

        var conclusion = made.Admit(Enumerable.Range(10, 12).Select(n => Run(n, n % 3 == 0 ? "check_fines" : "check_holds").Mined(Renew))).Conclude();

        conclusion.Decision.ReasonCode.ShouldBe("procedure-changed");
        Revision.SaysTheSame(SkillDocument.SectionsOf(made.Text), SkillDocument.SectionsOf(conclusion.Package!.SkillText)).ShouldBeTrue();
        conclusion.Package.TextOf(SkillWriter.VariantsFile).ShouldContain("`check_holds`");
        conclusion.Command.ShouldBeOfType<SkillCommand.Improve>().Edits.Select(e => e.Section).ShouldContain(SkillWriter.VariantsFile);
    }

    [Fact]
    public void What_was_gone_back_from_is_not_made_again_nor_is_what_was_revoked()
    {
        var improved = Made.Admit(Fined(8)).Curate();
        var back = improved.After(new SkillCommand.RollBack(1, "worse"));

        Kept(back, "was-set-aside");
        Kept(back.After(new SkillCommand.Revoke(2, "leaks")), "revoked");
    }

    [Fact]
    public void A_skill_that_is_not_active_is_left_alone()
    {
        var decision = Kept(Made.After(new SkillCommand.Retire(RetirementCause.ByHand, "enough")).Admit(Fined(8)), "skill-not-active");

        decision.Reason.ShouldBe("skill library-renew-loan is retired");
        decision.Candidates.ShouldHaveSingleItem().Lifecycle.ShouldBe("retired");
        Kept(Made with { Skill = Made.Skill with { Lifecycle = Lifecycle.Absorbed } }, "skill-not-active");
    }

    [Fact]
    public void A_skill_whose_evidence_cannot_be_read_any_more_is_left_alone() => Kept(Made with { Episodes = [] }, "too-few-successes").Scores["unreadable"].ShouldBe(4);

    [Fact]
    public void Where_no_task_can_be_held_out_nothing_is_known_of_a_revision()
    {
        var one = (Empty with { Policy = AFamily.Default with { MinTasks = 1, MaxPerTask = 9 } }).Admit(Renewals(3).Select(e => e with { Evidence = e.Evidence with { Task = "one" } })).Curate();
        var changed = one.Admit(Fined(8).Select(e => e with { Evidence = e.Evidence with { Task = "one" } }));

        Kept(changed, "gate-inconclusive").Scores.Keys.ShouldNotContain("heldOutBase");
    }

    [Fact]
    public void A_revision_that_covers_less_of_what_was_held_out_is_not_made()
    {
        // What stands names all that the held-out runs do. They are too few among the newest runs for what they do to be told.
        var family = (Empty with { Policy = AFamily.Default with { MaxEpisodes = 40 } }).Admit(Fined(12)).Curate();
        var shorter = family.Admit(Enumerable.Range(100, 40).Select(n => IsHeldOut(n) ? FinedRenewal(n) : ARun.Of(n).User("Hello").Call(Renew, new { loan_id = $"L-{7000 + n}" }))
            .Select(r => r.Mined(Renew)));
        var decision = Kept(shorter, "would-regress");

        decision.Scores["heldOutBase"].ShouldBe(1);
        decision.Scores["heldOutRevision"].ShouldBeLessThan(0.98);
        (shorter with { Policy = shorter.Policy with { MaxRegression = 1 } }).Conclude().Decision.ReasonCode.ShouldBe("procedure-changed");
    }

    private static bool IsHeldOut(int n) => Convert.ToInt32(Digest.Short(ARun.Of(n).Task, 6), 16) % 5 == 0;
}
