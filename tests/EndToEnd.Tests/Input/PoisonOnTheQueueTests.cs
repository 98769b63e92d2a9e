using System.Text;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Infra.Queue;

namespace Pipeline.EndToEnd.Tests.Input;

public sealed class PoisonOnTheQueueTests(SharedLedger shared) : IClassFixture<SharedLedger>
{
    private const string Canary = "kanarienvogel-4711";

    private readonly PumpedLedger ledger = shared.Ledger;

    [Fact]
    public async Task What_cannot_be_read_becomes_a_dead_letter_with_a_reason_and_the_messages_behind_it_go_on()
    {
        var valid = (new Run(1) { Environment = "straight", Asks = $"It is about {Canary} and nothing else" }).ToEvent().ToJsonString();
        (string Body, string Reason)[] poison =
        [
            ("", "json-empty"),
            ($"{{{Canary}", "json-malformed"),
            (valid[..^40], "json-truncated"),
            (valid.Replace("\"task\":", "\"task\":\"x\",\"task\":", StringComparison.Ordinal), "json-duplicate-name"),
            (valid.Replace("\"task\":", $"\"deep\":{new string('[', 10_000)}{new string(']', 10_000)},\"task\":", StringComparison.Ordinal), "json-depth"),
            (valid.Replace("It is", "\\u0000", StringComparison.Ordinal), "json-nul"),
            (valid.Replace("It is", "\\udc00", StringComparison.Ordinal), "json-surrogate"),
            (valid.Replace("ATIF-v1.7", "ATIF-v1.9", StringComparison.Ordinal), "atif-version"),
            (valid.Replace("\"function_name\":", "\"function\":", StringComparison.Ordinal), "missing-field"),
            ($$"""{"specversion":"1.0","id":"claim","source":"https://x.test","type":"{{Run.EventType}}","dataref":"payload/{{Canary}}"}""", "claim-check"),
            ($$"""{"specversion":"1.0","id":"gone","source":"https://x.test","type":"{{Run.EventType}}","dataref":"payload/none","datadigest":"sha256:00","databytes":"10"}""", "payload-missing"),
            ($$"""{"specversion":"1.0","id":"verdict","source":"https://x.test","type":"{{Run.VerdictType}}","data":{"outcome":"{{Canary}}" } }""", "missing-field"),
            ($$"""{"hello":"{{Canary}}"}""", "cloudevents-data"),
            ($$"""["{{Canary}}"]""", "cloudevents-object"),
        ];
        var queue = new PostgresQueue(ledger.Database);
        var before = await ledger.ScalarAsync<long>("select coalesce(max(id), 0) from ledger.dead_letters");
        var good = Run.Many(3, from: 10).Select(r => r with { Environment = "straight", Id = $"straight-{r.Number}" }).ToList();

        await queue.EnqueueAsync([.. poison.Select((p, i) => Message($"poison-{i:00}", p.Body)), .. good.Select(g => Message(g.Id, g.ToEvent().ToJsonString()))], TestContext.Current.CancellationToken);
        await ledger.SettleAsync();

        (await ledger.ColumnAsync($"select reason from ledger.dead_letters where id > {before} order by id")).ShouldBe(poison.Select(p => p.Reason));
        (await ledger.GetAsync("/api/skills/straight-renew-loan")).Status.ShouldBe(200);
        (await ledger.ColumnAsync("select reason || detail from ledger.dead_letters")).ShouldAllBe(said => !said.Contains(Canary));
        var listed = await ledger.GetAsync("/api/dead-letters");
        listed.Status.ShouldBe(200);
        listed.Text.ShouldNotContain(Canary);
        (await ledger.GetAsync("/healthz")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_dead_letter_is_put_back_or_given_up_once()
    {
        var id = await DeadLetterAsync("to-retry");
        (await ledger.PostAsync($"/api/dead-letters/{id}/retry", "", "")).Status.ShouldBe(200);
        (await ledger.PostAsync($"/api/dead-letters/{id}/retry", "", "")).ShouldBeProblem(409, "already-retried");
        (await ledger.PostAsync($"/api/dead-letters/{id}/discard", "", "")).ShouldBeProblem(409, "already-retried");
        await ledger.SettleAsync();

        // It is no better now, so it is back, under another number.
        var again = (await ledger.ReadAsync("/api/dead-letters")).GetProperty("deadLetters").EnumerateArray().Single(l => l.Text("messageId") == "to-retry").GetProperty("id").GetInt64();
        again.ShouldBeGreaterThan(id);
        (await ledger.PostAsync($"/api/dead-letters/{again}/discard", "", "")).Status.ShouldBe(200);
        (await ledger.PostAsync($"/api/dead-letters/{again}/discard", "", "")).ShouldBeProblem(409, "already-discarded");
        (await ledger.ReadAsync($"/api/dead-letters/{again}")).Text("state").ShouldBe("discarded");
        (await ledger.ReadAsync("/api/dead-letters?state=retried")).GetProperty("deadLetters").EnumerateArray().ShouldContain(l => l.GetProperty("id").GetInt64() == id);
    }

    private async Task<long> DeadLetterAsync(string id)
    {
        await new PostgresQueue(ledger.Database).EnqueueAsync([Message(id, "{ no event")], TestContext.Current.CancellationToken);
        await ledger.SettleAsync();
        return await ledger.ScalarAsync<long>($"select id from ledger.dead_letters where message_id = '{id}'");
    }

    [Fact]
    public async Task A_rejected_run_is_counted_and_its_state_says_why()
    {
        var run = new Run(30) { Environment = "later", Id = "from-the-future", Version = "ATIF-v1.99" };
        await new PostgresQueue(ledger.Database).EnqueueAsync([Message(run.Id, run.ToEvent().ToJsonString())], TestContext.Current.CancellationToken);
        var status = await ledger.SettleAsync();

        status.GetProperty("trajectories").GetProperty("rejected").GetInt32().ShouldBeGreaterThanOrEqualTo(1);
        var state = await ledger.PostAsync("/api/events/state", $$"""{"events":[{"source":"{{run.Source}}","id":"{{run.Id}}"}]}""", "application/json");
        state.Json.GetProperty("events")[0].GetProperty("state").GetString().ShouldBe("rejected");
        state.Json.GetProperty("events")[0].GetProperty("message").GetString()!.ShouldContain("ATIF");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"type":"com.skillpipeline.curation.v1"}""")]
    [InlineData("""{"type":"com.skillpipeline.curation.v1","subject":{"a":1}}""")]
    [InlineData("""{"type":"com.skillpipeline.curation.v1","type":"com.skillpipeline.curation.v1","subject":"x"}""")]
    [InlineData("""{"type":"com.skillpipeline.curation.v1","subject":"\ud800"}""")]
    [InlineData("""{"type":"com.skillpipeline.curation.v1","subject":"a\u0000b"}""")]
    public async Task A_curation_message_that_names_no_family_becomes_a_dead_letter(string body)
    {
        var id = $"curation-{body.Length}-{body.GetHashCode(StringComparison.Ordinal)}";
        await new PostgresQueue(ledger.Database).EnqueueAsync([Message(id, body) with { Queue = QueueNames.Curation }], TestContext.Current.CancellationToken);
        await ledger.SettleAsync();

        (await ledger.ColumnAsync($"select reason from ledger.dead_letters where message_id = '{id}'")).ShouldBe(["curation-message"]);
    }

    private static QueueMessage Message(string id, string body) =>
        new() { Queue = QueueNames.Trajectories, MessageId = id, Body = Encoding.UTF8.GetBytes(body) };
}
