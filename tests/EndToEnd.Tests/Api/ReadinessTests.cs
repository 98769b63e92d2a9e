using System.Text.Json;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Api;

public sealed class ReadinessTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_waits_for_too_long_is_named_part_by_part_and_the_program_still_lives()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres, follows: false);
        (await ledger.GetAsync("/readyz")).Text.ShouldBe("ready\n");

        await ledger.EmitAsync(new Run(1));
        await ledger.ProjectAllAsync();
        // Within the limits.
        await ledger.ExecuteAsync("update ledger.queue_messages set enqueued_at = now() - interval '14 minutes'");
        (await ledger.GetAsync("/readyz")).Status.ShouldBe(200);

        await ledger.ExecuteAsync("update ledger.queue_messages set enqueued_at = now() - interval '16 minutes'; update ledger.mt_events set timestamp = now() - interval '3 minutes'");
        var answer = await ledger.GetAsync("/readyz");

        answer.ShouldBeProblem(503, "seal-behind");
        answer.Json.GetProperty("notReady").EnumerateArray().Select(n => n.GetProperty("part").GetString()).ShouldBe(["seal", "queue"]);
        answer.Json.GetProperty("detail").GetString()!.ShouldContain("curation");
        (await ledger.GetAsync("/healthz")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Limits_are_settings()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres, settings: new Dictionary<string, string?> { ["Ready:QueueSeconds"] = "60" });
        await ledger.EmitAsync(new Run(1));

        await ledger.ExecuteAsync("update ledger.queue_messages set enqueued_at = now() - interval '2 minutes'");

        (await ledger.GetAsync("/readyz")).ShouldBeProblem(503, "queue-old");
    }

    [Fact]
    public async Task A_schema_that_lacks_a_step_of_this_program_is_said()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);

        await ledger.ExecuteAsync("delete from ledger.schema_versions where name like '0017%'");

        var answer = await ledger.GetAsync("/readyz");
        answer.ShouldBeProblem(503, "schema-behind");
        answer.Json.GetProperty("detail").GetString()!.ShouldContain("0017");
    }
}
