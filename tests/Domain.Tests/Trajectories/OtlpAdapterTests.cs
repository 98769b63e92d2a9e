using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Tests.Trajectories.CodingAgentRuns;

namespace Pipeline.Domain.Tests.Trajectories;

public sealed class OtlpAdapterTests
{
    private const string Trace = "5b8efff798038103d269b633813fc60c";
    private const string Asked = """[{"role":"user","parts":[{"type":"text","content":"Is bread left?"}]}]""";
    private const string Called = """[{"role":"assistant","parts":[{"type":"reasoning","content":"Look."},{"type":"tool_call","id":"c1","name":"get_stock","arguments":{"item":"bread"}}],"finish_reason":"tool_call"}]""";
    private const string Told = """[{"role":"user","parts":[{"type":"text","content":"Is bread left?"}]},{"role":"assistant","parts":[{"type":"reasoning","content":"Look."},{"type":"tool_call","id":"c1","name":"get_stock","arguments":"{\"item\": \"bread\"}"}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":{"left":3}}]}]""";
    private const string Answered = """[{"role":"assistant","parts":[{"type":"text","content":"Three loaves."}],"finish_reason":"stop"}]""";

    private static readonly string[] Spans =
    [
        Span("eee19b7ec3c1b170", null, 10, "invoke_agent desk", ("gen_ai.operation.name", "invoke_agent"), ("gen_ai.agent.name", "desk"), ("gen_ai.agent.version", "2"), ("gen_ai.output.messages", Answered)),
        Span("eee19b7ec3c1b171", "eee19b7ec3c1b170", 20, "chat model-x", ("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "model"), ("gen_ai.response.model", "model-x"),
            ("gen_ai.usage.input_tokens", 100), ("gen_ai.usage.output_tokens", 7), ("gen_ai.system_instructions", """[{"type":"text","content":"Be kind."}]"""), ("gen_ai.input.messages", Asked), ("gen_ai.output.messages", Called),
            ("gen_ai.tool.definitions", """[{"type":"function","name":"get_stock","description":"Reads the stock."}]"""), ("gen_ai.request.top_p", 0.5)),
        Span("eee19b7ec3c1b172", "eee19b7ec3c1b170", 30, "execute_tool get_stock", ("gen_ai.operation.name", "execute_tool"), ("gen_ai.tool.name", "get_stock"), ("gen_ai.tool.call.id", "c1")),
        Span("eee19b7ec3c1b173", "eee19b7ec3c1b170", 40, "chat model-x", ("gen_ai.operation.name", "chat"), ("gen_ai.usage.input_tokens", 120), ("gen_ai.usage.output_tokens", 5), ("gen_ai.input.messages", Told), ("gen_ai.output.messages", Answered)),
        Span("eee19b7ec3c1b174", "eee19b7ec3c1b170", 41, "GET /stock", ("http.method", "GET")),
    ];

    [Fact]
    public void Spans_become_the_conversation_each_message_once_and_each_result_with_its_call() => Run(Export(Spans)).Told().ShouldBe(
    [
        "system: Be kind.",
        "user: Is bread left?",
        """agent:  [get_stock({"item":"bread"}) -> {"left":3}]""",
        "agent: Three loaves.",
    ]);

    [Fact]
    public void The_spans_tell_agent_model_tokens_tools_and_service()
    {
        var run = Run(Export(Spans));

        (run.Agent, run.Model, run.Tokens, run.Environment, run.Harness).ShouldBe(("desk", "model-x", 232, "bakery", "opentelemetry"));
        run.Tools.ShouldBe([new("get_stock", "Reads the stock.", null)]);
        (run.Task, run.Outcome).ShouldBe(("", Outcome.Unknown));
        Event(Export(Spans)).Id.ShouldStartWith(Trace);
        Event(Export(Spans)).Data.GetRawText().ShouldSatisfyAllConditions(t => t.ShouldContain("gen_ai.request.top_p"), t => t.ShouldNotContain("/stock"));
    }

    [Fact]
    public void The_order_of_spans_and_the_requests_that_they_came_in_make_no_difference()
    {
        var whole = Event(Export(Spans));

        Event(Export([.. Spans.Reverse()])).Id.ShouldBe(whole.Id);
        Event(Lines(Export(Spans[3..]), Export(Spans[..3]), Export(Spans[2..4]))).Id.ShouldBe(whole.Id);
    }

    [Fact]
    public void Ids_in_base64_and_values_in_full_are_the_same_run()
    {
        var structured = Export(Spans).Replace(JsonSerializer.Serialize(new { stringValue = Asked }), Any(JsonNode.Parse(Asked)!).ToJsonString(), StringComparison.Ordinal);
        structured.ShouldContain("kvlistValue");
        foreach (var hex in Enumerable.Range(0, 5).Select(i => $"eee19b7ec3c1b17{i}").Append(Trace)) structured = structured.Replace(hex, Convert.ToBase64String(Convert.FromHexString(hex)), StringComparison.Ordinal);

        Run(structured).Told().ShouldBe(Run(Export(Spans)).Told());
        Event(structured).Id.ShouldStartWith(Trace);
    }

    [Fact]
    public void Where_contents_are_not_captured_the_tools_spans_tell_what_was_called()
    {
        var bare = new[]
        {
            Span("eee19b7ec3c1b171", null, 20, "chat model-x", ("gen_ai.request.model", "model-x")),
            Span("eee19b7ec3c1b172", null, 30, "execute_tool get_stock", ("gen_ai.tool.call.id", "c1"), ("gen_ai.tool.call.arguments", """{"item":"bread"}"""), ("gen_ai.tool.call.result", """{"left":3}""")),
            Span("eee19b7ec3c1b173", null, 40, "execute_tool order", ("gen_ai.tool.name", "order"), ("error.type", "timeout")),
        };

        Run(Export(bare)).Told().ShouldBe(["""agent:  [get_stock({"item":"bread"}) -> {"left":3}]""", "agent:  [order({}) -> error timeout]"]);
    }

    [Fact]
    public void A_tool_that_failed_by_its_span_is_an_error_whatever_the_model_was_told()
    {
        var failing = Spans.Select(s => s.Contains("execute_tool", StringComparison.Ordinal) ? s.Replace("\"name\":\"execute_tool", "\"status\":{\"code\":2,\"message\":\"down\"},\"name\":\"execute_tool", StringComparison.Ordinal) : s).ToArray();

        Run(Export(failing)).Calls().ShouldHaveSingleItem().Result.ShouldBe(new ToolResult("""{"left":3}""", true));
    }

    [Fact]
    public void An_agent_below_an_agent_and_another_trace_are_runs_of_their_own_and_the_turns_of_a_conversation_are_one()
    {
        var runs = Runs(Export(
            Agent("a0", null, 1, "desk", "Plan a party.", Trace),
            Agent("a1", "a0", 2, "baker", "Bake a cake.", Trace),
            Agent("b0", null, 3, "desk", "Hello.", Trace.Replace('5', '6')),
            Agent("c0", null, 4, "desk", "First.", Trace.Replace('5', '7'), ("gen_ai.conversation.id", "conv-1")),
            Agent("d0", null, 5, "desk", "Second.", Trace.Replace('5', '9'), ("gen_ai.conversation.id", "conv-1"))));

        runs.Select(r => string.Join(" | ", r.Told())).ShouldBe(["user: Plan a party.", "user: Bake a cake.", "user: Hello.", "user: First. | user: Second."]);
        runs[3].Task.ShouldBe("conv-1");
        runs[1].Agent.ShouldBe("baker");
    }

    [Fact]
    public void An_agents_failure_is_its_own_word() =>
        Run(Export(Agent("a0", null, 1, "desk", "Hello.", Trace, ("error.type", "timeout")))).Outcome.ShouldBe(new Outcome(false, null, VerifiedBy.Self));

    [Theory]
    [InlineData("gen_ai.user.message", """{"key":"content","value":{"stringValue":"Is bread left?"}}""", "gen_ai.choice", """{"key":"message","value":{"stringValue":"{\"content\":\"\",\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"get_stock\",\"arguments\":\"{\\\"item\\\":\\\"bread\\\"}\"}}]}"}}""")]
    [InlineData("gen_ai.content.prompt", """{"key":"gen_ai.prompt","value":{"stringValue":"[{\"role\":\"user\",\"content\":\"Is bread left?\"}]"}}""", "gen_ai.content.completion", """{"key":"gen_ai.completion","value":{"stringValue":"[{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c1\",\"function\":{\"name\":\"get_stock\",\"arguments\":{\"item\":\"bread\"}}}]}]"}}""")]
    public void Contents_in_the_events_of_older_conventions_are_read(string prompt, string promptAttribute, string completion, string completionAttribute)
    {
        var span = Span("eee19b7ec3c1b171", null, 20, "chat model-x").Replace("\"attributes\":[]",
            $$"""
            "attributes":[],"events":[{"name":"{{prompt}}","attributes":[{{promptAttribute}}]},{"name":"{{completion}}","attributes":[{{completionAttribute}}]}]
            """, StringComparison.Ordinal);

        Run(Export(span)).Told().ShouldBe(["user: Is bread left?", """agent:  [get_stock({"item":"bread"}) -> ?]"""]);
    }

    [Fact]
    public void Messages_in_numbered_attributes_are_read()
    {
        var span = Span("eee19b7ec3c1b171", null, 20, "chat", ("gen_ai.prompt.0.role", "system"), ("gen_ai.prompt.0.content", "Be kind."), ("gen_ai.prompt.1.role", "user"), ("gen_ai.prompt.1.content", "Is bread left?"),
            ("gen_ai.completion.0.role", "assistant"), ("gen_ai.completion.0.tool_calls.0.id", "c1"), ("gen_ai.completion.0.tool_calls.0.name", "get_stock"), ("gen_ai.completion.0.tool_calls.0.arguments", """{"item":"bread"}"""));

        Run(Export(span)).Told().ShouldBe(["system: Be kind.", "user: Is bread left?", """agent:  [get_stock({"item":"bread"}) -> ?]"""]);
    }

    [Fact]
    public void Spans_of_other_kinds_alone_are_refused_with_what_is_wanted() => Read(Export(Spans[4])).ShouldHaveSingleItem().Refused().Code.ShouldBe("no-genai-spans");

    [Fact]
    public void Parents_in_a_circle_do_no_harm() => Runs(Export(
        Span("eee19b7ec3c1b171", "eee19b7ec3c1b172", 1, "chat", ("gen_ai.input.messages", Asked)), Span("eee19b7ec3c1b172", "eee19b7ec3c1b171", 2, "chat", ("gen_ai.output.messages", Answered)))).Count.ShouldBe(1);

    private static string Agent(string id, string? parent, int at, string name, string asked, string trace, params (string Key, object Value)[] more) => Span(
        $"eee19b7ec3c1b1{id}", parent is null ? null : $"eee19b7ec3c1b1{parent}", at, $"invoke_agent {name}",
        [("gen_ai.operation.name", "invoke_agent"), ("gen_ai.agent.name", name), ("gen_ai.input.messages", $$"""[{"role":"user","parts":[{"type":"text","content":"{{asked}}"}]}]"""), .. more]).Replace(Trace, trace, StringComparison.Ordinal);

    private static string Span(string id, string? parent, int at, string name, params (string Key, object Value)[] attributes) => JsonSerializer.Serialize(new
    {
        traceId = Trace,
        spanId = id,
        parentSpanId = parent ?? "",
        name,
        kind = 1,
        startTimeUnixNano = $"17000000000000000{at:00}",
        endTimeUnixNano = $"17000000000000001{at:00}",
        attributes = attributes.Select(a => new
        {
            key = a.Key,
            value = a.Value switch { int whole => (object)new { intValue = whole.ToString(System.Globalization.CultureInfo.InvariantCulture) }, double real => new { doubleValue = real }, var text => new { stringValue = text } },
        }),
    });

    private static string Export(params string[] spans) =>
        $$$"""{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"bakery"}}]},"scopeSpans":[{"scope":{"name":"x"},"spans":[{{{string.Join(',', spans)}}}] }] }] }""";

    private static JsonObject Any(JsonNode node) => node switch
    {
        JsonObject o => new() { ["kvlistValue"] = new JsonObject { ["values"] = new JsonArray([.. o.Select(p => (JsonNode)new JsonObject { ["key"] = p.Key, ["value"] = Any(p.Value!) })]) } },
        JsonArray a => new() { ["arrayValue"] = new JsonObject { ["values"] = new JsonArray([.. a.Select(i => (JsonNode)Any(i!))]) } },
        _ => new() { ["stringValue"] = node.GetValue<string>() },
    };
}
