using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Telemetry;

public sealed class TelemetryTests(PostgresFixture postgres)
{
    private const string First = "0af7651916cd43dd8448eb211c80319c", Second = "1bf7651916cd43dd8448eb211c80319d";
    private const string Marker = "marker-9f2b71";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_trace_goes_from_the_emitters_post_to_the_version_of_a_skill()
    {
        await using var collector = await StubCollector.StartAsync();
        await using var running = await StartAsync(collector.Url.AbsoluteUri);

        await running.EmitAsync(First, Run.Many(4).Select(r => r with { Environment = "first" }));
        await running.EmitAsync(Second, Run.Many(4, from: 20).Select(r => r with { Environment = "second" }));
        await running.Ledger.SettleAsync();
        await running.StopAsync();

        foreach (var (trace, environment) in new[] { (First, "first"), (Second, "second") })
        {
            var spans = collector.Spans.Where(s => s.TraceId == trace).ToList();
            foreach (var name in new[] { "POST /api/events", "IngestEvents", "ProjectTrajectory", "CurateFamily", "curate", "request validation", "RunValidation" })
                spans.Select(s => s.Name).ShouldContain(name);
            // All but the first hang on another of the same trace.
            spans.Where(s => s.Name != "POST /api/events").ShouldAllBe(s => spans.Any(parent => parent.SpanId == s.ParentId));
            (await running.Ledger.ColumnAsync($"select headers ->> 'traceparent' from ledger.mt_events where type = 'skill_created' and stream_id like '%{environment}-%'"))
                .ShouldHaveSingleItem().ShouldContain(trace);
        }
        collector.Spans.Select(s => s.Name).ShouldContain("seal");
        collector.Paths.ShouldBe(["/v1/metrics", "/v1/traces"]);
    }

    [Fact]
    public async Task Metrics_say_what_came_what_waits_and_what_was_decided_and_nothing_says_what_was_in_it()
    {
        await using var collector = await StubCollector.StartAsync();
        await using var running = await StartAsync(collector.Url.AbsoluteUri, new()
        {
            ["Logging:Format"] = "json",
            // All that the program says; the web server below that level says paths.
            ["Logging:LogLevel:Default"] = "Trace",
            ["Logging:LogLevel:Microsoft"] = "Warning",
            ["Logging:LogLevel:System"] = "Warning",
        });
        var runs = Run.Many(3).Select(r => r with { Subject = $"reader-{Marker}", Asks = $"I am {Marker}.", Finds = Marker, Task = Marker }).ToList();

        await running.EmitAsync(First, runs);
        await running.Ledger.SettleAsync();
        await running.EmitAsync(First, runs.Take(1).Select(r => r with { Succeeded = false }), 409);
        (await running.Ledger.PostAsync("/api/events", $"{{\"specversion\":\"1.0\",\"id\":\"{Marker}\"", RunningLedger.Structured)).Status.ShouldBe(400);
        await running.Ledger.GetAsync($"/api/skills/{Marker}?q={Marker}");
        await running.Ledger.SettleAsync();
        await running.StopAsync();

        foreach (var name in new[]
        {
            "pipeline.ingest.events", "pipeline.refusals", "pipeline.curation.decisions", "pipeline.queue.messages", "pipeline.queue.oldest_message.age", "pipeline.seal.unsealed_events",
            "pipeline.seal.oldest_event.age", "pipeline.read_model.lag", "pipeline.log.stopped", "http.server.request.duration",
        })
            collector.Metrics.ShouldContain(name);
        collector.Text.ShouldContain("event-conflict");
        collector.Text.ShouldNotContain(Marker);
        running.Log.ShouldNotContain(Marker);
    }

    [Fact]
    public async Task Without_a_collector_no_trace_is_begun_and_nothing_is_sent()
    {
        await using var collector = await StubCollector.StartAsync();
        await using var running = await StartAsync("");

        await running.EmitAsync("", Run.Many(3));
        await running.Ledger.SettleAsync();
        await running.StopAsync();

        collector.Paths.ShouldBeEmpty();
        (await running.Ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where headers ? 'traceparent'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_line_of_the_log_is_one_json_object_with_its_function_and_trace()
    {
        await using var collector = await StubCollector.StartAsync();
        await using var running = await StartAsync(collector.Url.AbsoluteUri, new() { ["Logging:Format"] = "json" });

        await running.EmitAsync(First, [new Run(1) { Version = "ATIF-v9.9" }], 400);
        // What an emitter wrote to the queue itself cannot be refused at the door.
        await running.Ledger.ExecuteAsync("insert into ledger.queue_messages (queue, message_id, body, content_type, correlation_id, subject, properties) values ('trajectories', 'm', 'x', '', '', '', '{}')");
        while (!running.Log.Contains("dead letter", StringComparison.Ordinal)) await Task.Delay(50, Stop);
        await running.StopAsync();

        var line = running.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l.StartsWith('{')).Select(l => JsonElement.Parse(l)).First(l => l.GetProperty("message").GetString()!.Contains("dead letter", StringComparison.Ordinal));
        line.GetProperty("function").GetString().ShouldBe("ProjectTrajectory");
        line.GetProperty("invocation").GetString().ShouldNotBeNullOrEmpty();
        line.GetProperty("level").GetString().ShouldBe("warning");
        line.GetProperty("time").GetString()!.ShouldEndWith("Z");
        collector.Spans.Select(s => s.TraceId).ShouldContain(line.GetProperty("traceId").GetString());
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost")]
    [InlineData("Logging:Format", "xml")]
    public async Task What_cannot_be_used_is_said_at_the_start(string setting, string value)
    {
        using var program = PipelineProcess.Start(RunningLedger.NewHome(), await postgres.CreateDatabaseAsync(), new Dictionary<string, string?> { [setting] = value }, "up", "--port", "0", "--no-samples");

        (await program.EndAsync()).ShouldNotBe(0);
        program.Error.ShouldContain(setting.Replace(":", "__", StringComparison.Ordinal));
    }

    private async Task<Running> StartAsync(string endpoint, Dictionary<string, string?>? settings = null)
    {
        var (home, database) = (RunningLedger.NewHome(), await postgres.CreateDatabaseAsync());
        var all = new Dictionary<string, string?>(settings ?? [])
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint,
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
        };
        var program = PipelineProcess.Start(home, database, all, "up", "--port", "0", "--no-samples");
        return new(program, new(database, await program.UrlAsync()));
    }

    private sealed class Running(PipelineProcess program, ServedLedger ledger) : IAsyncDisposable
    {
        public ServedLedger Ledger => ledger;
        public string Log => program.Error;

        public async Task EmitAsync(string trace, IEnumerable<Run> runs, int status = 202)
        {
            var body = new JsonArray([.. runs.Select(r => (JsonNode)r.ToEvent())]).ToJsonString(LedgerJson.Options);
            (string, string)[] headers = trace.Length > 0 ? [("traceparent", $"00-{trace}-b7ad6b7169203331-01")] : [];
            var answer = await ledger.PostAsync("/api/events", body, RunningLedger.Batch, headers);
            answer.Status.ShouldBe(status, answer.Text);
        }

        /// <summary>What is left goes out as it stops.</summary>
        public Task<int> StopAsync() => program.TerminateAsync();

        public async ValueTask DisposeAsync()
        {
            program.Dispose();
            await ledger.DisposeAsync();
        }
    }
}
