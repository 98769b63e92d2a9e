using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Adapters;
using Pipeline.Domain.Trajectories.Input;
using static Pipeline.Domain.Tests.Trajectories.CodingAgentRuns;

namespace Pipeline.Domain.Tests.Trajectories;

/// <summary>Files with anything anywhere: an adapter gives events or reasons, and takes no more time than the file is long.</summary>
public sealed class HostileFilesTests
{
    private static readonly string[] Files =
    [
        """{"session_id":"s","model":"m","project":"p-1","source":"claude","stats":{"input_tokens":1},"messages":[{"role":"assistant","content":"x","thinking":"y","tool_uses":[{"tool":"Skill","input":{"skill":"a"},"output":{"text":"z"},"status":"success"}]}]}""",
        """{"trajectory":[{"action":"edit 1:2\nx\nend_of_edit","observation":"o","thought":"t","state":"{\"open_file\":\"f\",\"working_dir\":\"/a\"}"}],"history":[{"role":"user","content":"q","agent":"a"},{"role":"assistant","action":"edit 1:2\nx\nend_of_edit","tool_calls":[{"id":"c","function":{"name":"n","arguments":"{}"}}]}],"info":{"model_stats":{"instance_cost":1}},"replay_config":{"agent":{"model":{"name":"m"}},"problem_statement":{"id":"a__b-1"}}}""",
        """{"history":[{"role":"user","content":"q","agent":"a"},{"role":"assistant","content":"c","action":"ls"},{"role":"tool","content":"o","tool_call_ids":["c"]}]}""",
        """{"info":{"mini_version":"1","model_stats":{"instance_cost":1},"config":{"model":{"model_name":"m"}}},"messages":[{"role":"assistant","content":"```bash\nls\n```","extra":{"actions":[{"command":"ls"}]}},{"role":"user","content":"<returncode>0</returncode>","extra":{"returncode":0}}],"trajectory_format":"mini-swe-agent-1"}""",
        """[{"id":1,"source":"agent","action":"run","args":{"command":"ls","thought":"t"},"tool_call_metadata":{"tool_call_id":"c","function_name":"f","model_response":{"id":"r","model":"m","usage":{"prompt_tokens":1},"choices":[{"message":{"tool_calls":[{"id":"c","function":{"arguments":"{}"}}]}}]}}},{"id":2,"source":"agent","cause":1,"observation":"run","content":"o","extras":{"metadata":{"exit_code":1},"microagent_knowledge":[{"name":"k"}]}}]""",
        """[{"type":"user","sessionId":"s","uuid":"u","cwd":"/home/u/p","message":{"role":"user","content":[{"type":"text","text":"t"},{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"x"}],"is_error":true}]}},{"type":"assistant","sessionId":"s","message":{"id":"m","model":"m","content":[{"type":"tool_use","id":"c","name":"n","input":{"a":1}}],"usage":{"input_tokens":1,"output_tokens":2}}},{"type":"attachment","sessionId":"s","attachment":{"type":"skill_listing","content":"- a: b"}}]""",
        """[{"timestamp":"t","type":"session_meta","payload":{"id":"i","cwd":"/a","git":{"repository_url":"u"}}},{"type":"response_item","payload":{"type":"function_call","name":"n","arguments":"{}","call_id":"c"}},{"type":"response_item","payload":{"type":"function_call_output","call_id":"c","output":"{\"output\":\"o\",\"metadata\":{\"exit_code\":1}}"}},{"type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"t"}]}},{"type":"response_item","payload":{"type":"web_search_call","action":{"q":1}}}]""",
        """[{"id":"p","worktree":"/a/b"},{"id":"m","sessionID":"s","role":"assistant","time":{"created":1},"modelID":"m","cost":1,"tokens":{"input":1,"output":1,"cache":{"read":1,"write":1}}},{"id":"x","sessionID":"s","messageID":"m","type":"tool","callID":"c","tool":"t","state":{"status":"completed","input":{"a":1},"output":"o","metadata":{"exit":1}}},{"id":"s","projectID":"p","directory":"/d"}]""",
        """[{"role":"user","message":{"content":[{"type":"text","text":"t"}]}},{"role":"assistant","message":{"content":[{"type":"tool_use","id":"c","name":"n","input":{}},{"type":"text","text":"t"}]}}]""",
        """{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b171","parentSpanId":"eee19b7ec3c1b172","name":"chat","startTimeUnixNano":"1","status":{"code":2},"attributes":[{"key":"gen_ai.input.messages","value":{"stringValue":"[{\"role\":\"user\",\"parts\":[{\"type\":\"tool_call\",\"id\":\"c\",\"name\":\"n\",\"arguments\":{}}]}]"}},{"key":"gen_ai.prompt.0.tool_calls.0.name","value":{"intValue":"1"}},{"key":"gen_ai.prompt.0.tool_calls","value":{"arrayValue":{"values":[{"boolValue":true}]}}}],"events":[{"name":"gen_ai.choice","attributes":[{"key":"message","value":{"kvlistValue":{"values":[{"key":"content","value":{"doubleValue":1.5}}]}}}]}]}]}]}]}""",
        """[{"kind":"scope","scope_category":"start","atof_version":"0.1","category":"agent","uuid":"a","name":"n","data":{"query":"q"}},{"kind":"scope","scope_category":"start","atof_version":"0.1","category":"tool","uuid":"b","parent_uuid":"a","name":"t","data":{"x":1}},{"kind":"scope","scope_category":"end","atof_version":"0.1","category":"tool","uuid":"b","parent_uuid":"a","name":"t","data":{"result":"r"},"category_profile":{"tool_call_id":"c"}}]""",
        """{"info":{"agent_info":{"implementation":"a","llm_args":{"t":0}},"environment_info":{"domain_name":"d"}},"simulations":[{"id":"s","task_id":"1","messages":[{"role":"assistant","raw_data":{"x":1},"tool_calls":[{"id":"c","name":"n","arguments":{"x":1}}]},{"role":"tool","id":"c","content":"o"}]}]}""",
    ];

    private static readonly string[] Oddities = ["null", "true", "-1", "1e300", "\"\"", "\" \"", "\"\\n\"", "\"x\"", "[]", "{}", "[null]", "[[1]]", "{\"a\":{\"b\":[1]}}", "[{\"type\":7}]", "\"{\"", "\"[1,\"", "99999999999999999999"];

    [Fact]
    public void Whatever_stands_in_the_place_of_a_value_is_read_or_refused_with_a_reason()
    {
        foreach (var file in Files)
        {
            var places = Places(JsonNode.Parse(file)!).Count;
            for (var place = 0; place < places; place++)
                foreach (var oddity in Oddities) AssertTaken(With(file, place, oddity));
        }
    }

    [Fact]
    public void Several_odd_values_at_once_are_read_or_refused_with_a_reason()
    {
        var changes = Gen.Choose(0, 10_000).Zip(Gen.Elements(Oddities)).ListOf().Where(l => l.Count < 12);
        Prop.ForAll(Gen.Elements(Files).Zip(changes).ToArbitrary(), c =>
        {
            var file = c.Item1;
            foreach (var (place, oddity) in c.Item2)
                if (Places(JsonNode.Parse(file)!) is { Count: > 0 } places) file = With(file, place % places.Count, oddity);
            AssertTaken(file);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_file_that_is_cut_off_anywhere_is_refused_with_a_reason()
    {
        foreach (var file in Files)
            for (var length = 1; length < file.Length; length += 7) Read(file[..length]).ShouldHaveSingleItem().Refused().Message.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(38)]
    [InlineData(45)]
    [InlineData(58)]
    [InlineData(61)]
    public void What_is_nested_as_deep_as_may_be_breaks_nothing(int levels)
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);

        foreach (var file in Files)
        {
            var places = Places(JsonNode.Parse(file)!).Count;
            for (var place = 0; place < places; place++) AssertTaken(With(file, place, deep));
        }
    }

    [Fact]
    public void Arguments_that_are_nested_too_deep_to_be_sent_go_as_their_text()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 56)) + "1" + new string('}', 56);

        var run = Run($$"""{"session_id":"s","project":"p","messages":[{"role":"assistant","tool_uses":[{"tool":"t","input":{{deep}},"output":{"text":"o"},"status":"success"}]}]}""");

        run.Calls().ShouldHaveSingleItem().Arguments["input"]!.GetValue<string>().ShouldBe(deep);
    }

    [Fact]
    public void A_session_of_very_many_steps_takes_time_in_proportion_to_its_length()
    {
        foreach (var make in new Func<int, string>[] { ManyPieces, ManySteps, ManyRequests })
        {
            Growth.ShouldBeLinear(4_000, make, file => Read(file).ShouldHaveSingleItem().Accepted());
        }
    }

    // One answer in very many pieces.
    private static string ManyPieces(int n) => string.Join('\n', Enumerable.Range(0, n).Select(i => $$$"""{"type":"assistant","sessionId":"s","message":{"id":"m","content":[{"type":"text","text":"piece {{{i}}}"}]} }"""));

    private static string ManySteps(int n) => $$"""{"session_id":"s","project":"p","messages":[{{string.Join(',', Enumerable.Range(0, n).Select(i => $$"""{"role":"assistant","tool_uses":[{"tool":"Bash","input":{"command":"cat {{i}}"},"output":{"text":"o"},"status":"success"}]}"""))}}]}""";

    // A chain of spans, each below the one before.
    private static string ManyRequests(int n) => $$$"""{"resourceSpans":[{"scopeSpans":[{"spans":[{{{string.Join(',', Enumerable.Range(1, n).Select(i => $$"""{"traceId":"t","spanId":"{{i}}","parentSpanId":"{{i - 1}}","name":"execute_tool t","startTimeUnixNano":"{{i}}"}"""))}}}]}]}]}""";

    private static void AssertTaken(string file)
    {
        foreach (var parsed in AdapterCatalogue.Read(Encoding.UTF8.GetBytes(file), null, AdapterOptions.Default))
        {
            if (!parsed.Try(out var made, out var error))
            {
                error.Message.ShouldNotBeEmpty();
                continue;
            }

            // What is sent must be readable again on the other side.
            var batch = Encoding.UTF8.GetBytes($"[{JsonSerializer.Serialize(CloudEvents.ToJson(made), LedgerJson.Options)}]");
            if (CloudEvents.ParseBatch(batch).Accepted()[0].Try(out var arrived, out _)) TrajectoryReader.Read(arrived).ShouldNotBeNull();
        }
    }

    private static string With(string file, int place, string value)
    {
        var root = JsonNode.Parse(file)!;
        var (owner, name, index) = Places(root)[place];
        if (owner is JsonObject members) members[name!] = JsonNode.Parse(value);
        else owner.AsArray()[index] = JsonNode.Parse(value);
        return root.ToJsonString();
    }

    private static List<(JsonNode Owner, string? Name, int Index)> Places(JsonNode node)
    {
        var places = new List<(JsonNode, string?, int)>();
        Collect(node, places);
        return places;
    }

    private static void Collect(JsonNode? node, List<(JsonNode, string?, int)> places)
    {
        if (node is JsonObject members)
        {
            foreach (var (name, value) in members)
            {
                places.Add((members, name, 0));
                Collect(value, places);
            }
        }
        else if (node is JsonArray items)
        {
            for (var i = 0; i < items.Count; i++)
            {
                places.Add((items, null, i));
                Collect(items[i], places);
            }
        }
    }
}
