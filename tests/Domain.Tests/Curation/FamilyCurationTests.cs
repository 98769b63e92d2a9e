using Pipeline.Domain.Curation;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation;

public sealed class FamilyCurationTests
{
    private static readonly AFamily Empty = new(Renew);

    [Fact]
    public void Too_few_successes_are_kept_with_the_counts_and_the_thresholds()
    {
        var decision = Kept(Empty.Admit(Renewals(2)), "too-few-successes");

        decision.Scores.ShouldBe(Scores(successes: 2, tasks: 2));
        decision.Thresholds.ShouldBe(new Dictionary<string, double> { ["minSuccesses"] = 3, ["minTasks"] = 3, ["maxRegression"] = 0.02 }, ignoreOrder: true);
        decision.Reason.ShouldBe("2 verified successes of 2 tasks; a version needs 3 of 3");
        (decision.ThroughEvidence, decision.Leaf, decision.At, decision.Policy).ShouldBe((2, 102L, AFamily.Noon, new PolicyReference("default", 1, "sha256:p")));
        decision.Candidates.ShouldBeEmpty();
    }

    [Fact]
    public void What_an_agent_says_of_itself_never_counts()
    {
        Outcome[] unverified = [new(true, 1, VerifiedBy.Self), new(true, 1, VerifiedBy.Unknown), new(null, null, VerifiedBy.Verifier)];
        var said = unverified.SelectMany((o, i) => Enumerable.Range(10 * i, 5).Select(n => Renewal(n).EndedAs(o).Mined(Renew)));

        Kept(Empty.Admit([.. Renewals(2, from: 50), .. said]), "too-few-successes").Scores["successes"].ShouldBe(2);
        Kept(Empty.Admit([.. Renewals(2, from: 50), .. Enumerable.Range(1, 3).Select(n => Renewal(n).EndedAs(new(false, 0, VerifiedBy.Self)).Mined(Renew))]), "too-few-successes")
            .Scores["failures"].ShouldBe(0);
        Empty.Admit([.. Renewals(2), Renewal(3).EndedAs(new(true, null, VerifiedBy.Human)).Mined(Renew)]).Conclude().Decision.Operation.ShouldBe(CurationOperation.Create);
    }

    [Fact]
    public void Near_duplicates_count_once_but_a_success_and_a_failure_are_two()
    {
        var twins = Enumerable.Range(1, 9).Select(n => Renewal(n).Shaped("the same").Mined(Renew));

        Kept(Empty.Admit([.. twins, Renewal(20).Mined(Renew), Renewal(21).Shaped("the same").Failed().Mined(Renew)]), "too-few-successes")
            .Scores.ShouldBe(Scores(successes: 2, tasks: 2, failures: 1));
    }

    [Fact]
    public void Runs_of_one_task_are_one_task_and_runs_of_none_stand_for_themselves()
    {
        Kept(Empty.Admit(Enumerable.Range(1, 9).Select(n => Renewal(n).ForTask("one").Mined(Renew))), "too-few-successes").Scores["tasks"].ShouldBe(1);
        Empty.Admit(Enumerable.Range(1, 3).Select(n => Renewal(n).ForTask("").Mined(Renew))).Conclude().Decision.Scores["tasks"].ShouldBe(3);
    }

    [Fact]
    public void Enough_successes_make_a_first_version()
    {
        var conclusion = Empty.Admit([.. Renewals(3), Renewal(4).Failed().From("urn:other").Mined(Renew)]).Conclude();

        var create = conclusion.Command.ShouldBeOfType<SkillCommand.Create>();
        (create.SkillId, create.Name, create.Origin, create.FamilyId, create.Environment, create.Kind)
            .ShouldBe(("library-renew-loan", "library-renew-loan", SkillOrigin.Learned, "library.renew_loan", "library", SkillKind.Functional));
        create.Content.Package.ShouldBe(conclusion.Package!.Manifest);
        conclusion.Decision.Operation.ShouldBe(CurationOperation.Create);
        conclusion.Decision.ReasonCode.ShouldBe("procedure-found");
        conclusion.Decision.Result.ShouldBe(new("library-renew-loan", 1, conclusion.Package.Digest));
        conclusion.Decision.Reason.ShouldBe("3 verified successes of 3 tasks from 1 source, 1 failures");
        conclusion.Decision.Scores.ShouldBe(Scores(successes: 3, tasks: 3, failures: 1, sources: 1));
        conclusion.Package.SkillText.ShouldStartWith("---\nname: library-renew-loan\n");
    }

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
        conclusion.Decision.Reason.ShouldStartWith("When to use changed, Steps changed; 12 verified successes");
        conclusion.Decision.Result.ShouldBe(new("library-renew-loan", 2, conclusion.Package!.Digest));
        conclusion.Package.SkillText.ShouldContain("`check_fines`");
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
    public void What_was_refused_is_kept_with_the_reason()
    {
        var instead = Empty.Admit(Renewals(3)).Conclude().Instead(new("skill-exists", "there is one"));

        (instead.Command, instead.Package, instead.Decision.Result).ShouldBe((null, null, null));
        (instead.Decision.Operation, instead.Decision.ReasonCode, instead.Decision.Reason).ShouldBe((CurationOperation.Keep, "skill-exists", "there is one"));
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

    [Fact]
    public void What_is_learned_stands_on_the_selected_evidence() =>
        (Empty with { Policy = AFamily.Default with { MaxEpisodes = 10 } }).Admit([.. Renewals(20), .. Fined(10)]).Conclude()
            .Command.ShouldBeOfType<SkillCommand.Create>().Content.Evidence.Select(e => e.EvidenceId).ShouldBe(Fined(10).Select(e => e.Id));

    [Fact]
    public void The_same_input_gives_the_same_conclusion()
    {
        foreach (var family in new[] { Empty.Admit(Renewals(2)), Empty.Admit(Renewals(3)), Made.Admit(Fined(8)), Made })
        {
            var (one, other) = (family.Conclude(), family.Conclude());

            CanonicalJson.Text(other.Decision).ShouldBe(CanonicalJson.Text(one.Decision));
            CanonicalJson.Text<object?>(other.Command).ShouldBe(CanonicalJson.Text<object?>(one.Command));
            other.Package?.Digest.ShouldBe(one.Package!.Digest);
        }
    }

    private static AFamily Made { get; } = Empty.Admit(Renewals(4)).Curate();

    private static FamilyEvent.CurationDecided Kept(AFamily family, string code)
    {
        var (decision, command, package) = family.Conclude();
        decision.ReasonCode.ShouldBe(code);
        decision.Operation.ShouldBe(CurationOperation.Keep);
        decision.Result.ShouldBeNull();
        (command, package).ShouldBe((null, null));
        return decision;
    }

    private static IEnumerable<Domain.Curation.Composing.MinedEpisode> Fined(int count) => Enumerable.Range(60, count).Select(n => FinedRenewal(n).Mined(Renew));

    private static ARun FinedRenewal(int n) => ARun.Of(n).User($"Please renew the loan L-{7000 + n} for me")
        .Call("get_loan", new { loan_id = $"L-{7000 + n}" }, new { status = "borrowed" }).Call("check_fines", new { loan_id = $"L-{7000 + n}" }, "none at all")
        .Call(Renew, new { loan_id = $"L-{7000 + n}", period = "two weeks" }, new { status = "renewed" });

    private static bool IsHeldOut(int n) => Convert.ToInt32(Digest.Short(ARun.Of(n).Task, 6), 16) % 5 == 0;

    private static Dictionary<string, double> Scores(int successes, int tasks, int failures = 0, int sources = 1) => new()
    {
        ["failures"] = failures,
        ["sources"] = sources,
        ["successes"] = successes,
        ["tasks"] = tasks,
        ["unreadable"] = 0,
    };
}
