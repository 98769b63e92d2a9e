using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Infra.Postgres;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Webhooks;

public sealed class WebhookTests(PostgresFixture postgres) : WebhookScenario(postgres)
{
    [Fact]
    public async Task A_subscriber_is_told_of_what_it_asked_for_in_order_signed_and_not_of_what_was_before()
    {
        await ledger.ImportAsync(Written.Skill("before"));
        var id = await SubscribeAsync("version", "alias");

        await ledger.ImportAsync(Written.Skill("sweep-floor", "First."));
        await ledger.ImportAsync(Written.Skill("sweep-floor", "Second."));
        await AppendAsync("sweep-floor", new SkillEvent.AliasMoved("production", null, 1, "it is good"), new SkillEvent.TierDecided(1, "d", Tier.Q, Tier.T1, "strict@1", [], []));
        (await ledger.PostAsync("/api/skills/sweep-floor/revoke", new JsonObject { ["version"] = 2, ["reason"] = "it leaks" })).Status.ShouldBe(200);

        // The alias had moved to where it must not be, and goes with the next decision.
        var told = await ToldAsync(5);
        told.Select(d => d.Type.Split('.')[2]).ShouldBe(["skill_created", "skill_improved", "alias_moved", "version_revoked", "alias_removed"]);
        told.ShouldAllBe(d => d.IsSigned && d.ContentType.StartsWith("application/cloudevents+json") && d.Event.GetProperty("subject").GetString() == "sweep-floor");
        told.Select(d => d.Id).Distinct().Count().ShouldBe(5);
        var digest = (await ledger.ReadAsync("/api/skills/sweep-floor/versions/2")).GetProperty("version").Text("digest");
        told[1].Event.GetProperty("data").Text("digest").ShouldBe(digest);
        told[2].Event.GetProperty("data").GetProperty("toVersion").GetInt32().ShouldBe(1);
        told[3].Event.GetProperty("data").Text("reason").ShouldBe("it leaks");
        Encoding.UTF8.GetByteCount(told[0].Body).ShouldBeLessThan(1000);

        await UntilAsync(async () => (await DeliveriesAsync(id, "delivered")).Count == 5);
        (await ledger.ReadAsync("/api/webhooks")).GetProperty("webhooks")[0].GetProperty("pending").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task What_failed_is_sent_again_under_the_same_id_with_the_same_body_until_it_is_taken()
    {
        var refusals = 3;
        receiver.Answers = context => StubReceiver.Status(refusals-- > 0 ? 500 : 204)(context);
        var id = await SubscribeAsync();

        await ledger.ImportAsync(Written.Skill("again"));

        var told = await ToldAsync(4);
        told.Select(d => d.Id).Distinct().ShouldHaveSingleItem();
        told.Select(d => d.Body).Distinct().ShouldHaveSingleItem();
        told.ShouldAllBe(d => d.IsSigned);
        await UntilAsync(async () => (await DeliveriesAsync(id, "delivered")) is [var only] && only.GetProperty("attempts").GetInt32() == 4);
    }

    [Fact]
    public async Task Who_hangs_or_talks_for_ever_disturbs_nobody_else()
    {
        await using var hanging = await StubReceiver.StartAsync();
        await using var talking = await StubReceiver.StartAsync();
        (hanging.Answers, talking.Answers) = (StubReceiver.Hang, StubReceiver.TalkForEver);
        var hung = await SubscribeToAsync(hanging);
        var talked = await SubscribeToAsync(talking);
        await SubscribeAsync();

        for (var n = 0; n < 3; n++) await ledger.ImportAsync(Written.Skill($"calm-{n}"));

        await ToldAsync(3);
        await UntilAsync(async () => (await DeliveriesAsync(hung, "pending")).Any(d => d.Text("lastError").Contains("no answer within 2 seconds")));
        // It said yes; what else it says nobody listens to.
        await UntilAsync(async () => (await DeliveriesAsync(talked, "delivered")).Count == 3);
        (await ledger.ReadAsync("/api/status")).GetProperty("sealed").GetInt64().ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task A_redirection_is_not_followed()
    {
        await using var inside = await StubReceiver.StartAsync();
        receiver.Answers = context =>
        {
            context.Response.Headers.Location = new Uri(inside.Url, "/secret").ToString();
            return StubReceiver.Status(307)(context);
        };
        var id = await SubscribeAsync();

        await ledger.ImportAsync(Written.Skill("elsewhere"));

        await UntilAsync(async () => (await DeliveriesAsync(id, "pending")) is [var only] && only.Text("lastError").Contains("redirections are not followed"));
        inside.Strays.ShouldBe(0);
    }

    [Fact]
    public async Task A_public_subscription_whose_name_leads_inside_is_not_called()
    {
        (await AddAsync("http://example.test/hook", allowPrivate: false)).ShouldBeProblem(400, "webhook-url");
        (await AddAsync("https://user:pass@example.test/hook", allowPrivate: false)).ShouldBeProblem(400, "webhook-url");
        (await AddAsync("ftp://example.test/hook", allowPrivate: true)).ShouldBeProblem(400, "webhook-url");
        foreach (var host in new[] { "127.0.0.1", "2130706433", "0x7f.1", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:169.254.169.254]" })
            (await AddAsync($"https://{host}/hook", allowPrivate: false)).ShouldBeProblem(400, "webhook-address");
        (await AddAsync("http://169.254.169.254/latest", allowPrivate: true)).ShouldBeProblem(400, "webhook-address");

        // A name can mean anything by the time it is called.
        var added = await AddAsync($"https://localhost:{receiver.Url.Port}/hook", allowPrivate: false);
        added.Status.ShouldBe(200, added.Text);
        await ledger.ImportAsync(Written.Skill("outside"));

        await UntilAsync(async () => (await DeliveriesAsync(added.Json.Text("id"), "pending")) is [var only] && only.Text("lastError").Contains("no public address"));
        receiver.Deliveries.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_fails_too_long_or_is_gone_is_disabled_with_the_reason_and_goes_on_where_it_stood_when_enabled()
    {
        await using var gone = await StubReceiver.StartAsync();
        (receiver.Answers, gone.Answers) = (StubReceiver.Status(503), StubReceiver.Status(410));
        var failing = await SubscribeAsync();
        var left = await SubscribeToAsync(gone);

        await ledger.ImportAsync(Written.Skill("unheard"));

        await UntilAsync(async () => (await WebhookAsync(failing)).Text("state") == "disabled");
        (await WebhookAsync(failing)).Text("reason").ShouldContain("it answered 503");
        (await WebhookAsync(left)).Text("reason").ShouldContain("410");
        gone.Deliveries.Count.ShouldBe(1);

        receiver.Answers = StubReceiver.Ok;
        await ledger.ImportAsync(Written.Skill("heard"));
        (await ledger.PostAsync($"/api/webhooks/{failing}/enable", new JsonObject())).Status.ShouldBe(200);
        await UntilAsync(async () => (await DeliveriesAsync(failing, "delivered")).Select(d => d.Text("skill")).Order(StringComparer.Ordinal).SequenceEqual(["heard", "unheard"]));
    }

    [Fact]
    public async Task The_secret_is_encrypted_told_to_nobody_and_destroyed_with_the_subscription()
    {
        var id = await SubscribeAsync();
        var plain = Convert.ToHexStringLower(Convert.FromBase64String(StubReceiver.Secret["whsec_".Length..]));

        (await ledger.ScalarAsync<string>("select encode(secret, 'hex') from ledger.webhook_subscriptions")).ShouldNotContain(plain);
        (await ledger.GetAsync("/api/webhooks")).Text.ShouldNotContain("secret", Case.Insensitive);
        ledger.Log.Text.ShouldNotContain(StubReceiver.Secret);
        (await ledger.PostAsync($"/api/webhooks/{id}/remove", new JsonObject())).Status.ShouldBe(200);

        (await ledger.PostAsync($"/api/webhooks/{id}/remove", new JsonObject())).ShouldBeProblem(404, "webhook-unknown");
        (await ledger.ScalarAsync<long>("select count(*) from ledger.webhook_deliveries")).ShouldBe(0);
        (await ledger.PostAsync("/api/webhooks", new JsonObject { ["url"] = "https://example.test/h", ["events"] = new JsonArray("version"), ["secret"] = "short" })).ShouldBeProblem(400, "webhook-secret");
        (await ledger.PostAsync("/api/webhooks", new JsonObject { ["url"] = "https://example.test/h", ["events"] = new JsonArray("all"), ["secret"] = StubReceiver.Secret })).ShouldBeProblem(400, "bad-request");
        (await ledger.PostAsync("/api/webhooks", new JsonObject { ["url"] = "https://example.test/h", ["events"] = new JsonArray(), ["secret"] = StubReceiver.Secret })).ShouldBeProblem(400, "webhook-events");
    }

    [Fact]
    public async Task From_the_command_line_one_subscribes_sees_replays_and_ends_it()
    {
        using var folder = new ScratchFolder();
        var secret = folder.Write("secret", StubReceiver.Secret + "\n");
        var added = await RunAsync("add", new Uri(receiver.Url, "/hook").ToString(), "--events", "version", "--secret-file", secret, "--allow-private");
        added.ExitCode.ShouldBe(0, added.Error);
        var id = added.Out.Trim();
        await ledger.ImportAsync(Written.Skill("by-hand"));
        var first = (await ToldAsync(1))[0];
        await UntilAsync(async () => (await DeliveriesAsync(id, "delivered")).Count == 1);

        (await RunAsync("list")).Out.ShouldContain($"{id}  {new Uri(receiver.Url, "/hook")}  version  active  0");
        (await RunAsync("deliveries", id)).Out.ShouldContain(first.Id);
        (await RunAsync("replay", first.Id)).ExitCode.ShouldBe(0);

        var again = (await ToldAsync(2))[1];
        again.Id.ShouldBe(first.Id);
        again.Body.ShouldBe(first.Body);
        again.IsSigned.ShouldBeTrue();
        (await RunAsync("replay", "msg_unknown")).ExitCode.ShouldBe(4);
        (await RunAsync("add", "https://example.test", "--events", "everything", "--secret-file", secret)).ExitCode.ShouldBe(2);
        (await RunAsync("remove", id)).ExitCode.ShouldBe(0);
        (await RunAsync("list")).Error.ShouldContain("There are none");
    }

    private async Task AppendAsync(string skill, params IReadOnlyList<ILedgerEvent> events)
    {
        var stream = Streams.Of(Streams.Skill, skill);
        var at = (await ledger.Store.ReadStreamAsync(EventContext.DefaultTenant, stream, ct: Stop))[^1].Version;
        var outcome = await ledger.Store.AppendAsync(new()
        {
            Context = new() { Actor = new(ActorKind.Admin, "test"), CausationId = "test", CorrelationId = "test", DecidedBy = "test", RecordedAt = DateTimeOffset.UnixEpoch },
            Streams = [new(stream, Streams.Skill, at, events)],
        }, Stop);
        outcome.ShouldBeOfType<AppendOutcome.Appended>();
    }
}
