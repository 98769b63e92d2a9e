using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Tests.Trajectories.CodingAgentRuns;

namespace Pipeline.Domain.Tests.Trajectories;

public sealed class ClaudeCodeAdapterTests
{
    private const string Id = "11111111-2222-3333-4444-555555555555";

    private static readonly string[] Session =
    [
        """{"type":"file-history-snapshot","messageId":"m","snapshot":{}}""",
        Line("user", "u1", "\"<command-name>/clear</command-name>\""),
        Line("user", "u2", "\"Rename the class Cart to Basket.\"", more: "\"permissionMode\":\"default\","),
        Line("attachment", "a0", "\"\"", more: "\"attachment\":{\"type\":\"skill_listing\",\"content\":\"- refactoring: Renames things\\n- shop:stock: Counts\"},"),
        Answer("a1", "msg_1", """{"type":"thinking","thinking":"Look first.","signature":"s"}""", 5),
        Answer("a2", "msg_1", """{"type":"text","text":"I look for it."}""", 5),
        Answer("a3", "msg_1", """{"type":"tool_use","id":"t1","name":"Grep","input":{"pattern":"Cart"}}""", 40),
        Answer("a4", "msg_1", """{"type":"tool_use","id":"t2","name":"Skill","input":{"skill":"refactoring"}}""", 40),
        Line("user", "u3", """[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"Cart.cs"},{"type":"image","source":{"data":"AAAA"}}]}]""", more: "\"toolUseResult\":{\"big\":\"again\"},"),
        Line("user", "u4", """[{"type":"tool_result","tool_use_id":"t2","content":"Launching skill: refactoring"}]"""),
        Line("user", "u5", """[{"type":"text","text":"Base directory for this skill: /x/skills/refactoring\n\nBe careful."}]""", more: "\"isMeta\":true,"),
        Line("user", "s1", "\"Find the tests.\"", more: "\"isSidechain\":true,\"agentId\":\"ab1\","),
        Answer("a5", "msg_2", """{"type":"tool_use","id":"t3","name":"Edit","input":{"file_path":"Cart.cs","old_string":"Cart","new_string":"Basket"}}""", 9),
        Line("user", "u6", """[{"type":"tool_result","tool_use_id":"t3","is_error":true,"content":"<tool_use_error>read it first</tool_use_error>"}]"""),
        Answer("a6", "msg_3", """{"type":"text","text":"It must be read first."}""", 1),
    ];

    private static string File => Lines(Session);

    [Fact]
    public void The_pieces_of_one_answer_are_one_step_and_its_calls_have_their_results() => Runs(File)[0].Told().ShouldBe(
    [
        "system: <command-name>/clear</command-name>",
        "user: Rename the class Cart to Basket.",
        """agent: I look for it. [Grep({"pattern":"Cart"}) -> Cart.cs""" + "\n" + """[image]] [Skill({"skill":"refactoring"}) -> Launching skill: refactoring]""",
        "system: Base directory for this skill: /x/skills/refactoring\n\nBe careful.",
        """agent:  [Edit({"file_path":"Cart.cs","old_string":"Cart","new_string":"Basket"}) -> error <tool_use_error>read it first</tool_use_error>]""",
        "agent: It must be read first.",
    ]);

    [Fact]
    public void A_subagent_is_a_run_of_its_own()
    {
        var runs = Runs(File);

        runs.Count.ShouldBe(2);
        runs[1].Told().ShouldBe(["user: Find the tests."]);
        (runs[0].Task, runs[1].Task).ShouldBe((Id, $"{Id}/ab1"));
    }

    [Fact]
    public void The_session_tells_project_model_version_and_each_answers_tokens_once()
    {
        var run = Runs(File)[0];

        (run.Environment, run.Model, run.Harness, run.Agent).ShouldBe(("webshop", "model-x", "claude-code", "claude-code"));
        run.Tokens.ShouldBe((3 * 130) + 40 + 9 + 1);
        Events(File)[0].Data.GetProperty("trajectory").GetProperty("agent").GetProperty("version").GetString().ShouldBe("2.1.0");
        Events(File)[0].Source.ShouldBe("claude-code/webshop");
    }

    [Fact]
    public void Skills_that_were_listed_are_available_and_one_that_was_launched_is_loaded()
    {
        var usage = Runs(File)[0].SkillUsage;

        usage.Available.Select(s => s.Name).ShouldBe(["refactoring", "shop:stock"]);
        usage.Loaded.Select(s => s.Name).ShouldBe(["refactoring"]);
        usage.LoadFailed.ShouldBeEmpty();
    }

    [Fact]
    public void A_session_that_went_on_is_another_event_of_the_same_task()
    {
        var longer = Events(Lines([.. Session, Answer("a7", "msg_4", """{"type":"text","text":"More."}""", 1)]))[0];

        longer.Id.ShouldNotBe(Events(File)[0].Id);
        longer.Id.ShouldStartWith(Id);
        longer.Data.GetProperty("task").GetString().ShouldBe(Id);
    }

    [Fact]
    public void Nothing_is_kept_twice_and_no_image() =>
        Events(File)[0].Data.GetRawText().ShouldSatisfyAllConditions(text => text.ShouldNotContain("again"), text => text.ShouldNotContain("AAAA"), text => text.ShouldContain("permissionMode"));

    [Fact]
    public void Several_sessions_in_one_file_are_several_runs() =>
        Runs(Lines([.. Session, .. Session.Select(l => l.Replace(Id, "other", StringComparison.Ordinal))])).Count.ShouldBe(4);

    [Fact]
    public void What_the_program_streams_is_read_with_its_cost_and_its_skills()
    {
        var run = Run(Lines(
            """{"type":"system","subtype":"init","session_id":"s-1","cwd":"/home/u/webshop","model":"model-y","tools":["Bash"],"skills":["pdf"]}""",
            """{"type":"assistant","session_id":"s-1","parent_tool_use_id":null,"message":{"id":"m","role":"assistant","content":[{"type":"tool_use","id":"t","name":"Bash","input":{"command":"ls"}}]}}""",
            """{"type":"user","session_id":"s-1","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"a.txt"}]}}""",
            """{"type":"result","subtype":"success","is_error":false,"session_id":"s-1","total_cost_usd":0.25}"""));

        run.Told().ShouldBe(["""agent:  [Bash({"command":"ls"}) -> a.txt]"""]);
        (run.CostUsd, run.Model, run.Environment).ShouldBe((0.25m, "model-y", "webshop"));
        run.SkillUsage.Available.ShouldBe([new("pdf", null, null)]);
        run.Outcome.ShouldBe(Outcome.Unknown);
    }

    [Fact]
    public void A_file_that_was_cut_off_is_refused_with_the_line()
    {
        var error = Read(File[..^20]).ShouldHaveSingleItem().Refused();

        (error.Code, error.Message).ShouldSatisfyAllConditions(e => e.Code.ShouldBe("json-truncated"), e => e.Message.ShouldStartWith($"Line {Session.Length} of the file"));
    }

    private static string Line(string type, string uuid, string content, string more = "") =>
        $$"""{"parentUuid":null,"isSidechain":false,{{more}}"type":"{{type}}","message":{"role":"{{type}}","content":{{content}}},"uuid":"{{uuid}}","timestamp":"2026-01-01T00:00:00Z","cwd":"/home/u/webshop","sessionId":"{{Id}}","version":"2.1.0","gitBranch":"main"}"""
            .Replace(more.Contains("isSidechain", StringComparison.Ordinal) ? "\"isSidechain\":false," : "\n", "", StringComparison.Ordinal);

    private static string Answer(string uuid, string message, string block, int output) =>
        $$$"""{"type":"assistant","uuid":"{{{uuid}}}","sessionId":"{{{Id}}}","cwd":"/home/u/webshop","version":"2.1.0","message":{"id":"{{{message}}}","type":"message","role":"assistant","model":"model-x","content":[{{{block}}}],"usage":{"input_tokens":10,"cache_creation_input_tokens":20,"cache_read_input_tokens":100,"output_tokens":{{{output}}} } } }""";
}
