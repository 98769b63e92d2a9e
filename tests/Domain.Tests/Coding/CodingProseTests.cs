using System.Globalization;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Tests.Curation;
using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Tests.Coding;

/// <summary>A skill of coding runs reads as if somebody who knows the job had written it.</summary>
public sealed class CodingProseTests
{
    private static readonly CurationPolicy s_policy = new() { Id = "p", Version = 1 };

    [Theory]
    [InlineData("Please repair the broken index of catalogue {0}, and keep a copy", "Repair the broken index of catalogue")]
    [InlineData("Hi! Could you please translate the subtitles of film {0} into Basque?", "Translate the subtitles of film into Basque")]
    [InlineData("Something is odd here since {0}. We're currently mending the pump controller in hall {0}. Never use the red button", "Mend the pump controller in hall")]
    public void A_skill_is_called_after_the_job_that_is_asked_for(string request, string title)
    {
        var skill = Written(Runs(n => ARun.Of(n).User(Said(request, n)).Call("sh", new { command = "reindex --all" }, "ok").Call("edit_file", new { path = "a.py", content = $"x = {n}" }, "")));

        skill.Title.ShouldBe(title);
        skill.Description.ShouldStartWith($"{title} (");
        skill.Sections[0].Text.ShouldStartWith($"For requests to {char.ToLowerInvariant(title[0])}{title[1..]}.");
    }

    [Fact]
    public void Where_the_request_is_not_in_the_run_the_job_is_what_the_agent_says_the_user_wants() =>
        Written(Runs(n => ARun.Of(n).Agent($"The user wants me to tune the piano of room {n} by ear. Let me look around first.").Call("sh", new { command = "tune-it" }, "").Call("sh", new { command = $"touch x{n}.txt" }, "")))
            .Title.ShouldBe("Tune the piano of room by ear");

    [Fact]
    public void The_job_that_one_task_asks_for_names_no_skill() =>
        Written(Runs(n => ARun.Of(n).User(n == 2 ? "Please embezzle the money of Zoltan" : $"Do{n} it{n} now{n} will{n} you{n} please").Call("sh", new { command = "reindex --all" }, "ok").Call("edit_file", new { path = "a.py", content = "x = 1" }, "")))
            .Markdown().ShouldNotContain("embezzle");

    [Fact]
    public void A_skill_s_name_says_the_job()
    {
        var runs = Runs(n => ARun.Of(n).User($"Please repair the broken index of catalogue {n}").Call("sh", new { command = "reindex --all" }, "ok").Call("edit_file", new { path = "a.py", content = $"x = {n}" }, ""));

        SkillNames.Of(new() { Id = "f", Environment = "workshop", Effect = "edit py with reindex" }, runs, s_policy).ShouldBe("workshop-repair-broken-index-catalogue");
    }

    [Theory]
    [InlineData("Let me check the pressure gauge before the valve is opened.", "Check the pressure gauge before the valve is opened")]
    [InlineData("I'm now checking the pressure gauge before the valve opens.", "Check the pressure gauge before the valve opens")]
    [InlineData("Checked the pressure gauge against the paper log.", "Check the pressure gauge against the paper log")]
    [InlineData("Check the pressure gauge to understand what I'm dealing with.", "Check the pressure gauge")]
    [InlineData("When the pressure gauge is stuck, I'll open the glass cover gently.", "When the pressure gauge is stuck, open the glass cover gently")]
    [InlineData("The pressure gauge shows bar and not pascal.", "The pressure gauge shows bar and not pascal")]
    public void What_agents_say_stands_as_an_order_or_a_fact(string said, string told) => Told(said).ShouldContain(told);

    [Theory]
    [InlineData("Looking at the pressure gauge, I can see the needle move slowly.")]
    [InlineData("I have a clear picture of the pressure gauge and its needle.")]
    [InlineData("Here's a summary of the pressure gauge readings and valve states.")]
    [InlineData("The pressure gauge readings have been saved to the report file.")]
    [InlineData("Your pressure gauge needs a new glass cover and needle.")]
    [InlineData("That the pressure gauge needle stands still at zero.")]
    [InlineData("Update the todo list with the pressure gauge reading.")]
    [InlineData("Pressure gauge with needle and glass cover in brass.")]
    public void What_an_agent_says_of_itself_or_to_somebody_is_not_told(string said) => Told(said).ShouldNotContain("pressure gauge");

    [Fact]
    public void A_note_is_cut_where_the_tasks_part_and_ends_as_a_sentence_does()
    {
        var text = Written(Runs(n => Job(n).Agent($"Let me copy the weekly readings into the ledger with the {new[] { "red", "blue", "green", "white" }[n - 1]} cover."))).Markdown();

        text.ShouldContain("Copy the weekly readings into the ledger.");
    }

    [Theory]
    [InlineData("TodoWrite", """{"todos":[{"content":"do the work","status":"pending"}]}""")]
    [InlineData("update_my_list", """{"items":[{"step":"do the work","status":"in_progress"}]}""")]
    [InlineData("Lookup", """{"query":"select:run_shell"}""")]
    [InlineData("exit_plan_mode", """{"summary":"do the work"}""")]
    public void What_an_agent_does_for_its_own_order_is_no_step(string tool, string arguments)
    {
        var runs = Runs(n => Job(n).Call(tool, System.Text.Json.Nodes.JsonNode.Parse(arguments)!.AsObject(), "noted"));

        Written(runs).Sections.Single(s => s.Heading == SkillWriter.StepsSection).Text.ShouldNotContain(tool);
        runs[0].Episode.Calls.ShouldNotContain(c => c.Tool == tool);
        runs[0].Episode.Coding!.Acts.ShouldContain(a => a.Name == tool && a.IsHousekeeping);
    }

    [Theory]
    [InlineData("Tool ran without output")]
    [InlineData("All gauges read.\nShell folder was reset to /home")]
    public void A_check_that_says_nothing_of_how_things_stand_is_none(string answer) =>
        Written(Runs(n => Job(n).Call("run_shell", new { command = "gauge-lint --all" }, answer))).Sections.ShouldNotContain(s => s.Heading == SkillWriter.ChecksSection);

    [Fact]
    public void The_outcome_is_told_and_not_what_the_program_around_adds_behind_it() =>
        Written(Runs(n => Job(n).Call("run_shell", new { command = "gauge-lint --all" }, $"==== {n} gauges valid ====\nShell folder was reset to /home")))
            .Sections.Single(s => s.Heading == SkillWriter.ChecksSection).Text.ShouldBe("- `gauge-lint --all` answers `… gauges valid` where all is well.");

    [Fact]
    public void How_the_agent_s_own_tools_are_called_is_no_pitfall()
    {
        var text = Written(Runs(n => Job(n).Fails("Handbook", new { name = "gauges" }, "<tool_error>InputValidationError: the required parameter `book` is missing</tool_error>").Call("Handbook", new { book = "gauges" }, "ok"))).Markdown();

        text.ShouldNotContain("InputValidation");
        text.ShouldNotContain("tool_error");
    }

    [Fact]
    public void Another_thing_is_told_to_have_helped_only_where_it_was_done_to_the_same_file()
    {
        Pitfalls(n => Job(n).Fails("run_shell", new { command = "unroll plan.dwg" }, "this format is not known here").Call("run_shell", new { command = "kettle on" }, "")).ShouldNotContain("What helped");
        Pitfalls(n => Job(n).Fails("run_shell", new { command = "unroll plan.dwg" }, "this format is not known here").Call("run_shell", new { command = "flatten plan.dwg" }, "")).ShouldContain("What helped: `flatten` instead");

        static string Pitfalls(Func<int, ARun> run) => Written(Runs(run)).Sections.Single(s => s.Heading == SkillWriter.PitfallsSection).Text;
    }

    [Fact]
    public void Each_script_is_a_step_of_its_own_where_it_stands_in_the_work()
    {
        var steps = Steps(n => ARun.Of(n).User("Please publish the almanac of the year")
            .Call("run_shell", new { command = "python fetch.py --year 7" }, "").Call("edit_file", new { path = "almanac.md", content = $"x {n}" }, "")
            .Call("run_shell", new { command = "python typeset.py --year 7" }, "").Call("run_shell", new { command = "ship almanac.md" }, ""));

        steps.ShouldBe(["1. Run `python fetch.py --year 7`.", "2. Change `almanac.md`.", "3. Run `python typeset.py --year 7`.", "4. Run `ship almanac.md`."]);
    }

    [Fact]
    public void A_step_comes_before_another_where_most_runs_do_it_before()
    {
        // Long beginnings of some runs put what they have in common at other shares of the run.
        var steps = Steps(n => Enumerable.Range(0, n == 1 ? 12 : 0).Aggregate(ARun.Of(n).User("Please publish the almanac of the year"), (run, i) => run.Call("run_shell", new { command = $"odd{i} thing" }, ""))
            .Call("run_shell", new { command = "press-it on" }, "").Call("run_shell", new { command = "bind-it on" }, "").Call("run_shell", new { command = $"touch x{n}" }, ""));

        steps.Take(2).ShouldBe(["1. Run `press-it on`.", "2. Run `bind-it on`."]);
    }

    [Fact]
    public void Forms_that_are_alternatives_stand_under_the_usual_one()
    {
        var steps = Steps(n => Job(n).Call("run_shell", new { command = "grep -rn needle /shared/hay" }, "x").Call("run_shell", new { command = "grep -l --count thread" }, "x"));

        steps.ShouldContain("3. Look with `grep -rn needle /shared/hay`.");
        steps.ShouldContain("   - or `grep -l --count thread`");
    }

    [Fact]
    public void A_step_says_what_it_is_for_in_the_words_that_were_said_before_it()
    {
        var steps = Steps(n => Job(n).Agent($"That was {n}. Now let me weigh the sealed parcels for the night train.").Call("run_shell", new { command = "scales --tare" }, ""));

        steps.ShouldContain("3. Weigh the sealed parcels for the night train: run `scales --tare`.");
    }

    [Fact]
    public void A_long_list_of_files_is_told_of_by_its_kind() =>
        Steps(n => Job(n).Call("run_shell", new { command = "stow a1.tif a2.tif a3.tif a4.tif a5.tif /shelf" }, "")).ShouldContain("3. Run `stow <file.tif> /shelf`.");

    [Fact]
    public void The_steps_name_the_acts_that_they_were_mined_from()
    {
        var runs = Runs(n => Job(n).Call("open_file", new { path = "/a/handbook.md" }, "").Call("run_shell", new { command = "stow --all" }, "").Call("edit_file", new { path = $"/a/part{n}.py", old_string = "a", new_string = "b" }, ""));

        Backtest.Coverage(Written(runs).Markdown(), runs).ShouldBe(1);
    }

    [Fact]
    public void Runs_that_share_nothing_make_no_skill()
    {
        var runs = Runs(n => ARun.Of(n).User($"Task{n} in{n} other{n} words{n}").Call("run_shell", new { command = $"thing{n} go" }, "").Call("run_shell", new { command = $"stuff{n} go" }, ""));

        KindMiner.Compose(new() { Id = "f", Environment = "workshop", Effect = "thing" }, "name", runs, s_policy, "").ShouldBeNull();
    }

    // Said by every agent at the end of its work, and nothing is done afterwards.
    private static string Told(string said) => Written(Runs(n => Job(n).Agent(said))).Markdown();

    private static ARun Job(int n) => ARun.Of(n).User($"Please inspect the boiler of house {n}").Call("run_shell", new { command = "boil --slowly" }, "").Call("run_shell", new { command = $"touch x{n}" }, "");

    private static IReadOnlyList<MinedEpisode> Runs(Func<int, ARun> run) => [.. Enumerable.Range(1, 4).Select(n => run(n)).Select(r => r.Mined(r.Episodes.ShouldHaveSingleItem().Effect))];

    private static string[] Steps(Func<int, ARun> run) => Written(Runs(run)).Sections.Single(s => s.Heading == SkillWriter.StepsSection).Text.Split('\n');

    private static SkillDocument Written(IReadOnlyList<MinedEpisode> runs) => SkillWriter.Write("skill", Miner.Mine("workshop", "edit py", runs, s_policy));

    private static string Said(string text, int n) => string.Format(CultureInfo.InvariantCulture, text, n);
}
