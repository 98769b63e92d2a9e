using Pipeline.Domain.Tests.Trajectories;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Adapters;
using Pipeline.Domain.Trajectories.Episodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Tests.Coding;

public sealed class RealRunsTests
{
    [Fact]
    public void Sessions_of_coding_agents_are_taken_apart_by_what_they_did()
    {
        foreach (var file in SharedData.Files("skilllearnbench", "*.jsonl.gz"))
            foreach (var run in RunsOf(file)) EpisodeSplitter.Split(run).ShouldAllBe(e => e.Coding != null && e.Calls.Count > 0, file);
    }

    [Fact]
    public void Customer_service_is_not_taken_for_coding()
    {
        foreach (var file in SharedData.Files("tau2/runs", "*airline*").Take(1).Concat(SharedData.Files("tau2/runs", "*retail*").Take(1)))
            foreach (var run in RunsOf(file)) EpisodeSplitter.Split(run).ShouldAllBe(e => e.Coding == null, file);
    }

    private static IEnumerable<Trajectory> RunsOf(string file) => AdapterCatalogue.Read(SharedData.Read(file), null, new("urn:test"))
        .Select(e => e.Then(TrajectoryReader.Read)).OfType<Parsed<Trajectory>.Ok>().Select(ok => ok.Value);
}
