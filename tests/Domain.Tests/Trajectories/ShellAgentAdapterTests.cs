using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Tests.Trajectories.CodingAgentRuns;

namespace Pipeline.Domain.Tests.Trajectories;

/// <summary>Runs as mini-swe-agent and OpenHands write them.</summary>
public sealed class ShellAgentAdapterTests
{
    private const string Messages = """
        [{"role": "system", "content": "You have a shell."},
         {"role": "user", "content": "Fix the cart."},
         {"role": "assistant", "content": "I look.\n\n```mswea_bash_command\nls -la\n```"},
         {"role": "user", "content": "<returncode>0</returncode>\n<output>\ncart.py\n</output>"},
         {"role": "assistant", "content": "No command."},
         {"role": "user", "content": "Exactly one command, please."},
         {"role": "assistant", "content": "Test.\n\n```mswea_bash_command\npytest\n```"},
         {"role": "user", "content": "<returncode>1</returncode>\n<output>\nfailed\n</output>"},
         {"role": "user", "content": ""}]
        """;

    private const string Calls = """
        {"info": {"model_stats": {"instance_cost": 0.5, "api_calls": 2}, "mini_version": "2.0.0", "exit_status": "Submitted", "submission": "diff",
                  "config": {"model": {"model_name": "model-x"}, "environment": {"cwd": "/testbed", "env": {"TOKEN": "CANARY"}}}},
         "instance_id": "acme__shop-17", "trajectory_format": "mini-swe-agent-1.1",
         "messages": [
          {"role": "user", "content": "Fix the cart."},
          {"role": "assistant", "content": "Two things.", "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "bash", "arguments": "{\"command\": \"ls\"}"}},
            {"id": "c2", "type": "function", "function": {"name": "bash", "arguments": "{\"command\": \"pwd\"}"}}], "extra": {"cost": 0.25, "actions": [{"command": "ls"}, {"command": "pwd"}]}},
          {"role": "tool", "tool_call_id": "c2", "content": "/testbed", "extra": {"returncode": 0}},
          {"role": "tool", "tool_call_id": "c1", "content": "cart.py", "extra": {"returncode": 0}},
          {"role": "assistant", "content": "Done.", "extra": {"actions": [{"command": "submit"}]}},
          {"role": "exit", "content": "diff", "extra": {"exit_status": "Submitted"}}]}
        """;

    private const string Events = """
        [{"id": 0, "timestamp": "2026-01-01T00:00:00", "source": "user", "message": "Fix the cart.", "action": "message", "args": {"content": "Fix the cart.", "image_urls": null}},
         {"id": 1, "source": "agent", "message": "", "observation": "agent_state_changed", "content": "", "extras": {"agent_state": "running"}},
         {"id": 2, "source": "agent", "message": "Running", "action": "run", "args": {"command": "ls", "thought": "I look.", "is_input": false, "confirmation_state": "confirmed"}},
         {"id": 3, "source": "agent", "message": "ran", "cause": 2, "observation": "run", "content": "no such folder", "extras": {"command": "ls", "metadata": {"exit_code": 2}}},
         {"id": 4, "source": "agent", "message": "", "action": "edit", "args": {"path": "/w/cart.py", "content": "", "thought": "Write it."},
          "tool_call_metadata": {"function_name": "str_replace_editor", "tool_call_id": "c1", "model_response": {"id": "r1", "model": "model-x", "usage": {"prompt_tokens": 100, "completion_tokens": 7},
            "choices": [{"message": {"content": "Write it.", "tool_calls": [{"id": "c1", "function": {"name": "str_replace_editor", "arguments": "{\"command\": \"create\", \"path\": \"/w/cart.py\"}"}}]}}]}}},
         {"id": 5, "source": "agent", "message": "edited", "cause": 4, "observation": "edit", "content": "+x", "extras": {"path": "/w/cart.py"}},
         {"id": 6, "source": "environment", "message": "", "observation": "recall", "content": "", "extras": {"microagent_knowledge": [{"name": "git-help", "content": "text"}]}},
         {"id": 7, "source": "agent", "message": "All done.", "action": "finish", "args": {"outputs": {}, "final_thought": "All done."}}]
        """;

    [Fact]
    public void Commands_in_fences_are_calls_and_what_follows_them_is_their_result() => Run(Messages).Told().ShouldBe(
    [
        "system: You have a shell.",
        "user: Fix the cart.",
        "agent: I look.\n\n```mswea_bash_command\nls -la\n``` " + """[bash({"command":"ls -la"}) -> """ + "<returncode>0</returncode>\n<output>\ncart.py\n</output>]",
        "agent: No command.",
        "system: Exactly one command, please.",
        "agent: Test.\n\n```mswea_bash_command\npytest\n``` " + """[bash({"command":"pytest"}) -> error """ + "<returncode>1</returncode>\n<output>\nfailed\n</output>]",
    ]);

    [Fact]
    public void Tool_calls_of_mini_swe_agent_have_their_results_whatever_the_order() => Run(Calls).Told().ShouldBe(
    [
        "user: Fix the cart.",
        """agent: Two things. [bash({"command":"ls"}) -> cart.py] [bash({"command":"pwd"}) -> /testbed]""",
        """agent: Done. [bash({"command":"submit"}) -> diff]""",
    ]);

    [Fact]
    public void A_run_of_mini_swe_agent_tells_instance_model_and_cost_and_no_outcome()
    {
        var run = Run(Calls);

        (run.Task, run.Environment, run.Model, run.CostUsd, run.Harness).ShouldBe(("acme__shop-17", "acme__shop", "model-x", 0.5m, "mini-swe-agent"));
        run.Outcome.ShouldBe(Outcome.Unknown);
        Event(Calls).Data.GetRawText().ShouldNotContain("CANARY");
    }

    [Fact]
    public void Actions_of_openhands_are_calls_as_the_model_wrote_them_with_what_was_observed() => Run(Events).Told().ShouldBe(
    [
        "user: Fix the cart.",
        """agent: I look. [run({"command":"ls"}) -> error no such folder]""",
        """agent: Write it. [str_replace_editor({"command":"create","path":"/w/cart.py"}) -> +x]""",
        "agent: All done.",
    ]);

    [Fact]
    public void Openhands_tells_model_and_tokens_and_the_knowledge_that_it_put_in()
    {
        var run = Run(Events);

        (run.Model, run.Tokens, run.Harness, run.Environment).ShouldBe(("model-x", 107, "openhands", "openhands"));
        run.SkillUsage.Loaded.ShouldBe([new("git-help", null, null)]);
        run.Outcome.ShouldBe(Outcome.Unknown);
    }

    [Theory]
    [InlineData("""{"agent_class": "CodeActAgent"}""", VerifiedBy.Verifier)]
    [InlineData("{}", VerifiedBy.Self)]
    public void An_evaluations_report_counts_as_verified_where_it_says_which_agent_it_was(string metadata, VerifiedBy by)
    {
        var run = Run($$"""{"instance_id": "acme__shop-17", "metadata": {{metadata}}, "report": {"resolved": true}, "history": {{Events}}}""");

        run.Outcome.ShouldBe(new Outcome(true, null, by));
        (run.Task, run.Environment).ShouldBe(("acme__shop-17", "acme__shop"));
    }
}
