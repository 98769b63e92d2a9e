using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Adapters;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Tests.Trajectories;

public sealed class RealFilesTests
{
    private const string Hostile = "tau2/hostile/airline__self-reported-all-pass.json.gz";

    [Fact]
    public void Every_simulation_of_the_tau2_runs_becomes_a_trajectory_with_a_verified_outcome()
    {
        var trajectories = SharedData.Files("tau2/runs", "*.json.gz").SelectMany(path => Read(path).Select(Trajectory)).ToList();

        trajectories.Count.ShouldBe(114 + 40 + 3 * 50);
        trajectories.ShouldAllBe(t => t.Outcome.VerifiedBy == VerifiedBy.Verifier && t.Harness == "tau2" && t.Task != "" && t.Model != "");
        trajectories.Count(t => t.Outcome.IsVerifiedSuccess).ShouldBe(96 + 34 + 38 + 36 + 28);
        trajectories.Select(t => t.Environment).Distinct().Order().ShouldBe(["airline", "retail"]);
        trajectories.Select(t => (t.Source, t.Id)).Distinct().Count().ShouldBe(trajectories.Count);
        var calls = trajectories.SelectMany(t => t.Steps).SelectMany(s => s.Calls).ToList();
        calls.Count.ShouldBe(873 + 299 + 435 + 371 + 432);
        calls.ShouldAllBe(call => call.Result != null);
        calls.Count(call => call.Result!.IsError).ShouldBe(14 + 12 + 0 + 1 + 2);
    }

    [Fact]
    public void A_file_that_praises_itself_is_read_with_every_outcome_marked_as_its_own_word()
    {
        var parsed = Read(Hostile).ToList();

        parsed.OfType<Parsed<CloudEvent>.Refused>().ShouldHaveSingleItem().Error.Code.ShouldBe("no-steps");
        var trajectories = parsed.OfType<Parsed<CloudEvent>.Ok>().Select(Trajectory).ToList();
        trajectories.Count.ShouldBe(49);
        trajectories.ShouldAllBe(t => t.Outcome == new Outcome(true, 1, VerifiedBy.Self) && t.Environment == "airline");
    }

    [Fact]
    public void Tau2_messages_survive_the_way_to_atif_and_back()
    {
        foreach (var path in SharedData.Files("tau2", "*.json.gz"))
        {
            var simulations = JsonNode.Parse(SharedData.Read(path))!["simulations"]!.AsArray().ToDictionary(s => s!["id"]!.GetValue<string>());
            foreach (var e in Read(path).OfType<Parsed<CloudEvent>.Ok>().Select(ok => ok.Value))
            {
                var back = Tau2Adapter.ToTau2(e.Data);
                JsonNode.DeepEquals(back["messages"], simulations[e.Id]!["messages"]).ShouldBeTrue($"{path} {e.Id}");
                JsonNode.DeepEquals(back["task_id"], simulations[e.Id]!["task_id"]).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void Every_atif_sample_is_read()
    {
        var paths = SharedData.Files("formats/atif", "*_atif.json").Concat(SharedData.Files("formats/atif-benchflow-paired", "atif.json")).ToList();

        var trajectories = paths.SelectMany(path => Read(path).Select(Trajectory)).ToList();

        trajectories.Count.ShouldBe(5);
        trajectories.ShouldContain(t => t.Id == "agent-005" && t.Steps[1].Calls[0].Result!.Content.Contains("2026-04-30") && t.Model == "gemini-2.0-flash");
        trajectories.ShouldContain(t => t.Id == "citation-check__190a3859" && t.CostUsd == 0.29371365m && t.Tokens == 583214 + 8817);
    }

    [Fact]
    public void Nothing_of_a_task_definition_travels()
    {
        foreach (var path in SharedData.Files("tau2/runs", "*.json.gz"))
        {
            using var file = JsonDocument.Parse(SharedData.Read(path));
            var secrets = file.RootElement.GetProperty("tasks").EnumerateArray()
                .Select(t => t.GetProperty("user_scenario").GetProperty("instructions").GetProperty("reason_for_call").GetString()!)
                .Where(text => text.Length > 80).ToList();
            secrets.ShouldNotBeEmpty();
            foreach (var e in Read(path).OfType<Parsed<CloudEvent>.Ok>())
            {
                var text = CloudEvents.ToJson(e.Value).ToJsonString();
                secrets.ShouldAllBe(secret => !text.Contains(JsonSerializer.Serialize(secret)));
                text.ShouldNotContain("evaluation_criteria");
                text.ShouldNotContain("\"action_id\"");
                text.ShouldNotContain("justification");
            }
        }
    }

    private static IEnumerable<Parsed<CloudEvent>> Read(string path) => AdapterCatalogue.Read(SharedData.Read(path), null, AdapterOptions.Default);

    private static Trajectory Trajectory(Parsed<CloudEvent> parsed) => parsed.Then(TrajectoryReader.Read).Accepted();
}
