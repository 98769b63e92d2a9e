using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Adapters;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Tests.Trajectories;

public sealed class AdapterTests
{
    private const string Gold = "CANARY";

    // Gold stands wherever a result file has it; everything else is what happened.
    private const string Tau2 = """
        {
          "timestamp": "2026-01-01T00:00:00",
          "info": {
            "git_commit": "abc", "num_trials": 1, "max_steps": 200, "seed": 300,
            "user_info": { "implementation": "user_simulator", "llm": "m-user", "global_simulation_guidelines": "CANARY" },
            "agent_info": { "implementation": "shop agent", "llm": "maker/m-1", "llm_args": { "temperature": 0.0 } },
            "environment_info": { "domain_name": "bakery", "policy": "CANARY: the policy", "tool_defs": { "get_cake": { "name": "get_cake", "doc": "Reads a cake.", "params": {} } } }
          },
          "tasks": [ { "id": "7", "user_scenario": { "instructions": "CANARY" }, "evaluation_criteria": { "actions": [ { "name": "CANARY", "arguments": { "x": "CANARY" } } ], "nl_assertions": ["CANARY"] } } ],
          "simulations": [
            {
              "id": "sim-1", "task_id": "7", "trial": 0, "seed": 1, "end_time": "2026-01-01T00:05:00.5", "termination_reason": "user_stop", "agent_cost": 0.5, "user_cost": 0.1,
              "policy": "CANARY", "review": { "summary": "CANARY" }, "info": { "note": "CANARY" }, "evaluation_criteria": "CANARY",
              "reward_info": {
                "reward": 1.0, "db_check": { "db_match": true, "db_reward": 1.0 }, "reward_basis": ["DB", "CANARY text"], "reward_breakdown": { "DB": 1.0, "CANARY text": 1.0 },
                "action_checks": [
                  { "action": { "action_id": "CANARY", "name": "CANARY", "arguments": { "x": "CANARY" } }, "action_match": true, "action_reward": 1.0 },
                  { "action": { "name": "CANARY" }, "action_match": false }
                ],
                "nl_assertions": [ { "nl_assertion": "CANARY", "met": true, "justification": "CANARY" } ],
                "communicate_checks": [ { "info": "CANARY", "met": false, "justification": "CANARY" } ],
                "env_assertions": [], "info": { "env": "CANARY" }
              },
              "messages": [
                { "role": "assistant", "content": "Hello", "tool_calls": null, "turn_idx": 0, "timestamp": "2026-01-01T00:00:01", "cost": 0.0, "usage": null },
                { "role": "user", "content": "Bake!", "tool_calls": null, "turn_idx": 1 },
                { "role": "assistant", "content": null, "turn_idx": 2, "cost": 0.25, "usage": { "prompt_tokens": 100, "completion_tokens": 20, "cached": 5 }, "raw_data": { "id": "r" },
                  "tool_calls": [
                    { "id": "c1", "name": "get_cake", "arguments": { "cake": "lemon" }, "requestor": "assistant" },
                    { "id": "c2", "name": "bake_cake", "arguments": {}, "requestor": "assistant" }
                  ] },
                { "role": "tool", "id": "c1", "content": "{\"cake\": \"lemon\"}", "requestor": "assistant", "error": false, "turn_idx": 3 },
                { "role": "tool", "id": "c2", "content": "oven off", "requestor": "assistant", "error": true, "turn_idx": 4 },
                { "role": "user", "content": "I switch it on", "tool_calls": [ { "id": "u1", "name": "switch_on", "arguments": { "what": "oven" }, "requestor": "user" } ], "turn_idx": 5 },
                { "role": "tool", "id": "u1", "content": null, "requestor": "user", "error": false, "turn_idx": 6 },
                { "role": "assistant", "tool_calls": [], "turn_idx": 7 },
                { "role": "tool", "id": "late", "content": "nobody asked", "turn_idx": 8 },
                { "role": "narrator", "content": "The end", "turn_idx": 9 }
              ]
            },
            { "id": "sim-2", "task_id": 8, "termination_reason": "infrastructure_error", "reward_info": { "reward": 0.0, "reward_breakdown": { "DB": 0.0 } }, "messages": [ { "role": "user", "content": "Bake!" } ] },
            { "id": "sim-3", "task_id": "9", "termination_reason": "infrastructure_error", "reward_info": null, "messages": [] },
            { "id": "sim-4", "task_id": "9", "reward_info": { "reward": 0.5, "reward_breakdown": { "DB": 0.5 } }, "messages": [ { "role": "user", "content": 7, "tool_calls": [ { "id": "x", "name": "f", "arguments": "{}" } ] } ] }
          ]
        }
        """;

    private const string TauBench = """
        [
          {
            "task_id": 3, "reward": 0.0, "trial": 1,
            "info": {
              "task": { "user_id": "CANARY", "instruction": "CANARY", "actions": [ { "name": "CANARY", "kwargs": {} } ], "outputs": ["CANARY"] },
              "source": "user", "user_cost": 0.01,
              "reward_info": { "reward": 0.0, "info": { "r_actions": 0.0, "gt_data_hash": "CANARY" }, "actions": [ { "name": "CANARY", "kwargs": {} } ] }
            },
            "traj": [
              { "role": "system", "content": "# Bakery agent policy\n\nCANARY: be kind." },
              { "role": "user", "content": "Bake!" },
              { "role": "assistant", "content": null, "tool_calls": [ { "id": "c1", "type": "function", "function": { "name": "bake_cake", "arguments": "{\"cake\":\"lemon\"}" } } ] },
              { "role": "tool", "tool_call_id": "c1", "name": "bake_cake", "content": "Error: oven off" },
              { "role": "assistant", "content": null, "tool_calls": [ { "id": "c1", "type": "function", "function": { "name": "wait", "arguments": "not json" } } ] },
              { "role": "tool", "tool_call_id": "c1", "name": "wait", "content": "done" },
              { "role": "assistant", "content": "Sorry." }
            ]
          },
          { "task_id": 4, "reward": 0.0, "trial": 0, "info": { "error": "rate limit", "traceback": "..." }, "traj": [] },
          { "task_id": 5, "reward": 1.0, "trial": 0, "info": {}, "traj": [ { "role": "user", "content": "Bake!" } ] }
        ]
        """;

    private const string Atif = """{"schema_version":"ATIF-v1.7","trajectory_id":"t-1","agent":{"name":"an agent","version":"1"},"steps":[{"step_id":1,"source":"user","message":"hi"}]}""";

    [Fact]
    public void A_tau2_simulation_becomes_a_trajectory_with_the_verifiers_outcome()
    {
        var e = Read(Tau2)[0].Accepted();
        var trajectory = TrajectoryReader.Read(e).Accepted();

        (e.Id, e.Source, e.Type).ShouldBe(("sim-1", "tau2/shop%20agent/maker%2Fm-1", EventTypes.Trajectory));
        (trajectory.Task, trajectory.Environment, trajectory.Harness, trajectory.Model).ShouldBe(("7", "bakery", "tau2", "maker/m-1"));
        trajectory.Outcome.ShouldBe(new Outcome(true, 1, VerifiedBy.Verifier));
        (trajectory.CostUsd, trajectory.Tokens).ShouldBe((0.5m, 120));
        trajectory.Tools.ShouldBe([new("get_cake", "Reads a cake.", null)]);
        trajectory.Steps[2].Calls.Select(c => (c.Tool, c.Result!.Content, c.Result.IsError)).ShouldBe([("get_cake", "{\"cake\": \"lemon\"}", false), ("bake_cake", "oven off", true)]);
    }

    [Fact]
    public void A_tool_that_the_user_called_stays_with_the_users_step()
    {
        var step = TrajectoryReader.Read(Read(Tau2)[0].Accepted()).Accepted().Steps[3];

        step.Source.ShouldBe(StepSource.User);
        step.Calls.ShouldHaveSingleItem().Tool.ShouldBe("switch_on");
    }

    [Fact]
    public void No_gold_and_no_policy_of_a_tau2_file_is_in_its_events()
    {
        var parsed = Read(Tau2);

        parsed.Count.ShouldBe(4);
        foreach (var e in parsed.OfType<Parsed<CloudEvent>.Ok>()) CloudEvents.ToJson(e.Value).ToJsonString().ShouldNotContain(Gold);
        parsed.OfType<Parsed<CloudEvent>.Refused>().ShouldAllBe(r => !r.Error.ToString().Contains(Gold));
    }

    [Fact]
    public void Of_the_verifiers_judgement_only_marks_and_counts_travel()
    {
        var marks = Read(Tau2)[0].Accepted().Data.GetProperty("extra").GetProperty("verification");

        JsonNode.DeepEquals(JsonNode.Parse(marks.GetRawText()), JsonNode.Parse("""
            {"reward":1.0,"reward_basis":["DB"],"reward_breakdown":{"DB":1.0},"db_match":true,"action_checks":{"matched":1,"total":2},
             "communicate_checks":{"matched":0,"total":1},"nl_assertions":{"matched":1,"total":1}}
            """)).ShouldBeTrue(marks.GetRawText());
    }

    [Fact]
    public void Messages_survive_the_way_from_tau2_to_atif_and_back()
    {
        var back = Tau2Adapter.ToTau2(Read(Tau2)[0].Accepted().Data);

        var before = JsonNode.Parse(Tau2)!["simulations"]![0]!;
        JsonNode.DeepEquals(back["messages"], before["messages"]).ShouldBeTrue(back["messages"]!.ToJsonString());
        foreach (var fact in new[] { "id", "task_id", "trial", "seed", "end_time", "termination_reason", "agent_cost", "user_cost" })
            JsonNode.DeepEquals(back[fact], before[fact]).ShouldBeTrue(fact);
    }

    [Theory]
    [InlineData("info")]
    [InlineData("info/agent_info")]
    [InlineData("info/environment_info")]
    [InlineData("simulations/0/reward_info/reward_breakdown")]
    public void A_reward_that_no_verifier_stands_behind_is_the_agents_own_word(string without)
    {
        var outcome = TrajectoryReader.Read(Read(Without(Tau2, without))[0].Accepted()).Accepted().Outcome;

        outcome.ShouldBe(new Outcome(true, 1, VerifiedBy.Self));
        outcome.IsVerifiedSuccess.ShouldBeFalse();
    }

    [Fact]
    public void A_run_that_the_infrastructure_ended_is_no_evidence() =>
        TrajectoryReader.Read(Read(Tau2)[1].Accepted()).Accepted().Outcome.ShouldBe(Outcome.Unknown);

    [Fact]
    public void A_simulation_that_cannot_be_read_is_refused_by_itself_and_named_by_its_place()
    {
        var parsed = Read(Tau2);

        (parsed[2].Refused().Code, parsed[2].Refused().Pointer).ShouldBe(("no-steps", "/simulations/2"));
        (parsed[3].Refused().Code, parsed[3].Refused().Pointer).ShouldBe(("wrong-type", "/simulations/3/messages/0/tool_calls/0/arguments"));
    }

    [Fact]
    public void A_tau_bench_run_becomes_a_trajectory_without_gold_and_policy()
    {
        var e = Read(TauBench)[0].Accepted();
        var trajectory = TrajectoryReader.Read(e).Accepted();

        CloudEvents.ToJson(e).ToJsonString().ShouldNotContain(Gold);
        (e.Source, trajectory.Task, trajectory.Environment, trajectory.Harness).ShouldBe(("tau-bench/bakery", "3", "bakery", "tau-bench"));
        trajectory.Outcome.ShouldBe(new Outcome(false, 0, VerifiedBy.Verifier));
        trajectory.Steps.Count.ShouldBe(4);
        var calls = trajectory.Steps.SelectMany(s => s.Calls).ToList();
        calls.Select(c => (c.Tool, c.Result!.Content, c.Result.IsError)).ShouldBe([("bake_cake", "Error: oven off", true), ("wait", "done", false)]);
        calls[0].Arguments["cake"]!.GetValue<string>().ShouldBe("lemon");
        e.Data.GetProperty("trajectory").GetProperty("steps")[2].GetProperty("tool_calls")[0].GetProperty("extra").GetProperty("arguments").GetString().ShouldBe("not json");
    }

    [Fact]
    public void A_tau_bench_run_has_the_same_id_whenever_it_is_read()
    {
        var first = Read(TauBench)[0].Accepted().Id;

        Read(TauBench)[0].Accepted().Id.ShouldBe(first);
        Read(TauBench.Replace("Sorry.", "Sorry!", StringComparison.Ordinal))[0].Accepted().Id.ShouldNotBe(first);
    }

    [Fact]
    public void Tau_bench_runs_that_failed_to_run_or_were_not_verified_say_so()
    {
        var parsed = Read(TauBench);

        (parsed[1].Refused().Code, parsed[1].Refused().Pointer).ShouldBe(("no-steps", "/1"));
        TrajectoryReader.Read(parsed[2].Accepted()).Accepted().Outcome.ShouldBe(new Outcome(true, 1, VerifiedBy.Self));
    }

    [Theory]
    [InlineData(Tau2, "tau2")]
    [InlineData(TauBench, "tau-bench")]
    [InlineData(Atif, "atif")]
    [InlineData("[" + Atif + "]", "atif")]
    [InlineData("""{"trajectory":""" + Atif + ""","task":"t"}""", "atif")]
    [InlineData("""{"specversion":"1.0"}""", "cloudevents")]
    [InlineData("""[{"specversion":"1.0"}]""", "cloudevents")]
    public void A_format_is_told_by_content(string file, string name) => AdapterCatalogue.Detect(JsonElement.Parse(file)).Accepted().Name.ShouldBe(name);

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"simulations":5}""")]
    public void A_format_that_is_not_known_is_refused_with_those_that_are(string file)
    {
        var error = AdapterCatalogue.Detect(JsonElement.Parse(file)).Refused();

        error.Code.ShouldBe("format-unknown");
        AdapterCatalogue.All.ShouldAllBe(a => error.Message.Contains(a.Name));
    }

    [Fact]
    public void A_mislabelled_file_is_refused_with_what_it_looks_like()
    {
        var error = Read(Atif, "tau2").ShouldHaveSingleItem().Refused();

        error.Code.ShouldBe("format-mismatch");
        error.Message.ShouldContain("atif");
        Read(Atif, "word").ShouldHaveSingleItem().Refused().Code.ShouldBe("format-unknown");
    }

    [Fact]
    public void A_truncated_file_is_refused_as_truncated() =>
        Read(Tau2[..(Tau2.Length / 2)]).ShouldHaveSingleItem().Refused().Code.ShouldBe("json-truncated");

    [Fact]
    public void Json_lines_may_mix_documents_and_events_and_a_bad_line_is_named()
    {
        var cloudEvent = $$"""{"specversion":"1.0","id":"e-1","source":"s","type":"{{EventTypes.Trajectory}}","data":{{Atif}}}""";

        var parsed = Read($"{Atif}\n\n{cloudEvent}\r\n{{\"broken\n{Atif}");

        parsed.Count.ShouldBe(4);
        parsed[0].Accepted().Source.ShouldBe("atif/an%20agent");
        parsed[1].Accepted().Id.ShouldBe("e-1");
        parsed[2].Refused().Message.ShouldStartWith("Line 4");
        parsed[3].Accepted().Id.ShouldBe("t-1");
    }

    [Fact]
    public void Only_the_tasks_asked_for_are_read()
    {
        var options = new AdapterOptions(TaskIds: new HashSet<string> { "8", "3" });

        Read(Tau2, options: options).ShouldHaveSingleItem().Accepted().Id.ShouldBe("sim-2");
        Read(TauBench, options: options).ShouldHaveSingleItem().Accepted();
        Read(Atif, options: options).ShouldBeEmpty();
    }

    [Fact]
    public void A_source_that_is_given_replaces_the_files_own()
    {
        var options = new AdapterOptions(Source: "team/bench");

        foreach (var file in new[] { Tau2, TauBench, Atif }) Read(file, options: options)[0].Accepted().Source.ShouldBe("team/bench");
    }

    [Fact]
    public void Simulations_are_made_one_by_one_as_they_are_asked_for()
    {
        var file = JsonElement.Parse("""{"simulations":[{"id":"a","task_id":"1","messages":[{"role":"user","content":"x"}]},null]}""");

        new Tau2Adapter().Read(file, AdapterOptions.Default).First().Accepted().Id.ShouldBe("a");
    }

    private static List<Parsed<CloudEvent>> Read(string file, string? format = null, AdapterOptions? options = null) =>
        [.. AdapterCatalogue.Read(Encoding.UTF8.GetBytes(file), format, options ?? AdapterOptions.Default)];

    private static string Without(string json, string path)
    {
        var root = JsonNode.Parse(json)!;
        var segments = path.Split('/');
        var owner = segments[..^1].Aggregate(root, (node, segment) => int.TryParse(segment, out var index) ? node[index]! : node[segment]!);
        owner.AsObject().Remove(segments[^1]).ShouldBeTrue();
        return root.ToJsonString();
    }
}
