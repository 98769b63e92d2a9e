using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Adapters;
using static Pipeline.Domain.Tests.Trajectories.CodingAgentRuns;

namespace Pipeline.Domain.Tests.Trajectories;

public sealed class DataclawAdapterTests
{
    private const string Session = """
        {"session_id": "session", "model": "model-x", "git_branch": null, "project": "tax-form-3", "source": "claude", "start_time": "2026-01-01T00:00:00Z",
         "stats": {"input_tokens": 100, "output_tokens": 7, "tool_uses": 4},
         "messages": [
          {"role": "user", "content": "Please fill in the tax form of this year."},
          {"role": "assistant", "thinking": "A form. There is a skill.", "timestamp": null},
          {"role": "assistant", "tool_uses": [{"tool": "Skill", "input": {"name": "pdf"}, "output": {"text": "<tool_use_error>no skill given</tool_use_error>"}, "status": "error"}]},
          {"role": "assistant", "tool_uses": [{"tool": "Skill", "input": {"skill": "forms"}, "output": {"text": "Launching skill: forms"}, "status": "success"}]},
          {"role": "user", "content": "Base directory for this skill: /home/u/.claude/skills/forms\n\n# Forms"},
          {"role": "assistant", "content": "I look at the form.", "mood": "calm"},
          {"role": "assistant", "tool_uses": [
            {"tool": "Bash", "input": {"command": "ls"}, "output": {"text": "form.pdf"}, "status": "success"},
            {"tool": "Read", "input": {"file_path": "/skills/extra/SKILL.md"}, "output": {"text": "# Extra"}, "status": "success"}]},
          {"role": "assistant", "tool_uses": [{"tool": "Write", "input": {"file_path": "a.txt", "content": "x"}, "output": {}, "status": "success"}]},
          {"role": "assistant", "content": "Done."}]}
        """;

    private static string Line => Session.ReplaceLineEndings(" ");

    [Fact]
    public void Messages_become_steps_and_calls_have_their_results() => Run(Line).Told().ShouldBe(
    [
        "user: Please fill in the tax form of this year.",
        """agent:  [Skill({"name":"pdf"}) -> error <tool_use_error>no skill given</tool_use_error>]""",
        """agent:  [Skill({"skill":"forms"}) -> Launching skill: forms]""",
        "system: Base directory for this skill: /home/u/.claude/skills/forms\n\n# Forms",
        """agent: I look at the form. [Bash({"command":"ls"}) -> form.pdf] [Read({"file_path":"/skills/extra/SKILL.md"}) -> # Extra]""",
        """agent:  [Write({"file_path":"a.txt","content":"x"}) -> ]""",
        "agent: Done.",
    ]);

    [Fact]
    public void The_session_tells_agent_model_tokens_and_project()
    {
        var run = Run(Line);

        (run.Agent, run.Harness, run.Model, run.Tokens).ShouldBe(("claude-code", "claude-code", "model-x", 107));
        run.Outcome.ShouldBe(Outcome.Unknown);
        Event(Line).Source.ShouldBe("claude-code/tax-form");
    }

    [Fact]
    public void A_numbered_project_is_a_task_among_others_of_its_kind()
    {
        var run = Run(Line);

        (run.Environment, run.Task).ShouldBe(("tax-form", "tax-form-3"));
        Run(Line.Replace("tax-form-3", "webshop", StringComparison.Ordinal)).Environment.ShouldBe("webshop");
    }

    [Fact]
    public void A_skill_was_loaded_only_where_its_tool_succeeded_and_a_skill_file_that_was_read_is_another_fact()
    {
        var usage = Run(Line).SkillUsage;

        usage.Loaded.ShouldBe([new("forms", null, null)]);
        usage.LoadFailed.ShouldBe([new("pdf", null, null)]);
        usage.ResourceRead.ShouldBe([new("extra", null, null)]);
        (usage.Available.Count, usage.Retrieved.Count).ShouldBe((0, 0));
    }

    [Fact]
    public void What_has_no_place_is_kept_and_so_is_the_thought()
    {
        var document = Event(Line).Data.GetProperty("trajectory");

        document.GetProperty("extra").GetProperty("start_time").GetString().ShouldBe("2026-01-01T00:00:00Z");
        document.GetProperty("steps")[4].GetProperty("extra").GetProperty("mood").GetString().ShouldBe("calm");
        document.GetProperty("steps")[1].GetProperty("reasoning_content").GetString().ShouldBe("A form. There is a skill.");
    }

    [Fact]
    public void Sessions_of_one_name_with_other_content_are_other_runs()
    {
        var other = Line.Replace("Done.", "Finished.", StringComparison.Ordinal);

        var ids = Events(Lines(Line, other)).Select(e => e.Id).ToList();

        ids.Distinct().Count().ShouldBe(2);
        ids[0].ShouldBe(Event(Line).Id);
        ids.ShouldAllBe(id => id.StartsWith("session-", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_the_tasks_asked_for_are_read() => Events(Line, new AdapterOptions(TaskIds: new HashSet<string> { "tax-form-4" })).ShouldBeEmpty();
}
