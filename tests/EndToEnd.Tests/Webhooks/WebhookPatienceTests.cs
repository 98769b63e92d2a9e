using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Webhooks;

/// <summary>How long a subscriber is waited for, and who else waits meanwhile.</summary>
public sealed class WebhookPatienceTests(PostgresFixture postgres) : WebhookScenario(postgres)
{
    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?> { ["Webhooks:MostAttempts"] = "2", ["Webhooks:LongestDelay"] = "02:00:00", ["Webhooks:DisableAfter"] = "1.00:00:00" };

    [Fact]
    public async Task A_failure_long_after_another_that_was_given_up_disables_nobody()
    {
        receiver.Answers = StubReceiver.Status(503);
        var id = await SubscribeAsync();
        await ledger.ImportAsync(Written.Skill("first"));
        await UntilAsync(async () => (await DeliveriesAsync(id, "failed")).Count == 1);
        await ledger.ExecuteAsync("update ledger.webhook_subscriptions set failing_since = failing_since - interval '6 days'");

        await ledger.ImportAsync(Written.Skill("second"));

        await UntilAsync(async () => (await DeliveriesAsync(id, "failed")).Count == 2);
        (await WebhookAsync(id)).Text("state").ShouldBe("active");
    }

    [Fact]
    public async Task A_failure_after_a_success_of_the_same_turn_counts_from_now()
    {
        var answers = new Queue<int>([204, 503, 204]);
        receiver.Answers = context => StubReceiver.Status(answers.Dequeue())(context);
        var id = await SubscribeAsync();
        await ledger.ExecuteAsync("update ledger.webhook_subscriptions set wait_until = now() + interval '1 hour'");
        await ledger.ImportAsync(Written.Skill("first"), Written.Skill("second"));
        await ledger.ExecuteAsync("update ledger.webhook_subscriptions set wait_until = null, failures = 3, failing_since = now() - interval '6 days'");

        await UntilAsync(async () => (await DeliveriesAsync(id, "delivered")).Count == 2);

        (await WebhookAsync(id)).Text("state").ShouldBe("active");
    }

    [Theory]
    [InlineData("600", 10)]
    [InlineData("86400", 120)]
    [InlineData(null, 10)]
    public async Task Whoever_asks_for_time_has_it_up_to_the_longest_delay(string? seconds, int minutes)
    {
        receiver.Answers = context =>
        {
            context.Response.Headers.RetryAfter = seconds ?? DateTimeOffset.UtcNow.AddMinutes(minutes).ToString("R");
            return StubReceiver.Status(503)(context);
        };
        var id = await SubscribeAsync();

        await ledger.ImportAsync(Written.Skill("later"));

        await UntilAsync(async () => (await DeliveriesAsync(id, "pending")) is [var only] && only.GetProperty("attempts").GetInt32() == 1);
        var due = (await DeliveriesAsync(id, "pending"))[0].GetProperty("dueAt").GetDateTimeOffset() - DateTimeOffset.UtcNow;
        due.TotalMinutes.ShouldBeInRange(minutes - 1, minutes);
    }

    [Fact]
    public async Task What_waits_goes_at_once_when_the_webhook_is_enabled()
    {
        receiver.Answers = context =>
        {
            context.Response.Headers.RetryAfter = "3600";
            return StubReceiver.Status(503)(context);
        };
        var id = await SubscribeAsync();
        await ledger.ImportAsync(Written.Skill("waiting"));
        await UntilAsync(async () => (await DeliveriesAsync(id, "pending")) is [var only] && only.GetProperty("attempts").GetInt32() == 1);

        receiver.Answers = StubReceiver.Ok;
        (await ledger.PostAsync($"/api/webhooks/{id}/enable", new JsonObject())).Status.ShouldBe(200);

        await UntilAsync(async () => (await DeliveriesAsync(id, "delivered")).Count == 1);
    }

    [Fact]
    public async Task All_that_was_given_up_is_sent_again_by_one_command()
    {
        receiver.Answers = StubReceiver.Status(500);
        var id = await SubscribeAsync();
        await ledger.ImportAsync(Written.Skill("first"), Written.Skill("second"));
        await UntilAsync(async () => (await DeliveriesAsync(id, "failed")).Count == 2);
        receiver.Answers = StubReceiver.Ok;

        var run = await RunAsync("replay", id, "--failed");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Out.ShouldBe($"2 of {id} are sent again\n");
        await UntilAsync(async () => (await DeliveriesAsync(id, "delivered")).Count == 2);
        (await RunAsync("replay", "wh_unknown", "--failed")).ExitCode.ShouldBe(4);
    }

    [Fact]
    public async Task Slow_subscribers_with_much_to_hear_let_others_have_their_turn()
    {
        const int Lanes = 16, Skills = 12;
        var (heard, quick) = (new ConcurrentDictionary<string, int>(), "");
        receiver.Answers = async context =>
        {
            var who = context.Request.Query["n"].ToString();
            heard.AddOrUpdate(who, 1, (_, count) => count + 1);
            if (who != quick) await Task.Delay(TimeSpan.FromSeconds(1), context.RequestAborted);
            context.Response.StatusCode = 204;
        };
        await ledger.ExecuteAsync("alter table ledger.webhook_subscriptions alter column wait_until set default now() + interval '1 hour'");
        var numbers = new Dictionary<string, string>();
        for (var n = 0; n <= Lanes; n++)
        {
            var added = await AddAsync(new Uri(receiver.Url, $"/hook?n={n}").ToString(), allowPrivate: true);
            numbers.Add(added.Json.Text("id"), $"{n}");
        }
        quick = numbers.MaxBy(n => n.Key, StringComparer.Ordinal).Value;
        await ledger.ImportAsync(Enumerable.Range(1, Skills).Select(n => Written.Skill($"long-story-{n}")));

        await ledger.ExecuteAsync("update ledger.webhook_subscriptions set wait_until = null");

        await UntilAsync(() => Task.FromResult(heard.ContainsKey(quick)));
        heard.Where(h => h.Key != quick).ShouldAllBe(h => h.Value < Skills);
    }

    [Fact]
    public async Task A_key_stands_for_one_subscription()
    {
        JsonObject Wish(string path) => new()
        {
            ["url"] = new Uri(receiver.Url, path).ToString(),
            ["events"] = new JsonArray("tier", "version"),
            ["secret"] = StubReceiver.Secret,
            ["allowPrivate"] = true,
        };
        var key = ("Idempotency-Key", "once");
        var id = (await ledger.PostAsync("/api/webhooks", Wish("/hook"), key)).Json.Text("id");

        (await ledger.PostAsync("/api/webhooks", Wish("/hook"), key)).Json.Text("id").ShouldBe(id);
        (await ledger.PostAsync("/api/webhooks", Wish("/other"), key)).ShouldBeProblem(409, "idempotency-key");
        var otherSecret = Wish("/hook");
        otherSecret["secret"] = new string('s', 32);
        (await ledger.PostAsync("/api/webhooks", otherSecret, key)).ShouldBeProblem(409, "idempotency-key");

        (await ledger.PostAsync($"/api/webhooks/{id}/remove", new JsonObject())).Status.ShouldBe(200);
        (await ledger.PostAsync("/api/webhooks", Wish("/hook"), key)).ShouldBeProblem(409, "webhook-removed");
    }
}
