using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Trajectories.TrajectoryCommand;
using static Pipeline.Domain.Trajectories.TrajectoryEvent;

namespace Pipeline.Domain.Tests.Trajectories;

public sealed class TrajectorySpecs
{
    private static readonly Spec<TrajectoryRecord, TrajectoryCommand> Specification = new(TrajectoryRecord.Fold, TrajectoryDecider.Decide);
    private static readonly Outcome Success = new(true, 1, VerifiedBy.Verifier);
    private static readonly Outcome Failure = new(false, 0, VerifiedBy.Human);
    private static readonly TrajectoryRejected Rejected = new("t1", "urn:shop", "run-1", "no steps");
    private static readonly SubjectErased Erased = new("urn:shop", "p1", "asked for");

    [Fact]
    public void A_run_is_recorded_with_its_outcome() => Specification.Given().When(new TrajectoryCommand.Record(Recorded())).Then(Recorded()).Outcome.ShouldBe(Success);

    [Fact]
    public void A_run_with_the_same_content_is_a_duplicate_and_with_other_content_a_conflict()
    {
        Specification.Given(Recorded()).When(new TrajectoryCommand.Record(Recorded())).ThenNothing();
        Specification.Given(Recorded()).When(new TrajectoryCommand.Record(Recorded("p2"))).ThenRefused("trajectory-differs");
    }

    [Fact]
    public void A_later_verdict_supersedes_the_first()
    {
        Specification.Given(Recorded()).When(new CorrectOutcome(Failure, "gold was wrong"))
            .Then(new TrajectoryOutcomeCorrected(Success, Failure, "gold was wrong")).Outcome.ShouldBe(Failure);
        Specification.Given(Recorded(), new TrajectoryOutcomeCorrected(Success, Failure, "")).When(new CorrectOutcome(Success, "it was right"))
            .Then(new TrajectoryOutcomeCorrected(Failure, Success, "it was right"));
    }

    [Theory]
    [InlineData(VerifiedBy.Verifier)]
    [InlineData(VerifiedBy.Human)]
    public void What_was_verified_gives_way_only_to_what_was_verified_too(VerifiedBy by)
    {
        var verified = Recorded() with { Outcome = new(true, 1, by) };
        foreach (var claimed in new[] { VerifiedBy.Self, VerifiedBy.Unknown })
        {
            Outcome says = new(false, null, claimed);
            Specification.Given(verified).When(new CorrectOutcome(says, "it says so")).ThenRefused("outcome-verified");
            foreach (var open in new[] { Outcome.Unknown, new(null, null, by), new(true, 1, VerifiedBy.Self) })
                Specification.Given(verified with { Outcome = open }).When(new CorrectOutcome(says, "nobody had")).Then(new TrajectoryOutcomeCorrected(open, says, "nobody had"));
        }
    }

    [Fact]
    public void A_run_kept_out_is_rejected_once_and_may_be_recorded_later()
    {
        Specification.Given().When(new Reject("t1", "urn:shop", "run-1", "no steps")).Then(Rejected);
        Specification.Given(Rejected).When(new Reject("t1", "urn:shop", "run-1", "another reason")).ThenNothing();
        Specification.Given(Rejected).When(new TrajectoryCommand.Record(Recorded())).Then(Recorded()).Rejection.ShouldBeEmpty();
    }

    [Fact]
    public void A_run_on_record_is_not_rejected_afterwards() => Specification.Given(Recorded()).When(new Reject("t1", "urn:shop", "run-1", "late")).ThenNothing();

    [Fact]
    public void An_erased_subject_is_erased_once_and_the_facts_stay()
    {
        var state = Specification.Given(Recorded()).When(new EraseSubject("asked for")).Then(Erased);

        state.IsErased.ShouldBeTrue();
        state.Facts.ShouldNotBeNull();
    }

    [Fact]
    public void Nothing_is_corrected_or_erased_before_it_is_recorded()
    {
        ILedgerEvent[][] histories = [[], [Rejected]];
        foreach (var history in histories)
        {
            Specification.Given(history).When(new CorrectOutcome(Failure, "")).ThenRefused("trajectory-unknown");
            Specification.Given(history).When(new EraseSubject("")).ThenRefused("trajectory-unknown");
        }
    }

    [Fact]
    public void A_run_with_newer_history_is_folded_and_not_decided_on()
    {
        var newer = new UnknownEvent("trajectory_tagged", "{}");
        TrajectoryCommand[] all = [new TrajectoryCommand.Record(Recorded("p2")), new CorrectOutcome(Failure, ""), new Reject("t1", "s", "r", "x"), new EraseSubject("")];

        foreach (var command in all) Specification.Given(Recorded(), newer).When(command).ThenRefused("newer-history");
        TrajectoryRecord.Fold([newer, Recorded()]).Facts.ShouldNotBeNull();
    }

    [Fact]
    public void One_run_has_one_stream_whatever_its_names_hold()
    {
        TrajectoryRecord.IdOf("urn:shop", "run-1").ShouldBe(TrajectoryRecord.IdOf("urn:shop", "run-1"));
        TrajectoryRecord.IdOf("urn:shop", "run-1").Length.ShouldBe(24);
        TrajectoryRecord.IdOf("a", "b\nc").ShouldNotBe(TrajectoryRecord.IdOf("a\nb", "c"));
        TrajectoryRecord.IdOf("a", "bc").ShouldNotBe(TrajectoryRecord.IdOf("ab", "c"));
    }

    internal static TrajectoryRecorded Recorded(string payload = "p1") => new()
    {
        TrajectoryId = "t1",
        Source = "urn:shop",
        SourceId = "run-1",
        Subject = "urn:shop",
        Task = "retail/1",
        Environment = "retail",
        Agent = "a",
        Model = "m",
        Harness = "h",
        Outcome = Success,
        SkillUsage = SkillUsage.None,
        Steps = 3,
        ToolCalls = 1,
        Payload = new(payload, 100, "place"),
        Episodes = [new("e1", "retail-greet", 1, 3)],
        Redactions = new Dictionary<string, int>(),
    };
}
