using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Adapters;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Tests.Trajectories;

/// <summary>Real files of coding agents, all of them, with what was counted in them beforehand.</summary>
public sealed class CodingAgentFilesTests
{
    [Theory]
    [InlineData("formats/swe-agent", "swe-agent__test-repo-i1.traj", 7, 5)]
    [InlineData("formats/swe-agent", "pydicom__pydicom-1458.traj", 14, 12)]
    [InlineData("formats/swe-agent", "BabyTimeCapsule.traj", 11, 9)]
    [InlineData("formats/swe-agent", "eps.traj", 16, 14)]
    [InlineData("formats/swe-agent", "networking_1.traj", 6, 4)]
    [InlineData("formats/swe-agent", "rock.traj", 14, 12)]
    [InlineData("formats/swe-agent", "i_got_id_demo.traj", 23, 21)]
    [InlineData("formats/swe-agent", "function_calling_simple.traj", 7, 5)]
    [InlineData("formats/mini-swe-agent", "github_issue.traj.json", 12, 10)]
    [InlineData("formats/mini-swe-agent", "local.traj.json", 4, 2)]
    [InlineData("formats/openhands-v0", "basic.json", 3, 1)]
    [InlineData("formats/openhands-v0", "basic_interactions.json", 6, 0)]
    [InlineData("formats/native-sessions", "codex-gpt-5-2.jsonl", 106, 101)]
    [InlineData("formats/native-sessions", "cursor-composer-1-5.jsonl", 17, 0)]
    public void A_file_goes_in_with_every_step_and_every_call(string folder, string name, int steps, int calls)
    {
        var run = Read(SharedData.Files(folder, name).ShouldHaveSingleItem()).ShouldHaveSingleItem();

        (run.Steps.Count, run.Calls().Count(), run.Calls().Count(c => c.Result is null)).ShouldBe((steps, calls, 0));
    }

    [Fact]
    public void A_run_is_the_same_whether_its_calls_are_words_or_functions()
    {
        var runs = SharedData.Files("formats/swe-agent", "marshmallow*.traj").SelectMany(Read).ToList();

        runs.Count.ShouldBe(2);
        runs.ShouldAllBe(r => r.Steps.Count == 13 && r.Calls().Count() == 11 && r.Environment == "marshmallow-code__marshmallow");
        runs[0].Calls().Select(c => c.Tool).ShouldBe(runs[1].Calls().Select(c => c.Tool));
    }

    [Fact]
    public void Both_sessions_in_the_opencode_file_go_in_with_their_calls()
    {
        var runs = SharedData.Files("formats/native-sessions", "opencode*").SelectMany(Read).ToList();

        runs.Count.ShouldBe(2);
        runs.Sum(r => r.Steps.Count).ShouldBe(2 + 131);
        runs.Sum(r => r.Calls().Count()).ShouldBe(129);
        runs.ShouldAllBe(r => r.Model == "claude-opus-4-5" && r.CostUsd > 0 && r.Calls().All(c => c.Result != null));
    }

    [Fact]
    public void Every_exported_session_goes_in_with_its_calls_and_the_skills_that_it_loaded()
    {
        var runs = SharedData.Files("skilllearnbench", "*.dataclaw.jsonl.gz").SelectMany(Read).ToList();

        runs.Count.ShouldBe(49);
        runs.Sum(r => r.Calls().Count()).ShouldBe(1583);
        runs.SelectMany(r => r.Calls()).Count(c => c.Result!.IsError).ShouldBe(201);
        runs.Select(r => r.Environment).Distinct().Count().ShouldBe(10);
        runs.Select(r => r.Task).Distinct().Count().ShouldBe(49);
        runs.ShouldAllBe(r => r.Harness == "claude-code" && r.Tokens > 0 && r.Outcome == Outcome.Unknown);
        runs.Count(r => r.SkillUsage.Loaded.Count > 0).ShouldBe(48);
        runs.ShouldContain(r => r.SkillUsage.LoadFailed.Count > 0);
    }

    [Fact]
    public void Read_again_a_file_gives_the_same_events()
    {
        foreach (var path in SharedData.Files("formats/swe-agent", "*.traj").Concat(SharedData.Files("formats/native-sessions", "*.jsonl")).Concat(SharedData.Files("skilllearnbench", "*.dataclaw.jsonl.gz").Take(3)))
            Events(path).Select(e => (e.Id, e.Data.GetRawText())).ShouldBe(Events(path).Select(e => (e.Id, e.Data.GetRawText())));
    }

    private static IReadOnlyList<CloudEvent> Events(string path) => [.. AdapterCatalogue.Read(SharedData.Read(path), null, AdapterOptions.Default).Select(p => p.Accepted())];

    private static IReadOnlyList<Trajectory> Read(string path) => [.. Events(path).Select(e => TrajectoryReader.Read(e).Accepted())];
}
