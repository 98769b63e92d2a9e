using System.Text;
using System.Text.Json;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Adapters;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Tests.Trajectories;

public sealed class VerdictTests
{
    private const string Session = """{"session_id":"s-1","project":"tax-3","messages":[{"role":"user","content":"Fill in the form, please."}]}""";
    private const string Atif = """{"schema_version":"ATIF-v1.7","session_id":"roll__1","agent":{"name":"a","version":"1"},"steps":[{"step_id":1,"source":"user","message":"hi"}]}""";

    [Theory]
    [InlineData("""{"id":"s-1","success":true,"reward":0.75,"verifiedBy":"verifier"}""")]
    [InlineData("""{"task":"tax-3","success":true,"reward":0.75,"verifiedBy":"verifier"}""")]
    [InlineData("""{"task":"tax-3","success":false}""" + "\n" + """{"id":"s-1","success":true,"reward":0.75,"verifiedBy":"verifier"}""")]
    public void A_verdict_on_a_run_or_on_its_task_becomes_its_outcome(string file) =>
        Outcome(Verdicts(file).On(Run(Session))).ShouldBe(new Outcome(true, 0.75, VerifiedBy.Verifier));

    [Fact]
    public void A_verdict_whose_judge_is_not_named_is_of_the_person_who_wrote_it_down() =>
        Outcome(Verdicts("""{"id":"s-1","success":true}""").On(Run(Session))).ShouldBe(new(true, null, VerifiedBy.Human));

    [Fact]
    public void A_run_without_a_verdict_stays_as_it_was_and_a_verdict_without_a_run_is_counted()
    {
        var verdicts = Verdicts("""{"id":"other","success":true}""" + "\n" + """{"task":"tax-3","success":true}""");

        verdicts.On(Run(Atif)).Data.GetRawText().ShouldBe(Run(Atif).Data.GetRawText());
        Outcome(verdicts.On(Run(Atif))).ShouldBe(Domain.Trajectories.Outcome.Unknown);
        verdicts.On(Run(Session));
        (verdicts.Count, verdicts.Unused).ShouldBe((2, 1));
    }

    [Fact]
    public void A_bare_atif_document_is_given_an_envelope_for_it()
    {
        var judged = Verdicts("""{"id":"roll__1","success":false,"verifiedBy":"human"}""").On(Run(Atif));

        Outcome(judged).ShouldBe(new Outcome(false, null, VerifiedBy.Human));
        TrajectoryReader.Read(judged).Accepted().Agent.ShouldBe("a");
    }

    [Theory]
    [InlineData("""{"success":true}""", "missing-field")]
    [InlineData("""{"id":"a","task":"b"}""", "missing-field")]
    [InlineData("""{"id":"a","success":"yes"}""", "wrong-type")]
    [InlineData("""{"id":"a","verifiedBy":"me"}""", "wrong-type")]
    [InlineData("""{"id":"a",""", "json-truncated")]
    public void A_verdict_that_cannot_be_read_is_refused_with_its_line(string line, string code)
    {
        var error = Domain.Trajectories.Adapters.Verdicts.Read(Encoding.UTF8.GetBytes("""{"id":"x","success":true}""" + "\n" + line)).Refused();

        (error.Code, error.Message).ShouldSatisfyAllConditions(e => e.Code.ShouldBe(code), e => e.Message.ShouldStartWith("Line 2"));
    }

    [Theory]
    [InlineData("""{"reward":1.0}""", "null", true, 1.0, VerifiedBy.Verifier)]
    [InlineData("""{"reward":0.0}""", "null", false, 0.0, VerifiedBy.Verifier)]
    [InlineData("""{"reward":0.0}""", "\"timeout\"", null, null, VerifiedBy.Unknown)]
    [InlineData("null", "null", null, null, VerifiedBy.Unknown)]
    public void A_rollouts_result_gives_its_run_task_and_reward(string rewards, string error, bool? success, double? reward, VerifiedBy by)
    {
        var result = RolloutResult.Of(JsonElement.Parse($$"""{"task_name":"citations","rollout_name":"roll__1","rewards":{{rewards}},"verifier_error":{{error}},"skill_mode":"with-skill"}"""))!;

        var run = TrajectoryReader.Read(result.On(Run(Atif))).Accepted();

        (run.Task, run.Harness, run.Outcome).ShouldBe(("citations", "benchflow", new Outcome(success, reward, by)));
        run.SkillUsage.ShouldBe(SkillUsage.None);
        result.On(Run(Session)).Data.GetRawText().ShouldNotContain("citations");
    }

    private static Verdicts Verdicts(string file) => Domain.Trajectories.Adapters.Verdicts.Read(Encoding.UTF8.GetBytes(file)).Accepted();

    private static CloudEvent Run(string file) => CodingAgentRuns.Event(file);

    private static Outcome Outcome(CloudEvent run) => TrajectoryReader.Read(run).Accepted().Outcome;
}
