using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Tests.Trajectories;

public sealed class TrajectoryReaderTests
{
    private const string Full = """
        {
          "schema_version": "ATIF-v1.7", "session_id": "s-1",
          "agent": {
            "name": "helper", "version": "2", "model_name": "m-1",
            "tool_definitions": [
              { "type": "function", "function": { "name": "refund", "description": "gives money back", "parameters": {} } },
              { "name": "look_up", "description": "reads", "inputSchema": {}, "annotations": { "readOnlyHint": true } }
            ]
          },
          "steps": [
            { "step_id": 1, "source": "user", "message": [ { "type": "text", "text": "see" }, { "type": "image", "source": { "media_type": "image/png", "path": "a.png" } } ] },
            { "step_id": 2, "source": "agent", "message": "looking",
              "tool_calls": [
                { "tool_call_id": "c1", "function_name": "look_up", "arguments": { "id": "7" } },
                { "tool_call_id": "c2", "function_name": "refund" }
              ],
              "observation": { "results": [ { "source_call_id": "c2", "content": "Error: not allowed" }, { "source_call_id": "c1", "content": "found" } ] },
              "metrics": { "prompt_tokens": 10, "completion_tokens": 5, "cost_usd": 0.25 } }
          ],
          "something_new": { "kept": true }
        }
        """;

    [Fact]
    public void A_bare_atif_document_becomes_a_trajectory_with_the_events_identity()
    {
        var trajectory = Read(Full).Accepted();

        (trajectory.Id, trajectory.Source, trajectory.Agent, trajectory.Model).ShouldBe(("run-1", "shop/agent", "helper", "m-1"));
        trajectory.Steps.Select(s => (s.Number, s.Source, s.Message)).ShouldBe([(1, StepSource.User, "see\n[image]"), (2, StepSource.Agent, "looking")]);
        trajectory.Tools.ShouldBe([new("refund", "gives money back", null), new("look_up", "reads", true)]);
        (trajectory.Tokens, trajectory.CostUsd).ShouldBe((15, 0.25m));
        trajectory.Outcome.ShouldBe(Outcome.Unknown);
    }

    [Fact]
    public void A_result_is_brought_to_the_call_that_it_names()
    {
        var calls = Read(Full).Accepted().Steps[1].Calls;

        calls.Select(c => (c.Tool, c.Result!.Content, c.Result.IsError)).ShouldBe([("look_up", "found", false), ("refund", "Error: not allowed", true)]);
        calls[0].Arguments["id"]!.GetValue<string>().ShouldBe("7");
        calls[1].Arguments.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""[{"content":"one"},{"content":"two"}]""", "one", "two", 1)]
    [InlineData("""[{"content":"one"}]""", null, null, 2)]
    [InlineData("""[{"source_call_id":"c2","content":"two"},{"content":"one"}]""", "one", "two", 1)]
    [InlineData("""[{"source_call_id":"other","content":"one"},{"source_call_id":null,"content":"two"}]""", "one", "two", 1)]
    public void A_result_that_names_no_call_goes_by_order_or_is_kept_as_a_message(string results, string? first, string? second, int steps)
    {
        var trajectory = Read($$$"""
            {"schema_version":"ATIF-v1.4","agent":{"name":"a","version":"1"},"steps":[{"step_id":1,"source":"agent","message":"m",
            "tool_calls":[{"tool_call_id":"c1","function_name":"f","arguments":{}},{"tool_call_id":"c2","function_name":"g","arguments":{}}],
            "observation":{"results":{{{results}}}}}]}
            """).Accepted();

        trajectory.Steps[0].Calls.Select(c => c.Result?.Content).ShouldBe([first, second]);
        trajectory.Steps.Count.ShouldBe(steps);
        if (steps == 2) (trajectory.Steps[1].Number, trajectory.Steps[1].Source, trajectory.Steps[1].Message).ShouldBe((1, StepSource.System, "one"));
    }

    [Fact]
    public void An_id_that_is_used_again_means_the_latest_call_and_a_late_result_finds_its_call()
    {
        var trajectory = Read("""
            {"schema_version":"ATIF-v1.7","agent":{"name":"a","version":"1"},"steps":[
            {"step_id":1,"source":"agent","tool_calls":[{"tool_call_id":"c","function_name":"f"},{"tool_call_id":"d","function_name":"g"}],"observation":{"results":[{"source_call_id":"c","content":"1"}]}},
            {"step_id":2,"source":"agent","tool_calls":[{"tool_call_id":"c","function_name":"f"},{"tool_call_id":"c","function_name":"f"}],
             "observation":{"results":[{"source_call_id":"c","content":"2"},{"source_call_id":"d","content":"late"},{"source_call_id":"c","content":"3"}]}}]}
            """).Accepted();

        trajectory.Steps.SelectMany(s => s.Calls).Select(c => c.Result?.Content).ShouldBe(["1", "late", "2", "3"]);
    }

    [Theory]
    [InlineData("\"content\":\"Error: no\"", true)]
    [InlineData("\"content\":\"Errors found: 0\"", false)]
    [InlineData("\"content\":\"no Error\"", false)]
    [InlineData("\"content\":\"fine\",\"extra\":{\"is_error\":true}", true)]
    [InlineData("\"content\":\"fine\",\"extra\":{\"error\":\"timeout\"}", true)]
    [InlineData("\"content\":\"Error is the topic\",\"extra\":{\"error\":false}", false)]
    public void A_result_is_an_error_if_it_says_so_or_begins_so(string result, bool isError) =>
        Read(OneCall("{" + result + "}")).Accepted().Steps[0].Calls[0].Result!.IsError.ShouldBe(isError);

    [Fact]
    public void What_was_copied_from_an_earlier_run_is_not_learned_from_again()
    {
        var trajectory = Read("""
            {"schema_version":"ATIF-v1.5","agent":{"name":"a","version":"1"},"steps":[
            {"step_id":1,"source":"user","message":"old","is_copied_context":true},{"step_id":2,"source":"user","message":"new"}]}
            """).Accepted();

        trajectory.Steps.ShouldHaveSingleItem().Message.ShouldBe("new");
    }

    [Fact]
    public void The_envelope_says_what_atif_cannot()
    {
        var trajectory = Read($$$"""
            {"trajectory":{{{Full}}},"task":"t-1","environment":"retail","harness":"bench","unknown":{"kept":1},
             "outcome":{"success":true,"reward":1,"verifiedBy":"verifier"},
             "skills":{"available":[{"name":"a","version":2,"digest":"sha256:00"},"b"],"retrieved":["a"],"loaded":[{"name":"a"}],"loadFailed":["c"],"resourceRead":["d"]}}
            """).Accepted();

        (trajectory.Task, trajectory.Environment, trajectory.Harness).ShouldBe(("t-1", "retail", "bench"));
        trajectory.Outcome.ShouldBe(new Outcome(true, 1, VerifiedBy.Verifier));
        var usage = trajectory.SkillUsage;
        usage.Available.ShouldBe([new("a", 2, "sha256:00"), new("b", null, null)]);
        new[] { usage.Retrieved, usage.Loaded, usage.LoadFailed, usage.ResourceRead }.Select(s => s.ShouldHaveSingleItem().Name).ShouldBe(["a", "a", "c", "d"]);
    }

    [Theory]
    [InlineData("ATIF-v1.0")]
    [InlineData("ATIF-v1.7")]
    public void Every_known_version_is_read(string version) => Read(Full.Replace("ATIF-v1.7", version, StringComparison.Ordinal)).Accepted();

    [Theory]
    [InlineData("ATIF-v1.8")]
    [InlineData("ATIF-v2.0")]
    [InlineData("ATIF-v1.")]
    [InlineData("ATIF-v1.-1")]
    [InlineData("atif-v1.7")]
    [InlineData("something else")]
    public void An_unknown_or_future_version_is_refused(string version)
    {
        var error = Read(Full.Replace("ATIF-v1.7", version, StringComparison.Ordinal)).Refused();

        (error.Code, error.Pointer).ShouldBe(("atif-version", "/schema_version"));
        error.Message.ShouldContain("ATIF-v1.7");
    }

    [Theory]
    [InlineData("schema_version", "missing-field", "/schema_version")]
    [InlineData("agent", "missing-field", "/agent")]
    [InlineData("agent/name", "missing-field", "/agent/name")]
    [InlineData("agent/version", "missing-field", "/agent/version")]
    [InlineData("steps", "no-steps", "/steps")]
    [InlineData("steps/0/step_id", "missing-field", "/steps/0/step_id")]
    [InlineData("steps/1/source", "missing-field", "/steps/1/source")]
    [InlineData("steps/1/tool_calls/0/tool_call_id", "missing-field", "/steps/1/tool_calls/0/tool_call_id")]
    [InlineData("steps/1/tool_calls/1/function_name", "missing-field", "/steps/1/tool_calls/1/function_name")]
    public void A_missing_field_is_named_by_its_place(string path, string code, string pointer)
    {
        var json = JsonNode.Parse(Full)!;
        var segments = path.Split('/');
        var owner = segments[..^1].Aggregate(json, (node, segment) => int.TryParse(segment, out var index) ? node[index]! : node[segment]!);
        owner.AsObject().Remove(segments[^1]).ShouldBeTrue();

        var error = Read(json.ToJsonString()).Refused();

        (error.Code, error.Pointer).ShouldBe((code, pointer));
    }

    [Theory]
    [InlineData("""{"trajectory":5}""", "/trajectory")]
    [InlineData("""{"note":"neither"}""", "/trajectory")]
    [InlineData("""{"steps":"none","agent":{},"schema_version":"ATIF-v1.7"}""", "/agent/name")]
    [InlineData("""{"schema_version":"ATIF-v1.7","agent":{"name":"a","version":"1"},"steps":[7]}""", "/steps/0")]
    [InlineData("""{"schema_version":"ATIF-v1.7","agent":{"name":"a","version":"1"},"steps":[{"step_id":0,"source":"user"}]}""", "/steps/0/step_id")]
    [InlineData("""{"schema_version":"ATIF-v1.7","agent":{"name":"a","version":"1"},"steps":[{"step_id":1,"source":"robot"}]}""", "/steps/0/source")]
    [InlineData("""{"schema_version":"ATIF-v1.7","agent":{"name":"a","version":"1"},"steps":[{"step_id":1,"source":"user","message":{}}]}""", "/steps/0/message")]
    [InlineData("""{"schema_version":"ATIF-v1.7","agent":{"name":"a","version":"1"},"steps":[{"step_id":1,"source":"agent","tool_calls":[{"tool_call_id":"x","function_name":"f","arguments":"{}"}]}]}""", "/steps/0/tool_calls/0/arguments")]
    public void A_wrong_type_is_named_by_its_place(string data, string pointer) => Read(data).Refused().Pointer.ShouldBe(pointer);

    [Theory]
    [InlineData("\"task\":5", "/task")]
    [InlineData("\"outcome\":{\"reward\":\"high\"}", "/outcome/reward")]
    [InlineData("\"outcome\":{\"verifiedBy\":\"everyone\"}", "/outcome/verifiedBy")]
    [InlineData("\"skills\":{\"loaded\":[{\"name\":\"a\",\"version\":0}]}", "/skills/loaded/0/version")]
    [InlineData("\"skills\":{\"loaded\":[3]}", "/skills/loaded/0")]
    public void A_wrong_member_of_the_envelope_is_named_by_its_place(string member, string pointer) =>
        Read($$$"""{"trajectory":{{{Full}}},{{{member}}}}""").Refused().Pointer.ShouldBe(pointer);

    [Fact]
    public void A_trajectory_without_steps_is_refused() =>
        Read("""{"schema_version":"ATIF-v1.7","agent":{"name":"a","version":"1"},"steps":[]}""").Refused().Code.ShouldBe("no-steps");

    [Fact]
    public void An_embedded_subagents_run_is_not_merged_into_its_parents()
    {
        var json = JsonNode.Parse(Full)!.AsObject();
        json["subagent_trajectories"] = new JsonArray(JsonNode.Parse(Full));

        Read(json.ToJsonString()).Accepted().Steps.Count.ShouldBe(2);
    }

    private static string OneCall(string result) => $$$"""
        {"schema_version":"ATIF-v1.7","agent":{"name":"a","version":"1"},"steps":[{"step_id":1,"source":"agent",
        "tool_calls":[{"tool_call_id":"c1","function_name":"f"}],"observation":{"results":[{{{result}}}]}}]}
        """;

    private static Parsed<Trajectory> Read(string data) =>
        TrajectoryReader.Read(new CloudEvent { Id = "run-1", Source = "shop/agent", Type = EventTypes.Trajectory, Data = JsonElement.Parse(data) });
}
