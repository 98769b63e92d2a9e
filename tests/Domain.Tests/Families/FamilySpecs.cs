using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Families.FamilyCommand;
using static Pipeline.Domain.Families.FamilyEvent;

namespace Pipeline.Domain.Tests.Families;

public sealed class FamilySpecs
{
    private static readonly Spec<Family, FamilyCommand> Specification = new(Family.Fold, FamilyDecider.Decide);
    private static readonly FamilyOpened Opened = new("retail-greet", "retail", "greet");

    [Fact]
    public void The_first_evidence_opens_the_family()
    {
        var family = Specification.Given().When(Admit(Evidence("e1"))).Then(Opened, Evidence("e1"));

        family.EvidenceEvents.ShouldBe(1);
        family.Find("e1").ShouldNotBeNull();
    }

    [Fact]
    public void Further_evidence_is_kept_in_the_order_in_which_it_came() => Specification.Given(Opened, Evidence("e2"))
        .When(Admit(Evidence("e1"))).Then(Evidence("e1")).Evidence.Select(e => e.EvidenceId).ShouldBe(["e2", "e1"]);

    [Fact]
    public void The_same_evidence_again_is_nothing_even_from_another_copy_of_its_lists() =>
        Specification.Given(Opened, Evidence("e1") with { Taint = ["web"] }).When(Admit(Evidence("e1") with { Taint = ["web"] })).ThenNothing();

    [Fact]
    public void Evidence_with_another_outcome_supersedes_what_was_there_in_its_place()
    {
        var corrected = Evidence("e1", success: false);
        var family = Specification.Given(Opened, Evidence("e1"), Evidence("e2")).When(Admit(corrected)).Then(corrected);

        family.Evidence.Select(e => (e.EvidenceId, e.Outcome.Success)).ShouldBe([("e1", false), ("e2", true)]);
        family.EvidenceEvents.ShouldBe(3);
    }

    [Fact]
    public void Evidence_is_withdrawn_once_and_may_come_again()
    {
        var withdrawn = new EvidenceWithdrawn("e1", "rejected");
        var family = Specification.Given(Opened, Evidence("e1"), Evidence("e2")).When(new Withdraw("e1", "rejected")).Then(withdrawn);

        family.Evidence.Select(e => e.EvidenceId).ShouldBe(["e2"]);
        family.EvidenceEvents.ShouldBe(3);
        Specification.Given(Opened, Evidence("e1")).When(new Withdraw("e9", "")).ThenNothing();
        Specification.Given(Opened, Evidence("e1"), withdrawn).When(Admit(Evidence("e1"))).Then(Evidence("e1"));
    }

    [Fact]
    public void What_a_model_was_asked_at_a_point_is_on_record_once_for_each_request()
    {
        var first = Consulted(1, "sha256:a");
        Specification.Given(Opened, Evidence("e1"), first).When(new Consult(first)).ThenNothing();
        Specification.Given(Opened, Evidence("e1"), first).When(new Consult(Consulted(2, "sha256:a"))).Then(Consulted(2, "sha256:a"));
        var family = Specification.Given(Opened, Evidence("e1"), first).When(new Consult(Consulted(1, "sha256:b"))).Then(Consulted(1, "sha256:b"));

        family.ConsultationAt(1)!.RequestDigest.ShouldBe("sha256:b");
        family.ConsultationAt(2).ShouldBeNull();
        family.AnswerTo("sha256:a").ShouldBe(first);
        Specification.Given().When(new Consult(first)).ThenRefused("family-unknown");
    }

    [Fact]
    public void A_request_that_got_no_answer_is_no_answer_to_it() => Specification.Given(Opened, Evidence("e1"))
        .When(new Consult(Consulted(1, "sha256:a") with { FailureCode = "timeout" })).Then(Consulted(1, "sha256:a") with { FailureCode = "timeout" }).AnswerTo("sha256:a").ShouldBeNull();

    [Fact]
    public void A_family_that_is_not_open_has_nothing_to_withdraw_or_conclude()
    {
        Specification.Given().When(new Withdraw("e1", "")).ThenRefused("family-unknown");
        Specification.Given().When(new Conclude(Decided(CurationOperation.Keep, 0))).ThenRefused("family-unknown");
    }

    [Fact]
    public void A_conclusion_is_recorded_once_for_a_decision_point()
    {
        var made = Decided(CurationOperation.Create, 2) with { Result = new("greet", 1, "d1") };
        var family = Specification.Given(Opened, Evidence("e1"), Evidence("e2")).When(new Conclude(made)).Then(made);

        family.DecidedThrough.ShouldBe(2);
        family.Skill.ShouldBe(new CuratedVersion("greet", 1, "d1"));
        Specification.Given(Opened, Evidence("e1"), Evidence("e2"), made).When(new Conclude(Decided(CurationOperation.Improve, 1))).ThenNothing();
        Specification.Given(Opened, Evidence("e1"), Evidence("e2"), made).When(new Conclude(Decided(CurationOperation.Improve, 2))).ThenNothing();
    }

    [Fact]
    public void A_conclusion_from_evidence_that_is_not_there_yet_is_refused() =>
        Specification.Given(Opened, Evidence("e1")).When(new Conclude(Decided(CurationOperation.Create, 2))).ThenRefused("decision-ahead");

    [Fact]
    public void Keep_is_recorded_when_it_differs_from_the_last()
    {
        ILedgerEvent[] history = [Opened, Evidence("e1"), Evidence("e2"), Decided(CurationOperation.Keep, 1)];

        Specification.Given(history).When(new Conclude(Decided(CurationOperation.Keep, 2))).ThenNothing();
        Specification.Given(history).When(new Conclude(Decided(CurationOperation.Keep, 2) with { ReasonCode = "one-source" }))
            .Then(Decided(CurationOperation.Keep, 2) with { ReasonCode = "one-source" });
        Specification.Given(history).When(new Conclude(Decided(CurationOperation.Keep, 2) with { Policy = new("default", 2, "p2") }))
            .Then(Decided(CurationOperation.Keep, 2) with { Policy = new("default", 2, "p2") });
        Specification.Given([.. history, Evidence("e3"), Decided(CurationOperation.Retire, 3), Evidence("e4")])
            .When(new Conclude(Decided(CurationOperation.Keep, 4))).Then(Decided(CurationOperation.Keep, 4));
    }

    [Fact]
    public void The_familys_skill_is_the_last_that_a_decision_made() => Family.Fold(
        [
            Opened, Evidence("e1"), Decided(CurationOperation.Create, 1) with { Result = new("greet", 1, "d1") },
            Evidence("e2"), Decided(CurationOperation.Improve, 2) with { Result = new("greet", 2, "d2") },
            Evidence("e3"), Decided(CurationOperation.Keep, 3),
        ]).Skill.ShouldBe(new CuratedVersion("greet", 2, "d2"));

    [Fact]
    public void A_family_with_newer_history_is_folded_and_not_decided_on()
    {
        var newer = new UnknownEvent("family_split", "{}");
        FamilyCommand[] all = [Admit(Evidence("e2")), new Withdraw("e1", ""), new Conclude(Decided(CurationOperation.Keep, 1))];

        foreach (var command in all) Specification.Given(Opened, newer, Evidence("e1")).When(command).ThenRefused("newer-history");
        Specification.Given(newer).When(Admit(Evidence("e1"))).ThenRefused("newer-history");
        Family.Fold([Opened, newer, Evidence("e1")]).Evidence.Count().ShouldBe(1);
    }

    internal static Admit Admit(EvidenceAdmitted evidence) => new("retail-greet", "retail", "greet", evidence);

    internal static EvidenceAdmitted Evidence(string id, bool success = true) => new()
    {
        EvidenceId = id,
        TrajectoryId = "t-" + id,
        Source = "urn:shop",
        Task = "retail/1",
        Model = "m",
        FirstStep = 1,
        LastStep = 4,
        Outcome = new(success, null, VerifiedBy.Verifier),
        Sketch = new(["greet"], 1, 0, "f"),
        Loaded = [new("greet", null, null)],
        Taint = [],
    };

    internal static CurationDecided Decided(CurationOperation operation, int through) => new()
    {
        Operation = operation,
        ThroughEvidence = through,
        Leaf = through * 10,
        At = new(2026, 3, 14, 9, 0, 0, TimeSpan.Zero),
        Policy = new("default", 1, "p1"),
        Candidates = [],
        Scores = new Dictionary<string, double> { ["successes"] = through },
        Thresholds = new Dictionary<string, double> { ["minSuccesses"] = 3 },
        ReasonCode = "too-few-successes",
        Reason = "three are needed",
    };

    private static ModelConsulted Consulted(int through, string request) => new()
    {
        ThroughEvidence = through,
        RequestDigest = request,
        PromptDigest = "sha256:p",
        SentTo = "models.example:443",
        Model = "m",
        Attempts = 1,
        ResponseDigest = "sha256:r",
        InputTokens = 1,
        OutputTokens = 1,
        CostMicroUsd = 0,
    };
}
