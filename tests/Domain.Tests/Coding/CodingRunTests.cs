using Pipeline.Domain.Tests.Curation;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Episodes;
using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Tests.Coding;

public sealed class CodingRunTests
{
    [Fact]
    public void A_run_of_generic_tools_is_one_episode_of_what_it_did()
    {
        var episode = Workshop.Report(1).Episodes.ShouldHaveSingleItem();

        episode.Calls.Select(c => c.Tool).ShouldBe(["read .md", "python", "python", "meteo-lint"]);
        episode.Effect.ShouldBe("write csv with python");
        episode.Asked.ShouldStartWith("Please turn");
        (episode.FirstStep, episode.LastStep).ShouldBe((3, 7));
    }

    [Theory]
    [InlineData("run_shell")]
    [InlineData("Bash")]
    [InlineData("x9")]
    [InlineData("工具")]
    public void A_shell_is_told_by_what_it_is_given_whatever_it_is_called(string name) =>
        Workshop.Mending(1, name).Episodes.ShouldHaveSingleItem().Calls.Select(c => c.Tool).ShouldBe(["pytest", "edit .py", "pytest", "git add", "git commit"]);

    [Fact]
    public void A_desk_that_looks_after_folders_is_no_workshop()
    {
        var run = ARun.Of(1).In("helpdesk").User("Please let Ada write to the design folder.")
            .Call("find_folder", new { path = "/shared/design" }, new { folder_id = "F-1" })
            .Call("get_folder", new { folder_id = "F-1" }, new { folder_id = "F-1", owner = "ada" })
            .Call("grant_folder_access", new { folder_id = "F-1", user = "ada", level = "write" }, "granted");

        run.Episodes.ShouldHaveSingleItem().Effect.ShouldBe("grant_folder_access");
    }

    [Fact]
    public void Kinds_tell_looking_from_changing_and_checking()
    {
        var acts = Workshop.Mending(1).Episodes.Single().Coding!.Acts;

        acts.Select(a => a.Kind).ShouldBe([ActKind.Check, ActKind.Change, ActKind.Check, ActKind.Change, ActKind.Change]);
        Workshop.Report(1).Episodes.Single().Coding!.Acts.Where(a => a.Kind == ActKind.Look).Select(a => a.Name).ShouldBe(["read .md", "cd", "ls"]);
    }

    [Fact]
    public void Code_that_was_run_tells_which_files_it_writes()
    {
        var code = Workshop.Report(7).Episodes.Single().Coding!.Acts.Single(a => a.Code.Length > 0);

        code.Files.ShouldBe(["/data/7/report_7.csv"]);
        code.Code.ShouldContain("from meteo import to_celsius");
    }

    [Fact]
    public void A_second_request_that_ends_in_changes_is_an_episode_of_its_own()
    {
        var run = Workshop.Mending(1).Agent("Done.").User("Now also bump the version number please").Call("run_shell", new { command = "npm version patch" }, "1.0.1")
            .Agent("Bumped.").User("And what does the changelog say about it?").Call("open_file", new { path = "CHANGELOG.md" }, "nothing");

        run.Episodes.Select(e => string.Join('|', e.Calls.Select(c => c.Tool))).ShouldBe(["pytest|edit .py|pytest|git add|git commit", "npm version|read .md"]);
    }

    [Fact]
    public void What_is_said_while_the_agent_is_at_work_is_no_new_request()
    {
        var run = ARun.Of("1").User("Please mend the failing test of the parser").Call("run_shell", new { command = "touch a.py" }, "")
            .User("Base directory of the loaded guide: /guides/parser, and so on").Call("run_shell", new { command = "git commit -m x" }, "");

        run.Episodes.ShouldHaveSingleItem().Asked.ShouldBe("Please mend the failing test of the parser");
    }

    [Fact]
    public void Where_no_request_is_shown_the_agent_s_first_words_stand_for_it() => ARun.Of("1").Agent("The user wants a poster of the moon in two colours.")
        .Call("run_shell", new { command = "convert moon.png -colors 2 poster.png" }, "").Episodes.ShouldHaveSingleItem().Asked.ShouldStartWith("The user wants a poster");

    [Fact]
    public void A_patch_names_the_files_that_it_changes()
    {
        var act = ARun.Of("1").User("Please rename the function everywhere").Call("apply", new { input = "*** Begin Patch\n*** Update File: src/a.ts\n-x\n+y\n*** End Patch" }, "ok")
            .Episodes.Single().Coding!.Acts.ShouldHaveSingleItem();

        (act.Name, act.Files.Single()).ShouldBe(("edit .ts", "src/a.ts"));
    }

    [Fact]
    public void Tools_that_tell_their_effect_are_split_by_it_as_ever() => ARun.Of("1").User("Find a table for two and book it please")
        .Call("find", new { query = "find a table -x" }, "t1").Call("book_table", new { table = "t1" }, "ok").Call("send", new { text = "open the door" }, "ok")
        .Episodes.ShouldAllBe(e => e.Coding == null);

    [Fact]
    public void A_command_that_was_not_found_failed_and_so_did_what_ends_in_a_traceback()
    {
        var acts = ARun.Of("1").User("Please run both of the scripts for me").Fails("sh", new { command = "python a.py" }, "Exit code 127\nsh: python: command not found")
            .Call("sh", new { command = "python3 b.py" }, "Traceback (most recent call last)\n  File x\nKeyError: 'a'").Episodes.Single().Coding!.Acts;

        acts.Select(a => a.Failed).ShouldBe([true, true]);
        acts.Select(a => FailureText.LineOf(a.Result!.Content)).ShouldBe(["sh: python: command not found", "KeyError: 'a'"]);
    }

    [Fact]
    public void Thousands_of_steps_are_read_in_time_that_grows_with_them_and_give_the_same_twice()
    {
        Trajectory Steps(int count) => ARun.Of("1").Trajectory with
        {
            Steps = [.. Enumerable.Range(1, count).Select(i => new Step(i, StepSource.Agent, $"step {i}",
                [ARun.Made("sh", new { command = $"git add f{i}.py && python t{i}.py <<E\nimport m{i}\nE" }, "ok")]))],
        };

        Growth.ShouldBeLinear(1250, Steps, run => EpisodeSplitter.Split(run).ShouldHaveSingleItem());

        var (once, twice) = (EpisodeSplitter.Split(Steps(5000)), EpisodeSplitter.Split(Steps(5000)));
        once.Single().Coding!.Sketch.ShouldBe(twice.Single().Coding!.Sketch);
        once.Single().Calls.Count.ShouldBe(10_000);
    }
}
