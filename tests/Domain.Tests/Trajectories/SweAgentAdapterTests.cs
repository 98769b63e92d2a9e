using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Tests.Trajectories.CodingAgentRuns;

namespace Pipeline.Domain.Tests.Trajectories;

public sealed class SweAgentAdapterTests
{
    private const string Thoughts = """
        {"environment": "swe_main",
         "trajectory": [
          {"action": "open \"src/cart.py\" 10\n", "observation": "[File: src/cart.py]", "response": "R", "state": "{\"open_file\": \"n/a\", \"working_dir\": \"/acme__shop\"}\n", "thought": "Look at it.\n"},
          {"action": "edit 4:5\n    return total\nend_of_edit\n", "observation": "File updated.", "response": "R", "state": "{\"open_file\": \"/acme__shop/src/cart.py\", \"working_dir\": \"/acme__shop\"}\n", "thought": "Fix it.", "execution_time": 0.5},
          {"action": "python -m pytest tests && git status\n", "observation": "2 passed", "response": "R", "state": "not json", "thought": "Test."},
          {"action": "", "observation": "Your command was empty.", "response": "R", "thought": "Hm."},
          {"action": "submit\n", "observation": "diff", "response": "R", "thought": "Done."}],
         "history": [
          {"role": "system", "content": "You have a shell.", "agent": "primary"},
          {"agent": "primary", "content": "A demonstration, not this run.", "is_demo": true, "role": "user"},
          {"role": "user", "content": "Fix the total of the cart.", "agent": "primary"},
          {"role": "assistant", "content": "R", "thought": "Look at it.", "action": "open", "agent": "primary"}],
         "info": {"exit_status": "submitted", "submission": "diff", "edited_files30": "long", "model_stats": {"instance_cost": 0.5, "tokens_sent": 100, "tokens_received": 7, "api_calls": 5}}}
        """;

    private const string Functions = """
        {"environment": "main",
         "trajectory": [
          {"action": "create cart.py", "observation": "[File: cart.py]", "response": "R", "thought": "Make it.", "state": {"open_file": "/testbed/cart.py", "working_dir": "/testbed"}, "query": [{"role": "system", "content": "again"}]},
          {"action": "edit 'a' 'b'", "observation": "Text replaced.", "response": "R", "thought": "Change it.", "state": {"open_file": "/testbed/cart.py", "working_dir": "/testbed"}}],
         "history": [
          {"message_type": "system_prompt", "role": "system", "content": "You have tools.", "agent": "main"},
          {"message_type": "observation", "role": "user", "content": [{"type": "text", "text": "Make a cart."}], "agent": "main"},
          {"message_type": "action", "role": "assistant", "content": "Make it.", "action": "create cart.py", "agent": "main", "tool_calls": [{"function": {"arguments": "{\"filename\":\"cart.py\"}", "name": "create"}, "id": "c1", "type": "function"}]},
          {"message_type": "observation", "role": "tool", "content": "[File: cart.py]", "agent": "main", "tool_call_ids": ["c1"]},
          {"message_type": "action", "role": "assistant", "content": "Change it.", "action": "edit 'a' 'b'", "agent": "main", "tool_calls": [{"function": {"arguments": "{\"search\":\"a\",\"replace\":\"b\"}", "name": "edit"}, "id": "c2", "type": "function"}]},
          {"message_type": "observation", "role": "tool", "content": "Text replaced.", "agent": "main", "tool_call_ids": ["c2"]}],
         "info": {"exit_status": "submitted", "submission": "diff"},
         "replay_config": "{\"agent\": {\"model\": {\"name\": \"model-x\"}}, \"problem_statement\": {\"id\": \"acme__shop-17\"}}"}
        """;

    [Fact]
    public void An_action_in_words_becomes_a_call_of_the_interface_or_of_the_shell() => Run(Thoughts).Told().ShouldBe(
    [
        "system: You have a shell.",
        "user: Fix the total of the cart.",
        """agent: Look at it. [open({"path":"src/cart.py","line_number":"10"}) -> [File: src/cart.py]]""",
        """agent: Fix it. [edit({"start_line":4,"end_line":5,"replacement_text":"    return total","path":"/acme__shop/src/cart.py"}) -> File updated.]""",
        """agent: Test. [bash({"command":"python -m pytest tests && git status"}) -> 2 passed]""",
        "agent: Hm.",
        "system: Your command was empty.",
        """agent: Done. [submit({}) -> diff]""",
    ]);

    [Fact]
    public void Function_calls_are_taken_as_the_model_wrote_them_and_an_edit_names_the_file_that_is_open() => Run(Functions).Told().ShouldBe(
    [
        "system: You have tools.",
        "user: Make a cart.",
        """agent: Make it. [create({"filename":"cart.py"}) -> [File: cart.py]]""",
        """agent: Change it. [edit({"search":"a","replace":"b","path":"/testbed/cart.py"}) -> Text replaced.]""",
    ]);

    [Fact]
    public void A_history_alone_is_a_run_too()
    {
        var history = Functions[Functions.IndexOf("\"history\"", StringComparison.Ordinal)..];

        Run("{" + history).Told().Skip(2).ShouldBe(
        [
            """agent: Make it. [create({"filename":"cart.py"}) -> [File: cart.py]]""",
            """agent: Change it. [edit({"search":"a","replace":"b"}) -> Text replaced.]""",
        ]);
    }

    [Fact]
    public void The_repository_is_told_by_the_instance_or_by_the_working_directory()
    {
        var (thoughts, functions) = (Run(Thoughts), Run(Functions));

        (thoughts.Environment, thoughts.Task, thoughts.Model).ShouldBe(("acme__shop", "", ""));
        (functions.Environment, functions.Task, functions.Model).ShouldBe(("acme__shop", "acme__shop-17", "model-x"));
        Event(Functions).Id.ShouldStartWith("acme__shop-17-");
        (thoughts.CostUsd, thoughts.Tokens, thoughts.Harness).ShouldBe((0.5m, 107, "swe-agent"));
    }

    [Fact]
    public void What_was_submitted_is_not_therefore_right() =>
        new[] { Run(Thoughts), Run(Functions) }.ShouldAllBe(run => run.Outcome == Outcome.Unknown);

    [Fact]
    public void What_has_no_place_is_kept_but_nothing_twice()
    {
        var text = Event(Thoughts).Data.GetRawText() + Event(Functions).Data.GetRawText();

        text.ShouldSatisfyAllConditions(
            t => t.ShouldContain("execution_time"), t => t.ShouldContain("exit_status"), t => t.ShouldNotContain("\"query\""), t => t.ShouldNotContain("edited_files30"), t => t.ShouldNotContain("demonstration"));
    }
}
