using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests;

/// <summary>Runs of real agents, on machines where they lie beside the checkout.</summary>
public sealed partial class RealRunsTests(PostgresFixture postgres) : IAsyncLifetime
{
    private PumpedLedger ledger = null!;
    private string data = "";

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Repository.SharedData is not null, "The real runs are not on this machine (shared/data beside the checkout).");
        data = Repository.SharedData!;
        ledger = await PumpedLedger.StartAsync(postgres);
    }

    public async ValueTask DisposeAsync()
    {
        if (ledger is not null) await ledger.DisposeAsync();
    }

    [Fact]
    public async Task Everything_goes_in_and_comes_out_as_skills_that_replay_and_are_valid()
    {
        string[] paths = [Path.Combine(data, "tau2", "runs"), Path.Combine(data, "formats", "atif", "*_atif.json")];
        var emitted = await CommandLineRun.OfAsync(["emit", .. paths, "--wait", "--url", ledger.Http.BaseAddress!.ToString()]);
        emitted.ExitCode.ShouldBe(0, emitted.Error);
        emitted.Lines.ShouldBe(["""{"accepted":307,"recorded":307,"duplicate":0,"rejected":0}"""]);
        var status = await ledger.SettleAsync();
        status.GetProperty("trajectories").GetProperty("recorded").GetInt32().ShouldBe(307);

        var versions = 0;
        var skills = (await ledger.ReadAsync("/api/skills?status=all&limit=500")).GetProperty("skills").EnumerateArray().ToList();
        skills.Count.ShouldBeGreaterThanOrEqualTo(10);
        foreach (var skill in skills)
        {
            for (var number = 1; number <= skill.GetProperty("versions").GetInt32(); number++, versions++)
                (await ledger.ReadAsync($"/api/skills/{skill.Text("id")}/replay?version={number}")).GetProperty("matches").GetBoolean().ShouldBeTrue();
        }
        versions.ShouldBeGreaterThan(skills.Count);

        using var folder = new ScratchFolder();
        (await CommandLineRun.OfAsync("skill", "export", folder.Root, "--url", ledger.Http.BaseAddress!.ToString())).ExitCode.ShouldBe(0);
        // What the command keeps for itself begins with a dot.
        var exported = Directory.GetDirectories(folder.Root).Where(d => !Path.GetFileName(d).StartsWith('.')).ToList();
        exported.Count.ShouldBe(skills.Count(s => s.Text("status") == "active"));
        foreach (var skill in exported) ShouldBeValid(skill);

        var again = await CommandLineRun.OfAsync(["emit", .. paths, "--wait", "--url", ledger.Http.BaseAddress!.ToString()]);
        again.Lines.ShouldBe(["""{"accepted":0,"recorded":0,"duplicate":307,"rejected":0}"""]);
        (await ledger.SettleAsync()).GetProperty("events").GetInt64().ShouldBe(status.GetProperty("events").GetInt64());
    }

    [Fact]
    public async Task The_ledger_of_all_these_runs_holds_for_an_auditor_who_kept_a_key_and_a_checkpoint_and_every_decision_comes_out_again()
    {
        using var kept = new ScratchFolder();
        (await RunAsync(kept, "emit", Path.Combine(data, "tau2", "runs"), "--wait")).Lines.ShouldBe(["""{"accepted":304,"recorded":304,"duplicate":0,"rejected":0}"""]);
        kept.Write("log.pub", (await RunAsync(kept, "audit", "key", "show")).Out);
        (await RunAsync(kept, "audit", "checkpoint", "-o", kept["early.checkpoint"])).ExitCode.ShouldBe(0);
        var status = await ledger.SettleAsync();

        var clock = Stopwatch.StartNew();
        var verified = await RunAsync(kept, "audit", "verify", "--key", kept["log.pub"], "--kept", kept["early.checkpoint"], "--json");
        var (took, audit) = (clock.Elapsed, verified.Json);

        verified.ExitCode.ShouldBe(0, verified.Out + verified.Error);
        audit.GetProperty("holds").GetBoolean().ShouldBeTrue();
        audit.GetProperty("leaves").GetInt64().ShouldBe(status.GetProperty("sealed").GetInt64());
        audit.GetProperty("files").GetInt32().ShouldBePositive();
        audit.GetProperty("contents").GetInt32().ShouldBeGreaterThan(audit.GetProperty("files").GetInt32(), "policies and reports, too");

        clock.Restart();
        var again = await RunAsync(kept, "audit", "rederive", "--json");
        again.ExitCode.ShouldBe(0, again.Error);
        // Sweeps come when it is time for them.
        again.Json.GetProperty("same").GetInt64().ShouldBe(await ledger.ScalarAsync<long>(
            $"select count(*) from ledger.mt_events e join ledger.leaves l on l.seq_id = e.seq_id where e.type = 'curation_decided' and l.leaf_index < {again.Json.GetProperty("leaves")}"));
        again.Json.GetProperty("erased").GetInt32().ShouldBe(0);
        var compared = clock.Elapsed;

        clock.Restart();
        (await RunAsync(kept, "audit", "whatif", "--policy", "slim", "--json")).ExitCode.ShouldBe(0);
        TestContext.Current.SendDiagnosticMessage($"verify {took.TotalSeconds:0.0} s: {audit.GetProperty("leaves")} leaves, {audit.GetProperty("checkpoints")} checkpoints, {audit.GetProperty("files")} files, {audit.GetProperty("contents")} contents; rederive {compared.TotalSeconds:0.0} s: {again.Json.GetProperty("same")} decisions; whatif {clock.Elapsed.TotalSeconds:0.0} s");

        // The same auditor, once one byte was altered.
        (await ledger.ExecuteAsync("update ledger.mt_events set data = jsonb_set(data, '{x}', '1') where seq_id = (select seq_id from ledger.leaves where leaf_index = 100)")).ShouldBe(1);
        (await RunAsync(kept, "audit", "verify", "--key", kept["log.pub"], "--kept", kept["early.checkpoint"], "--json")).Json.GetProperty("findings")[0].GetProperty("leaf").GetInt64().ShouldBe(100);
    }

    [Fact]
    public async Task Runs_that_report_their_own_success_are_recorded_as_such_and_teach_nothing()
    {
        var emitted = await CommandLineRun.OfAsync("emit", Path.Combine(data, "tau2", "hostile"), "--wait", "--url", ledger.Http.BaseAddress!.ToString());
        emitted.Lines.ShouldBe(["""{"accepted":49,"recorded":49,"duplicate":0,"rejected":1}"""]);
        await ledger.SettleAsync();

        (await ledger.ColumnAsync("select distinct data #>> '{outcome,verifiedBy}' from ledger.mt_events where type = 'trajectory_recorded'")).ShouldBe(["self"]);
        (await ledger.EventsAsync("skill_%")).ShouldBe(0);
    }

    private Task<CommandLineRun> RunAsync(ScratchFolder home, params string[] args) => CommandLineRun.OfAsync([.. args, "--url", ledger.Http.BaseAddress!.ToString(), "--home", home["home"]]);

    // The Agent Skills specification: https://agentskills.io/specification.
    private static void ShouldBeValid(string folder)
    {
        var lines = File.ReadAllText(Path.Combine(folder, "SKILL.md")).Split('\n');
        lines[0].ShouldBe("---");
        var head = lines.Skip(1).TakeWhile(line => line != "---").ToList();
        var name = head.Single(line => line.StartsWith("name: ", StringComparison.Ordinal))["name: ".Length..];
        name.ShouldBe(Path.GetFileName(folder));
        name.Length.ShouldBeInRange(1, 64);
        Name().IsMatch(name).ShouldBeTrue(name);
        var description = head.Single(line => line.StartsWith("description: ", StringComparison.Ordinal))["description: ".Length..];
        if (description.StartsWith('"')) description = JsonSerializer.Deserialize<string>(description)!;
        description.Trim().Length.ShouldBeInRange(1, 1024);
        head.Select(line => line.Split(':')[0]).Where(key => !key.StartsWith(' ')).ShouldBeSubsetOf(["name", "description", "license", "compatibility", "metadata", "allowed-tools"]);
        lines.Length.ShouldBeLessThan(500);
    }

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex Name();
}
