using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Infra.Queue;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests;

/// <summary>Calls as the Functions host makes them, with its traps (docs/adr/0002-custom-handler.md).</summary>
public sealed class HostProtocolTests(HostProtocolTests.Shared shared) : IClassFixture<HostProtocolTests.Shared>
{
    private readonly HandDrivenLedger ledger = shared.Ledger;

    public static TheoryData<string> Forms { get; } = ["base64", "object", "encoded once", "encoded twice", "encoded three times", "base64 in an encoded string"];

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task A_message_is_read_in_whichever_form_the_host_sends_it(string form)
    {
        var run = new Run(1) { Id = $"form {form}", Environment = "forms" };
        var body = run.ToEvent().ToJsonString();
        var base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(body));
        JsonNode data = form switch
        {
            "base64" => base64,
            "object" => run.ToEvent(),
            "encoded once" => body,
            "encoded twice" => JsonSerializer.Serialize(body),
            "encoded three times" => JsonSerializer.Serialize(JsonSerializer.Serialize(body)),
            _ => JsonSerializer.Serialize(base64),
        };

        var answer = await ledger.InvokeAsync("ProjectTrajectory", data, new JsonObject { ["MessageId"] = "\"m-1\"", ["DeliveryCount"] = "\"2\"" });

        answer.Status.ShouldBe(200, answer.Text);
        answer.ContentType.ShouldStartWith("application/json");
        answer.Json.GetProperty("Outputs").GetProperty("curation")[0].Text("subject").ShouldBe("forms.renew-loan");
        (await ledger.ScalarAsync<long>($"select count(*) from ledger.mt_events where type = 'trajectory_recorded' and data ->> 'sourceId' = '{run.Id}'")).ShouldBe(1);
        (await ledger.ScalarAsync<long>("select count(*) from ledger.dead_letters where source = 'https://library.test/desk'")).ShouldBe(0);
    }

    [Fact]
    public async Task Metadata_may_be_missing_or_odd()
    {
        var message = Convert.ToBase64String(Encoding.UTF8.GetBytes(new Run(2) { Environment = "bare" }.ToEvent().ToJsonString()));
        foreach (var body in new[]
        {
            $$$"""{"Data":{"message":"{{{message}}}"}}""",
            $$$"""{"Data":{"message":"{{{message}}}"},"Metadata":null}""",
            $$$"""{"Data":{"message":"{{{message}}}"},"Metadata":{"MessageId":7,"DeliveryCount":"many","CorrelationId":{"a":1},"UserProperties":"{}"}}""",
        })
            (await ledger.PostAsync("/ProjectTrajectory", body, "application/json")).Status.ShouldBe(200, body);
        (await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where type = 'trajectory_recorded' and data ->> 'environment' = 'bare'")).ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("\"text\"")]
    [InlineData("{\"Data\":{},\"Data\":{}}")]
    [InlineData("{\"Data\":{\"message\":\"\\ud800\"}}")]
    [InlineData("{\"Data\":{\"message\":\"a\",\"message\":\"b\"}}")]
    public async Task What_is_no_call_is_answered_with_400_and_the_program_goes_on(string body)
    {
        (await ledger.PostAsync("/ProjectTrajectory", body, "application/json")).ShouldBeProblem(400, "invocation");
        (await ledger.GetAsync("/")).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"Data\":null}")]
    [InlineData("{\"Data\":{}}")]
    [InlineData("{\"Data\":{\"message\":null}}")]
    [InlineData("{\"Data\":{\"message\":\"\"}}")]
    [InlineData("{\"Data\":{\"message\":{}}}")]
    [InlineData("{\"Data\":{\"message\":7}}")]
    [InlineData("{\"Data\":{\"other\":\"x\"}}")]
    public async Task An_empty_message_is_poison_and_not_given_back(string body)
    {
        foreach (var function in new[] { "ProjectTrajectory", "CurateFamily" })
        {
            var answer = await ledger.PostAsync($"/{function}", body, "application/json");
            answer.Status.ShouldBe(200, answer.Text);
            answer.Json.GetProperty("Outputs").ValueKind.ShouldBe(JsonValueKind.Object);
        }
    }

    [Fact]
    public async Task Poison_is_answered_with_200_and_an_object_and_kept_once_with_what_is_known_of_it()
    {
        var poison = new Run(3) { Id = "poison", Version = "ATIF-v9.9" }.ToEvent().ToJsonString();
        for (var i = 0; i < 2; i++)
        {
            var answer = await ledger.InvokeAsync("ProjectTrajectory", JsonValue.Create(poison), new JsonObject { ["MessageId"] = "broker-1", ["DeliveryCount"] = "3" });
            answer.Status.ShouldBe(200);
            answer.Json.GetProperty("Outputs").EnumerateObject().ShouldBeEmpty();
        }

        (await ledger.ColumnAsync("select concat_ws(' ', queue, message_id, source, reason, delivery_count) from ledger.dead_letters where message_id = 'poison'"))
            .ShouldBe(["trajectories poison https://library.test/desk atif-version 3"]);
    }

    [Fact]
    public async Task Poison_of_two_senders_that_gave_no_id_is_kept_twice()
    {
        foreach (var body in new[] { "first {", "second {", "first {" })
            (await ledger.InvokeAsync("ProjectTrajectory", JsonValue.Create(body), new JsonObject { ["CorrelationId"] = "no-id" })).Status.ShouldBe(200);

        (await ledger.ScalarAsync<long>("select count(*) from ledger.dead_letters where correlation_id = 'no-id'")).ShouldBe(2);
    }

    [Fact]
    public async Task A_dead_letter_that_is_put_back_is_read_as_it_was()
    {
        var run = new Run(7) { Id = "put-back", Environment = "put-back" };
        var kept = await ledger.Service<SealedMessages>().SealAsync("*DEFAULT*", Encoding.UTF8.GetBytes(run.ToEvent().ToJsonString()), TestContext.Current.CancellationToken);
        Encoding.UTF8.GetString(kept.Body).ShouldNotContain("renew_loan");

        (await ledger.InvokeAsync("ProjectTrajectory", kept.Body)).Status.ShouldBe(200);

        (await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where type = 'trajectory_recorded' and data ->> 'sourceId' = 'put-back'")).ShouldBe(1);
    }

    [Fact]
    public async Task What_may_go_well_later_is_answered_with_an_error_so_that_the_host_gives_it_back()
    {
        var answer = await ledger.InvokeAsync("ProjectTrajectory", new Run(4) { Id = "not-there-yet" }.Verdict(success: true));

        answer.Status.ShouldBe(503);
        (await ledger.ScalarAsync<long>("select count(*) from ledger.dead_letters where message_id like '%not-there-yet'")).ShouldBe(0);
    }

    [Fact]
    public async Task The_host_finds_the_program_ready_and_times_and_seals_by_it()
    {
        (await ledger.GetAsync("/")).Status.ShouldBe(200);
        foreach (var (function, body) in new[]
        {
            ("SweepLifecycle", """{"Data":{"timer":{"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"2026-01-01T00:00:00","Next":"2026-01-01T00:00:30","LastUpdated":"2026-01-01T00:00:00"},"IsPastDue":false}},"Metadata":{}}"""),
            ("SealLedger", """{"Data":{"message":"e30="},"Metadata":{}}"""),
        })
        {
            var answer = await ledger.PostAsync($"/{function}", body, "application/json");
            answer.Status.ShouldBe(200);
            answer.Json.GetProperty("Outputs").ValueKind.ShouldBe(JsonValueKind.Object);
        }
        (await ledger.PostAsync("/NoSuchFunction", "{}", "application/json")).ShouldBeProblem(404, "no-such-route");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task IngestEvents_answers_the_host_with_messages_for_the_queue_and_a_response_for_the_emitter(bool asObject)
    {
        var run = new Run(5) { Id = $"hosted-{asObject}", Environment = "hosted" };
        var answer = await CallIngestAsync(run.ToEvent(), asObject);

        answer.Status.ShouldBe(200);
        var outputs = answer.Json.GetProperty("Outputs");
        var response = outputs.GetProperty("res");
        response.GetProperty("statusCode").GetInt32().ShouldBe(202);
        response.GetProperty("headers").Text("Content-Type").ShouldBe("application/json");
        response.GetProperty("body").GetProperty("accepted").GetInt32().ShouldBe(1);
        var message = outputs.GetProperty("trajectories").EnumerateArray().Single();
        message.Text("id").ShouldBe(run.Id);
        message.TryGetProperty("data", out _).ShouldBeFalse();
        message.GetRawText().ShouldNotContain("borrowed");

        (await ledger.InvokeAsync("ProjectTrajectory", JsonNode.Parse(message.GetRawText())!.ToJsonString())).Status.ShouldBe(200);
        var again = (await CallIngestAsync(run.ToEvent(), asObject)).Json.GetProperty("Outputs");
        again.GetProperty("res").GetProperty("body").GetProperty("duplicate").GetInt32().ShouldBe(1);
        again.TryGetProperty("trajectories", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task IngestEvents_refuses_through_the_host_as_it_does_directly()
    {
        var response = (await CallIngestAsync(new Run(6) { Version = "ATIF-v8.0" }.ToEvent(), asObject: false)).Json.GetProperty("Outputs").GetProperty("res");

        response.GetProperty("statusCode").GetInt32().ShouldBe(400);
        response.GetProperty("headers").Text("Content-Type").ShouldBe("application/problem+json");
        response.GetProperty("body").Text("code").ShouldBe("atif-version");

        var nothing = (await ledger.PostAsync("/IngestEvents", """{"Data":{},"Metadata":{}}""", "application/json")).Json.GetProperty("Outputs").GetProperty("res");
        nothing.GetProperty("statusCode").GetInt32().ShouldBe(415);
    }

    [Fact]
    public void Every_function_has_a_file_that_says_its_one_trigger_and_where_its_messages_may_go()
    {
        var functions = FunctionFile.ReadAll(AppContext.BaseDirectory);

        functions.Select(f => f.Name).ShouldBe(
            ["Audit", "Console", "CurateFamily", "Healthz", "IngestEvents", "LedgerApi", "Mcp", "ProjectTrajectory", "Readyz", "RunValidation", "SealLedger", "SweepLifecycle", "UpdateIndex"],
            ignoreOrder: true);
        // What the host forwards as it came reaches its route; all others go through the table.
        functions.Where(f => !f.IsForwarded).Select(f => f.Name).ShouldBe(FunctionTable.All.Keys, ignoreOrder: true);
        functions.ShouldAllBe(f => f.Bindings.Count(b => b.Direction == "in") == 1 && f.Bindings.Count(b => b.Type.EndsWith("Trigger", StringComparison.Ordinal)) == 1);
        functions.SelectMany(f => f.Bindings).Where(b => b.Type.StartsWith("serviceBus", StringComparison.Ordinal)).ShouldAllBe(b => QueueNames.All.Contains(b.QueueName));
        functions.Where(f => f.Trigger.Type == "serviceBusTrigger").Select(f => f.Trigger.QueueName).ShouldBeUnique();
        OutputsOf("IngestEvents").ShouldBe(["trajectories", "validation-jobs"]);
        OutputsOf("ProjectTrajectory").ShouldBe(["curation"]);
        OutputsOf("CurateFamily").ShouldBe(["seal"]);
        OutputsOf("SweepLifecycle").ShouldBe(["curation", "validation-jobs", "index-updates"]);
        OutputsOf("SealLedger").ShouldBe(["validation-jobs", "index-updates"]);

        IEnumerable<string?> OutputsOf(string name) => functions.Single(f => f.Name == name).Bindings.Where(b => b is { Direction: "out", QueueName: not null }).Select(b => b.QueueName);
    }

    [Fact]
    public void The_files_are_those_that_lie_beside_the_functions_source()
    {
        foreach (var built in FunctionFile.ReadAll(AppContext.BaseDirectory))
        {
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, built.Name, "function.json"))
                .ShouldBe(File.ReadAllText(Path.Combine(Repository.Root, "functions", built.Name, "function.json")));
        }
    }

    private Task<Answer> CallIngestAsync(JsonObject cloudEvent, bool asObject)
    {
        var request = new JsonObject
        {
            ["Url"] = "https://pipeline.test/api/events",
            ["Method"] = "POST",
            ["Query"] = "{}",
            ["Headers"] = new JsonObject { ["Content-Type"] = new JsonArray("application/cloudevents+json"), ["Host"] = new JsonArray("pipeline.test") },
            ["Params"] = new JsonObject(),
            ["Identities"] = new JsonArray(),
            ["Body"] = asObject ? cloudEvent : cloudEvent.ToJsonString(),
        };
        return ledger.PostAsync("/IngestEvents", new JsonObject { ["Data"] = new JsonObject { ["req"] = request }, ["Metadata"] = new JsonObject() });
    }

    public sealed class Shared(PostgresFixture postgres) : IAsyncLifetime
    {
        internal HandDrivenLedger Ledger { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Ledger = await HandDrivenLedger.StartAsync(postgres);

        public ValueTask DisposeAsync() => Ledger.DisposeAsync();
    }
}
