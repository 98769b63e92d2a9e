using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Hosted;

/// <summary>The same runs under the Functions host and on a laptop make the same ledger; and no call that is cut off costs or doubles anything.</summary>
public sealed partial class SameLedgerTests(PostgresFixture postgres)
{
    // Enough for a skill, an improvement of it, a second family, and failures that count.
    private static readonly Run[] s_runs =
    [
        .. Run.Many(5),
        .. Run.Many(4, from: 20).Select(r => r with { Effect = "extend_due_date", ChecksHolds = true }),
        .. Run.Many(2, from: 30).Select(r => r with { Succeeded = false }),
        .. Run.Many(6, from: 40).Select(r => r with { ChecksHolds = true }),
    ];

    [Fact]
    public async Task The_local_pump_and_the_host_make_the_same_events_decisions_and_packages()
    {
        await using var local = await PumpedLedger.StartAsync(postgres);
        await using var hosted = await HostedLedger.StartAsync(postgres, concurrency: 1);

        // What a laptop starts with, and a function app does not.
        (await hosted.PostAsync("/api/gates/relaxed/activate", new JsonObject { ["reason"] = "as on a laptop" })).Status.ShouldBe(200);

        foreach (var batch in s_runs.Chunk(4))
        {
            await local.LearnAsync(batch);
            await hosted.LearnAsync(batch);
        }

        hosted.Host.Failures.ShouldBeEmpty();
        var (expected, actual) = (await StoryAsync(local), await StoryAsync(hosted));
        expected.Count(e => e.Contains("skill_created", StringComparison.Ordinal)).ShouldBe(2);
        expected.ShouldContain(e => e.Contains("skill_improved", StringComparison.Ordinal));
        actual.Except(expected).FirstOrDefault().ShouldBeNull();
        expected.Except(actual).FirstOrDefault().ShouldBeNull();
        actual.ShouldBe(expected);
        var packages = "select version || ' ' || (data ->> 'packageDigest') from ledger.mt_events where data ? 'packageDigest' and type in ('skill_created', 'skill_improved') order by 1";
        (await hosted.ColumnAsync(packages)).ShouldBe(await local.ColumnAsync(packages));
    }

    [Fact]
    public async Task A_program_that_is_killed_in_mid_call_is_started_again_and_each_run_counts_once()
    {
        await using var hosted = await HostedLedger.StartAsync(postgres);
        (await hosted.EmitAsync(Run.Many(24))).Status.ShouldBe(202);
        while (await hosted.EventsAsync("trajectory_recorded") < 4) await Task.Delay(20, TestContext.Current.CancellationToken);

        hosted.Host.KillWorker();
        while (hosted.Host.Starts < 2 || (await hosted.GetAsync("/healthz")).Status != 200) await Task.Delay(50, TestContext.Current.CancellationToken);
        while (!hosted.Bus.IsEmpty) await Task.Delay(50, TestContext.Current.CancellationToken);
        await hosted.Host.FireAsync("SweepLifecycle", isPastDue: true);
        await hosted.SettleAsync();

        hosted.Host.Failures.ShouldNotBeEmpty();
        hosted.Bus.DeadLetters.ShouldBeEmpty();
        (await hosted.EventsAsync("trajectory_recorded")).ShouldBe(24);
        (await hosted.ScalarAsync<long>("select count(distinct data ->> 'sourceId') from ledger.mt_events where type = 'trajectory_recorded'")).ShouldBe(24);
        (await hosted.EventsAsync("skill_created")).ShouldBe(1);
        (await hosted.EventsAsync("evidence_admitted")).ShouldBe(24);
    }

    // What happened to each stream, kind by kind: messages of different kinds overtake each other, within a kind they may not; but validators run side by side,
    // so that a look at the tier may come between two of them, and change nothing.
    // Without what differs between any two ledgers: times, leaves (an order over all streams), and what is made with a random key.
    private static async Task<IReadOnlyList<string>> StoryAsync(RunningLedger ledger)
    {
        var events = await ledger.ColumnAsync(
            """
            select stream_id || ' ' || type || ' ' || data::text from ledger.mt_events where stream_id not like 'log%' and stream_id not like 'policy%'
              and not (type = 'tier_decided' and data ->> 'from' = data ->> 'to')
            order by stream_id, type, case when type like 'validation%' then data ->> 'validator' end, version
            """);
        return [.. events.Select(e => OfThisLedger().Replace(e, "*"))];
    }

    [GeneratedRegex("""[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|\+00:00)|"[a-zA-Z]*[lL]eaf": [0-9]+|(payload/|hmac-sha256:)[0-9a-f]{64}""")]
    private static partial Regex OfThisLedger();
}
