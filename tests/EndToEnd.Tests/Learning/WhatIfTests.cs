using System.Text.Json;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Learning;

public sealed class WhatIfTests(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly ScratchFolder folder = new();
    private PumpedLedger ledger = null!;

    public async ValueTask InitializeAsync()
    {
        ledger = await PumpedLedger.StartAsync(postgres);
        await ledger.LearnAsync(Run.Many(4).Select(r => r with { ChecksHolds = r.Number > 2 }));
        (await ledger.PostAsync("/api/skills/library-renew-loan/retire", "{}", "application/json")).Status.ShouldBe(200);
        await ledger.LearnAsync(Run.Many(6, from: 5).Select(r => r with { ChecksHolds = true }));
    }

    public async ValueTask DisposeAsync()
    {
        await ledger.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task The_policy_that_was_active_would_decide_the_same()
    {
        var run = await RunAsync("--policy", "default", "--json");

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Error);
        (run.Json.GetProperty("differs").GetInt32(), run.Json.GetProperty("policy").Text("id")).ShouldBe((0, "default"));
        run.Json.GetProperty("decisions").EnumerateArray().Count(d => d.TryGetProperty("recorded", out _)).ShouldBe((int)await ledger.EventsAsync("curation_decided"));
        var skill = run.Json.GetProperty("library").EnumerateArray().Single();
        skill.GetProperty("wouldBe").Text("status").ShouldBe("retired");
        JsonElement.DeepEquals(skill.GetProperty("wouldBe"), skill.GetProperty("recorded")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_policy_from_a_file_is_shown_beside_what_is_on_record_and_nothing_is_written()
    {
        var events = await ledger.EventsAsync();
        var policy = folder.Write("strict.yaml", "id: strict\nversion: 1\nminSuccesses: 9\nminTasks: 9\nfreeShareOfSource: 30\n");

        var run = await RunAsync("--policy", policy);

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Error);
        run.Lines[0].ShouldStartWith("FAMILY");
        run.Out.ShouldContain("create library-renew-loan@1");
        run.Out.ShouldContain("a version needs 9 of 9");
        run.Error.ShouldContain("Left out: skill_retired of library-renew-loan by hand");
        run.Error.ShouldContain("Under strict@1");
        (await ledger.EventsAsync()).ShouldBe(events);
    }

    [Theory]
    [InlineData("id: x\nversion: 1\nminSuccess: 3\n", "line 3")]
    [InlineData("id: x\nversion: 1\ngrowth: 1\n", "growth must be above 1")]
    public async Task A_policy_that_cannot_be_used_is_refused_with_its_reason(string yaml, string reason)
    {
        var run = await RunAsync("--policy", folder.Write("broken.yaml", yaml));

        run.ExitCode.ShouldBe(ExitCodes.Refused);
        run.Error.ShouldContain(reason);
        run.Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_policy_that_is_not_there_is_said_so()
    {
        (await RunAsync("--policy", "nobody")).ExitCode.ShouldBe(ExitCodes.NotFound);
        (await RunAsync("--policy", "../policies/default")).ExitCode.ShouldBe(ExitCodes.Usage);
        (await ledger.PostAsync("/api/whatif?policy=..%2Fpolicies%2Fdefault", "", "application/yaml")).ShouldBeProblem(404, "policy-unknown");
        (await ledger.PostAsync("/api/whatif", new string('#', 70_000), "application/yaml")).ShouldBeProblem(400, "policy-unusable");
    }

    private Task<CommandLineRun> RunAsync(params string[] args) => CommandLineRun.OfAsync(["whatif", .. args, "--url", ledger.Http.BaseAddress!.ToString(), "--home", folder.Root]);
}
