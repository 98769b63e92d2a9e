using Pipeline.Domain.Curation;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Tests.Curation.AFamily;
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
    public void What_was_refused_is_kept_with_the_reason()
    {
        var instead = Empty.Admit(Renewals(3)).Conclude().Instead(new("skill-exists", "there is one"));

        (instead.Command, instead.Package, instead.Decision.Result).ShouldBe((null, null, null));
        (instead.Decision.Operation, instead.Decision.ReasonCode, instead.Decision.Reason).ShouldBe((CurationOperation.Keep, "skill-exists", "there is one"));
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

    private static Dictionary<string, double> Scores(int successes, int tasks, int failures = 0, int sources = 1) => new()
    {
        ["failures"] = failures,
        ["sources"] = sources,
        ["successes"] = successes,
        ["tasks"] = tasks,
        ["unreadable"] = 0,
    };
}
