using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Infra.Queue;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Hosted;

/// <summary>The published program under the Functions host: everything of it by the function.json files alone.</summary>
public sealed class HostedTests(HostedTests.Shared shared) : IClassFixture<HostedTests.Shared>
{
    private readonly HostedLedger ledger = shared.Ledger;

    [Fact]
    public void The_published_folder_is_laid_out_as_the_host_expects_it()
    {
        var folder = shared.Folder;

        var host = HostFile.Read(folder);
        File.Exists(host.Executable).ShouldBeTrue();
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(host.Executable).HasFlag(UnixFileMode.OtherExecute | UnixFileMode.UserExecute).ShouldBeTrue();
        host.RoutePrefix.ShouldBe("");
        host.ProxiesHttp.ShouldBeTrue();
        HostedFunction.ReadAll(folder).Select(f => f.Name).ShouldBe(Pipeline.Functions.Hosting.FunctionFile.ReadAll(AppContext.BaseDirectory).Select(f => f.Name), ignoreOrder: true);
        Directory.EnumerateFiles(folder, "*.dll").Select(Path.GetFileName).ShouldContain("System.Private.CoreLib.dll", "the custom runtime carries no .NET");
        Directory.EnumerateFiles(folder, "local.settings.json").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_trajectory_goes_its_whole_way_under_the_host()
    {
        var emitted = await ledger.EmitAsync(Run.Many(6).Select(r => r with { Id = $"whole-{r.Number}", Environment = "whole" }));
        emitted.Status.ShouldBe(202, emitted.Text);
        emitted.Json.GetProperty("accepted").GetInt32().ShouldBe(6);

        await ledger.SettleAsync();

        var skill = await ledger.ReadAsync("/api/skills/whole-renew-loan");
        skill.ToString().ShouldContain("latest");
        (await ledger.ReadAsync("/api/search?q=renew+the+loan&environment=whole")).GetProperty("results")[0].Text("name").ShouldBe("whole-renew-loan");
        (await ledger.GetAsync("/checkpoint")).Text.ShouldContain("\n");
        (await ledger.GetAsync("/healthz")).Text.ShouldBe("ok\n");
        (await ledger.GetAsync("/readyz")).Text.ShouldBe("ready\n");
        (await ledger.GetAsync("/console", ("Accept", "text/html"))).Status.ShouldBe(200);
        (await ledger.PostAsync("/mcp", new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = "tools/list" }, ("Accept", "application/json, text/event-stream"))).Text.ShouldContain("search_skills");
        // Each queue was used; but for that of the index, since the embedded one needs none.
        ledger.Bus.Sent.Select(m => m.Queue).Distinct().ShouldBe(QueueNames.All.Except([QueueNames.IndexUpdates]), ignoreOrder: true);
    }

    [Fact]
    public async Task The_timer_runs_on_time_and_past_due()
    {
        (await ledger.Host.FireAsync("SweepLifecycle")).ShouldNotBeNull(string.Join('\n', ledger.Host.Failures));
        (await ledger.Host.FireAsync("SweepLifecycle", isPastDue: true)).ShouldNotBeNull();
    }

    [Fact]
    public async Task What_may_go_well_later_is_held_for_a_while_and_comes_again()
    {
        var run = new Run(20) { Id = "late", Environment = "late" };
        (await ledger.EmitAsync(run)).Status.ShouldBe(202);
        ledger.Bus.Send("trajectories", Encoding.UTF8.GetBytes(run.Verdict(success: false).ToJsonString()), "verdict-close-behind");
        await UntilAsync(async () => await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where type = 'trajectory_outcome_corrected'") == 1);

        ledger.Bus.Send("trajectories", Encoding.UTF8.GetBytes(new Run(21) { Id = "never" }.Verdict(success: true).ToJsonString()), "verdict-on-nothing");
        await UntilAsync(async () => await ledger.ScalarAsync<long>("select count(*) from ledger.dead_letters where reason = 'trajectory-unknown' and delivery_count > 1") == 1);
        ledger.Host.Failures.ShouldContain(f => f.StartsWith("ProjectTrajectory", StringComparison.Ordinal) && f.Contains("503", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_fails_whenever_it_comes_ends_among_the_dead_letters_of_the_broker()
    {
        ledger.Bus.MaxDeliveryCount = 3;
        await ledger.ExecuteAsync("alter table ledger.inbox rename to inbox_away");
        try
        {
            ledger.Bus.Send("trajectories", Encoding.UTF8.GetBytes(new Run(22) { Id = "unlucky", Environment = "unlucky" }.ToEvent().ToJsonString()), "unlucky");
            await UntilAsync(() => ledger.Bus.DeadLetters.Any(m => m.MessageId == "unlucky" && m.DeliveryCount == 3));
        }
        finally
        {
            await ledger.ExecuteAsync("alter table ledger.inbox_away rename to inbox");
            ledger.Bus.MaxDeliveryCount = 10;
        }
    }

    [Fact]
    public async Task Poison_is_kept_with_its_broker_s_id_and_does_not_come_again()
    {
        ledger.Bus.Send("trajectories", "no event"u8.ToArray(), "poison-1");

        await UntilAsync(async () => await ledger.ScalarAsync<long>("select count(*) from ledger.dead_letters where message_id = 'poison-1'") == 1);
        (await ledger.ScalarAsync<int>("select delivery_count from ledger.dead_letters where message_id = 'poison-1'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_dead_letter_that_is_put_back_goes_to_the_broker_once_it_is_there()
    {
        var run = new Run(30) { Id = "put-back", Environment = "putback", Version = "ATIF-v9.9" };
        ledger.Bus.Send("trajectories", Encoding.UTF8.GetBytes(run.ToEvent().ToJsonString()), "put-back");
        await UntilAsync(async () => await ledger.ScalarAsync<long>("select count(*) from ledger.dead_letters where message_id = 'put-back'") == 1);
        var id = await ledger.ScalarAsync<long>("select id from ledger.dead_letters where message_id = 'put-back'");
        var before = ledger.Bus.Sent.Count(m => m.Queue == "trajectories");

        ledger.Bus.IsAway = true;
        (await ledger.PostAsync($"/api/dead-letters/{id}/retry", new JsonObject())).Status.ShouldBe(200);
        await UntilAsync(async () => await ledger.ScalarAsync<long>("select count(*) from ledger.queue_messages where queue = 'trajectories'") == 1);
        ledger.Bus.Sent.Count(m => m.Queue == "trajectories").ShouldBe(before);
        ledger.Bus.IsAway = false;

        await UntilAsync(() => ledger.Bus.Sent.Count(m => m.Queue == "trajectories") > before);
        await UntilAsync(async () => await ledger.ScalarAsync<long>("select count(*) from ledger.queue_messages where queue = 'trajectories'") == 0);
    }

    [Theory]
    [InlineData("/ProjectTrajectory")]
    [InlineData("/SealLedger")]
    [InlineData("/IngestEvents")]
    public async Task No_function_of_a_queue_or_timer_can_be_called_from_outside(string path)
    {
        (await ledger.PostAsync(path, new JsonObject { ["Data"] = new JsonObject(), ["Metadata"] = new JsonObject() })).Status.ShouldBe(404);
        // Nor past the routes, should they ever let it through.
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(ledger.Host.Url, path)) { Content = new StringContent("""{"Data":{},"Metadata":{}}""", Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        using var answer = await ledger.Host.ForwardAsync(request);
        ((int)answer.StatusCode).ShouldBe(404);
    }

    [Fact]
    public async Task A_body_that_the_host_would_lose_or_spoil_is_refused_in_words()
    {
        var batch = new JsonArray(new Run(40) { Environment = "chunks" }.ToEvent()).ToJsonString();
        using var chunked = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(batch)));
        chunked.Headers.ContentType = new("application/cloudevents-batch+json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/events") { Content = chunked };
        request.Headers.TransferEncodingChunked = true;
        using var answer = await ledger.Http.SendAsync(request, TestContext.Current.CancellationToken);
        (await Answer.ReadAsync(answer, TestContext.Current.CancellationToken)).ShouldBeProblem(411, "length-required");

        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(batch));
        var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentType = new("application/cloudevents-batch+json");
        content.Headers.ContentEncoding.Add("gzip");
        (await ledger.SendAsync(HttpMethod.Post, "/api/events", content)).ShouldBeProblem(415, "content-encoding");
    }

    [Fact]
    public async Task From_outside_nothing_is_done_for_who_shows_no_token()
    {
        using var outside = new HttpClient { BaseAddress = ledger.Http.BaseAddress };
        foreach (var path in (string[])["/api/skills", "/api/status", "/console"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("X-MS-CLIENT-PRINCIPAL-IDP", "aad");
            request.Headers.Add("X-MS-CLIENT-PRINCIPAL", "eyJjbGFpbXMiOltdfQ==");
            using var answer = await outside.SendAsync(request, TestContext.Current.CancellationToken);
            ((int)answer.StatusCode).ShouldBe(401, path);
        }
        using var body = new StringContent("[]", Encoding.UTF8, "application/cloudevents-batch+json");
        using var events = await outside.PostAsync("/api/events", body, TestContext.Current.CancellationToken);
        ((int)events.StatusCode).ShouldBe(401);
        events.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer realm=\"pipeline\"");
        (await events.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("token-needed");
        foreach (var path in (string[])["/healthz", "/readyz"]) (await outside.GetStringAsync(path, TestContext.Current.CancellationToken)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_form_comes_from_the_address_that_the_platform_says_it_was_sent_to()
    {
        async Task<int> SendAsync(string origin) => (await ledger.PostAsync("/console/skills/x/change/approve", "", "application/x-www-form-urlencoded",
            ("Origin", origin), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "pipeline.test"))).Status;

        (await SendAsync("https://evil.test")).ShouldBe(403);
        // Past the first lock, to the second.
        (await SendAsync("https://pipeline.test")).ShouldBe(400);
    }

    [Fact]
    public async Task Without_identity_it_does_not_start_under_the_host()
    {
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var worker = HostedWorker.Start(
            HostFile.Read(shared.Folder), shared.Folder, new Dictionary<string, string> { ["ConnectionStrings__Ledger"] = ledger.ConnectionString, ["PIPELINE_HOME"] = Path.GetTempPath() }, () => exited.SetResult());

        await exited.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        await UntilAsync(() => worker.Log.Contains("set Identity__Issuer, Identity__Audience and Identity__Tenant", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_pass_through_as_they_came()
    {
        // In chunks, which only LedgerApi may be sent.
        using var body = new StreamContent(new MemoryStream("""{"queries":[{"id":"1","text":"renew"}]}"""u8.ToArray()));
        body.Headers.ContentType = new("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/search") { Content = body };
        request.Headers.TransferEncodingChunked = true;
        using var answer = await ledger.Http.SendAsync(request, TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBe(200, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        (await ledger.GetAsync("/api/skills/nobody-knows-it")).ShouldBeProblem(404, "skill-unknown");
        (await ledger.GetAsync("/admin/host/status")).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("""{"Data":{"message":"e30="},"Metadata":{"RetryContext":{"RetryCount":1,"MaxRetryCount":3,"Exception":null},"DeliveryCount":"2"}}""", true)]
    [InlineData("""{"Data":{"message":"[\"e30=\",\"e30=\"]"},"Metadata":{"DeliveryCountArray":"[1,1]","MessageIdArray":"[\"a\",\"b\"]"}}""", false)]
    public async Task A_call_that_is_tried_again_is_one_like_others_and_a_batch_is_given_back(string call, bool taken)
    {
        var before = await ledger.ScalarAsync<long>("select count(*) from ledger.dead_letters");

        (await ledger.Host.InvokeAsync(ledger.Host.Function("SealLedger"), JsonNode.Parse(call)!.AsObject()) is not null).ShouldBe(taken);

        (await ledger.ScalarAsync<long>("select count(*) from ledger.dead_letters")).ShouldBe(before);
    }

    private static Task UntilAsync(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(90));
        while (!await holds()) await Task.Delay(30, patience.Token);
    }

    public sealed class Shared(PostgresFixture postgres) : IAsyncLifetime
    {
        internal HostedLedger Ledger { get; private set; } = null!;
        internal string Folder { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            Folder = await PublishedProgram.FolderAsync();
            Ledger = await HostedLedger.StartAsync(postgres);
        }

        public ValueTask DisposeAsync() => Ledger.DisposeAsync();
    }
}
