using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Tests.Trajectories.CodingAgentRuns;

namespace Pipeline.Domain.Tests.Trajectories;

/// <summary>Sessions as Codex, opencode and Cursor write them.</summary>
public sealed class NativeSessionAdapterTests
{
    private static readonly string[] Codex =
    [
        """{"timestamp":"2026-01-01T00:00:00Z","type":"session_meta","payload":{"id":"019c-1","cwd":"/tmp/x1","cli_version":"0.98.0","model_provider":"p","base_instructions":{"text":"long"},"git":{"repository_url":"https://u:CANARY@example.org/acme/webshop.git","branch":"main"}}}""",
        """{"timestamp":"2026-01-01T00:00:01Z","type":"response_item","payload":{"type":"message","role":"developer","content":[{"type":"input_text","text":"Be safe."}]}}""",
        """{"timestamp":"2026-01-01T00:00:01Z","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"# AGENTS.md instructions for /x\n### Available skills\n- refactoring: Renames. (file: /s/refactoring/SKILL.md)\n### How to use skills\n- Discovery: no skill"}]}}""",
        """{"timestamp":"2026-01-01T00:00:01Z","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"Rename Cart."}]}}""",
        """{"timestamp":"2026-01-01T00:00:01Z","type":"event_msg","payload":{"type":"user_message","message":"Rename Cart."}}""",
        """{"timestamp":"2026-01-01T00:00:02Z","type":"turn_context","payload":{"cwd":"/tmp/x1","model":"model-x"}}""",
        """{"timestamp":"2026-01-01T00:00:03Z","type":"response_item","payload":{"type":"reasoning","summary":[{"type":"summary_text","text":"Look."}],"content":null,"encrypted_content":"gAAA"}}""",
        """{"timestamp":"2026-01-01T00:00:03Z","type":"response_item","payload":{"type":"function_call","name":"exec_command","arguments":"{\"cmd\":\"cat /s/refactoring/SKILL.md\"}","call_id":"c1"}}""",
        """{"timestamp":"2026-01-01T00:00:03Z","type":"response_item","payload":{"type":"function_call","name":"exec_command","arguments":"{\"cmd\":\"rg Cart\"}","call_id":"c2"}}""",
        """{"timestamp":"2026-01-01T00:00:04Z","type":"response_item","payload":{"type":"function_call_output","call_id":"c1","output":"Chunk ID: 1\nProcess exited with code 0\nOutput:\n# Refactoring"}}""",
        """{"timestamp":"2026-01-01T00:00:04Z","type":"response_item","payload":{"type":"function_call_output","call_id":"c2","output":"Chunk ID: 2\nProcess exited with code 127\nOutput:\nrg: not found"}}""",
        """{"timestamp":"2026-01-01T00:00:05Z","type":"response_item","payload":{"type":"custom_tool_call","status":"completed","call_id":"c3","name":"apply_patch","input":"*** Begin Patch"}}""",
        """{"timestamp":"2026-01-01T00:00:05Z","type":"response_item","payload":{"type":"custom_tool_call_output","call_id":"c3","output":"{\"output\":\"Success.\",\"metadata\":{\"exit_code\":0}}"}}""",
        """{"timestamp":"2026-01-01T00:00:06Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":100,"output_tokens":7}}}}""",
        """{"timestamp":"2026-01-01T00:00:06Z","type":"event_msg","payload":{"type":"agent_message","message":"Done."}}""",
        """{"timestamp":"2026-01-01T00:00:06Z","type":"response_item","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Done."}]}}""",
    ];

    private const string OpenCode = """
        {
          "id": "p1",
          "worktree": "/home/u/webshop",
          "vcs": "git"
        }
        { "id": "prt_1", "sessionID": "ses_1", "messageID": "msg_1", "type": "text", "text": "Rename Cart." }
        { "id": "prt_2", "sessionID": "ses_1", "messageID": "msg_2", "type": "step-start", "snapshot": "s" }
        { "id": "prt_3", "sessionID": "ses_1", "messageID": "msg_2", "type": "text", "text": "I look." }
        { "id": "prt_4", "sessionID": "ses_1", "messageID": "msg_2", "type": "tool", "callID": "c1", "tool": "bash",
          "state": { "status": "completed", "input": { "command": "ls" }, "output": "Cart.cs", "metadata": { "exit": 0 } } }
        { "id": "prt_5", "sessionID": "ses_1", "messageID": "msg_3", "type": "tool", "callID": "c2", "tool": "edit",
          "state": { "status": "error", "input": { "filePath": "Cart.cs" }, "error": "read it first" } }
        { "id": "msg_3", "sessionID": "ses_1", "role": "assistant", "time": { "created": 30 }, "modelID": "model-x", "cost": 0.25, "tokens": { "input": 1, "output": 2, "cache": { "read": 10, "write": 0 } } }
        { "id": "msg_2", "sessionID": "ses_1", "role": "assistant", "time": { "created": 20 }, "modelID": "model-x", "cost": 0.5, "tokens": { "input": 3, "output": 4, "cache": { "read": 0, "write": 5 } } }
        [ { "file": "Cart.cs", "additions": 1 } ]
        { "id": "ses_1", "version": "1.1.53", "projectID": "p1", "directory": "/tmp/abc", "title": "Rename" }
        { "id": "msg_1", "sessionID": "ses_1", "role": "user", "time": { "created": 10 } }
        """;

    private static readonly string[] OpenCodeTold =
    [
        "user: Rename Cart.",
        """agent: I look. [bash({"command":"ls"}) -> Cart.cs]""",
        """agent:  [edit({"filePath":"Cart.cs"}) -> error read it first]""",
    ];

    [Fact]
    public void The_lines_of_a_codex_session_become_steps_and_nothing_is_told_twice() => Run(Lines(Codex)).Told().ShouldBe(
    [
        "system: Be safe.",
        "system: # AGENTS.md instructions for /x\n### Available skills\n- refactoring: Renames. (file: /s/refactoring/SKILL.md)\n### How to use skills\n- Discovery: no skill",
        "user: Rename Cart.",
        """agent:  [exec_command({"cmd":"cat /s/refactoring/SKILL.md"}) -> """ + "Chunk ID: 1\nProcess exited with code 0\nOutput:\n# Refactoring]"
            + """ [exec_command({"cmd":"rg Cart"}) -> error """ + "Chunk ID: 2\nProcess exited with code 127\nOutput:\nrg: not found]",
        """agent:  [apply_patch({"input":"*** Begin Patch"}) -> Success.]""",
        "agent: Done.",
    ]);

    [Fact]
    public void A_codex_session_tells_repository_model_tokens_and_skills()
    {
        var run = Run(Lines(Codex));

        (run.Environment, run.Model, run.Tokens, run.Harness, run.Task).ShouldBe(("webshop", "model-x", 107, "codex", "019c-1"));
        run.SkillUsage.Available.ShouldBe([new("refactoring", null, null)]);
        run.SkillUsage.ResourceRead.ShouldBe([new("refactoring", null, null)]);
        run.SkillUsage.Loaded.ShouldBeEmpty();
        Event(Lines(Codex)).Data.GetRawText().ShouldSatisfyAllConditions(t => t.ShouldNotContain("gAAA"), t => t.ShouldNotContain("CANARY"), t => t.ShouldContain("\"branch\":\"main\""));
    }

    [Fact]
    public void A_codex_session_begins_with_its_header() =>
        Runs(Lines([.. Codex, .. Codex.Select(l => l.Replace("019c-1", "019c-2", StringComparison.Ordinal))])).Select(r => r.Task).ShouldBe(["019c-1", "019c-2"]);

    [Fact]
    public void Records_of_opencode_become_steps_in_the_order_of_their_messages() => Run(OpenCode).Told().ShouldBe(OpenCodeTold);

    [Fact]
    public void An_opencode_session_tells_project_model_cost_and_tokens()
    {
        var run = Run(OpenCode);

        (run.Environment, run.Model, run.CostUsd, run.Tokens, run.Harness, run.Task).ShouldBe(("webshop", "model-x", 0.75m, 25, "opencode", "ses_1"));
    }

    [Fact]
    public void What_opencode_exports_is_the_same_run() => Run("""
        {"info": {"id": "ses_1", "version": "1.1.53", "directory": "/home/u/webshop"},
         "messages": [
          {"info": {"id": "msg_1", "sessionID": "ses_1", "role": "user", "time": {"created": 10}}, "parts": [{"id": "prt_1", "sessionID": "ses_1", "messageID": "msg_1", "type": "text", "text": "Rename Cart."}]},
          {"info": {"id": "msg_2", "sessionID": "ses_1", "role": "assistant", "time": {"created": 20}}, "parts": [
            {"sessionID": "ses_1", "messageID": "msg_2", "type": "text", "text": "I look."},
            {"sessionID": "ses_1", "messageID": "msg_2", "type": "tool", "callID": "c1", "tool": "bash", "state": {"status": "completed", "input": {"command": "ls"}, "output": "Cart.cs"}}]}]}
        """).Told().ShouldBe(OpenCodeTold[..2]);

    [Fact]
    public void Documents_one_after_the_other_that_break_off_are_refused_with_the_line()
    {
        var error = Read(OpenCode[..^12]).ShouldHaveSingleItem().Refused();

        (error.Code, error.Message).ShouldSatisfyAllConditions(e => e.Code.ShouldBe("json-truncated"), e => e.Message.ShouldStartWith("Line 17 of the file"));
    }

    [Fact]
    public void A_cursor_conversation_becomes_steps_and_a_skill_in_it_is_not_made_up()
    {
        var run = Run(Lines(
            """{"role":"user","message":{"content":[{"type":"text","text":"<user_query>\nRename Cart.\n</user_query>"}]}}""",
            """{"role":"assistant","message":{"content":[{"type":"text","text":"I look."}]}}""",
            """{"role":"assistant","message":{"content":[{"type":"text","text":"Done."}]}}"""));

        run.Told().ShouldBe(["user: Rename Cart.", "agent: I look.", "agent: Done."]);
        (run.Harness, run.Environment, run.Model).ShouldBe(("cursor", "cursor", ""));
        run.SkillUsage.Loaded.ShouldBeEmpty();
    }
}
