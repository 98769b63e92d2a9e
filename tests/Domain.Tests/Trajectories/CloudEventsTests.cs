using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Tests.Trajectories;

public sealed class CloudEventsTests
{
    private const string Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    [Fact]
    public void A_structured_event_gives_its_attributes_extensions_and_data()
    {
        var e = CloudEvents.ParseStructured(Bytes(Event(e =>
        {
            e["time"] = "2026-01-31T12:00:00.123456789+01:00";
            e["subject"] = "task 7";
            e["traceparent"] = Trace;
            e["datasubject"] = "customer-1";
            e["sampled"] = true;
            e["unset"] = null;
        }))).Accepted();

        (e.Id, e.Source, e.Type, e.Subject).ShouldBe(("run-1", "shop/agent", EventTypes.Trajectory, "task 7"));
        e.Time.ShouldBe(new DateTimeOffset(2026, 1, 31, 11, 0, 0, TimeSpan.Zero).AddTicks(1234567));
        (e.TraceParent, e.DataSubject).ShouldBe((Trace, "customer-1"));
        e.Extensions.Keys.Order().ShouldBe(["datasubject", "sampled", "traceparent"]);
        e.Extensions["sampled"].ShouldBe("true");
        e.Data.GetProperty("x").GetInt32().ShouldBe(1);
    }

    [Fact]
    public void The_three_modes_say_the_same()
    {
        var structured = CloudEvents.ParseStructured(Bytes(Event(e => e["datacontenttype"] = "application/json"))).Accepted();
        var batch = CloudEvents.ParseBatch(Bytes(new JsonArray(Event(e => e["datacontenttype"] = "application/json")))).Accepted().ShouldHaveSingleItem().Accepted();
        var binary = CloudEvents.ParseBinary(Headers(("ce-id", "run-1"), ("CE-Source", "shop%2Fagent"), ("ce-type", EventTypes.Trajectory), ("ce-specversion", "1.0"),
            ("Content-Type", "application/json"), ("Accept", "*/*")), "{\"x\":1}"u8).Accepted();
        var base64 = CloudEvents.ParseStructured(Bytes(Event(e =>
        {
            e["datacontenttype"] = "application/json";
            e["data_base64"] = Convert.ToBase64String("{\"x\":1}"u8);
            e.Remove("data");
        }))).Accepted();

        foreach (var e in new[] { batch, binary, base64 }) CloudEvents.ToJson(e).ToJsonString().ShouldBe(CloudEvents.ToJson(structured).ToJsonString());
    }

    [Fact]
    public void The_headers_say_which_mode_it_is()
    {
        CloudEvents.Parse([.. Headers(("content-type", "application/cloudevents+json; charset=utf-8"))], Bytes(Event())).Accepted().ShouldHaveSingleItem();
        CloudEvents.Parse([.. Headers(("Content-Type", "application/cloudevents-batch+json"))], Bytes(new JsonArray(Event(), Event()))).Accepted().Count.ShouldBe(2);
        CloudEvents.Parse([.. Headers(("content-type", "application/json"), ("Ce-Specversion", "1.0"))], "{}"u8).Refused().Pointer.ShouldBe("/id");
        CloudEvents.Parse([.. Headers(("content-type", "application/json"))], Bytes(Event())).Refused().Code.ShouldBe("cloudevents-mode");
    }

    [Fact]
    public void What_is_written_is_read_back_as_it_was()
    {
        var json = Event(e =>
        {
            e["time"] = "2026-01-31T12:00:00.0000000+00:00";
            e["subject"] = "s";
            e["dataschema"] = "https://example.com/schema";
            e["datacontenttype"] = "application/json";
            e["traceparent"] = Trace;
        });

        JsonNode.DeepEquals(CloudEvents.ToJson(CloudEvents.ParseStructured(Bytes(json)).Accepted()), json).ShouldBeTrue();
    }

    [Fact]
    public void A_bad_event_in_a_batch_is_refused_by_itself()
    {
        var parsed = CloudEvents.ParseBatch(Bytes(new JsonArray(Event(), Event(e => e.Remove("id")), Event()))).Accepted();

        parsed.Count.ShouldBe(3);
        parsed[0].Accepted();
        parsed[1].Refused().Pointer.ShouldBe("/1/id");
        parsed[2].Accepted();
    }

    public static TheoryData<string, string?, string, string?> Bad => new()
    {
        { "id", null, "missing-field", "/id" },
        { "id", "\"  \"", "missing-field", "/id" },
        { "source", null, "missing-field", "/source" },
        { "type", null, "missing-field", "/type" },
        { "specversion", null, "missing-field", "/specversion" },
        { "specversion", "\"2.0\"", "cloudevents-version", "/specversion" },
        { "specversion", "\"0.3\"", "cloudevents-version", "/specversion" },
        { "type", "\"com.example.other\"", "event-type", "/type" },
        { "time", "\"yesterday\"", "cloudevents-attribute", "/time" },
        { "time", "\"2026-01-31T12:00:00\"", "cloudevents-attribute", "/time" },
        { "data", null, "cloudevents-data", "/data" },
        { "data_base64", "\"e30=\"", "cloudevents-data", null },
        { "datacontenttype", "\"text/xml\"", "data-content-type", "/datacontenttype" },
        { "Bad_Name", "\"x\"", "cloudevents-attribute", null },
        { "extra", "{}", "cloudevents-attribute", null },
        { "extra", "\"a\\u0007b\"", "cloudevents-attribute", null },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void An_event_against_the_rules_is_refused_with_a_reason(string member, string? value, string code, string? pointer)
    {
        var json = Event(e =>
        {
            if (value is null) e.Remove(member);
            else e[member] = JsonNode.Parse(value);
        });

        var error = CloudEvents.ParseStructured(Bytes(json)).Refused();

        (error.Code, error.Pointer).ShouldBe((code, pointer));
    }

    [Fact]
    public void An_identity_that_is_too_long_to_index_is_refused()
    {
        CloudEvents.ParseStructured(Bytes(Event(e => e["id"] = new string('x', 513)))).Refused().Pointer.ShouldBe("/id");
        CloudEvents.ParseStructured(Bytes(Event(e => e["source"] = new string('x', 512)))).Accepted();
    }

    [Fact]
    public void The_known_types_are_named_where_a_type_is_not_known()
    {
        var message = CloudEvents.ParseStructured(Bytes(Event(e => e["type"] = "x.y"))).Refused().Message;

        EventTypes.Known.ShouldAllBe(type => message.Contains(type));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    [InlineData("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    public void A_bad_trace_header_costs_no_event(string header) =>
        CloudEvents.ParseStructured(Bytes(Event(e => e["traceparent"] = header))).Accepted().TraceParent.ShouldBeNull();

    [Fact]
    public void A_later_verdict_names_the_run_by_the_id_of_its_event()
    {
        var verdict = CloudEvents.ParseStructured(Bytes(Event(e =>
        {
            e["id"] = "verdict-1";
            e["type"] = EventTypes.Outcome;
            e["data"] = JsonNode.Parse("""{"trajectory":"run-1","outcome":{"success":false,"reward":0,"verifiedBy":"human"},"reason":"the label was wrong"}""");
        }))).Then(OutcomeReader.Read).Accepted();

        verdict.ShouldBe(new OutcomeVerdict("shop/agent", "run-1", new Outcome(false, 0, VerifiedBy.Human), "the label was wrong"));
    }

    [Theory]
    [InlineData("""{"outcome":{}}""", "/trajectory")]
    [InlineData("""{"trajectory":"run-1"}""", "/outcome")]
    [InlineData("""{"trajectory":"run-1","outcome":{"success":"yes"}}""", "/outcome/success")]
    [InlineData("""{"trajectory":"run-1","outcome":{"verifiedBy":"me"}}""", "/outcome/verifiedBy")]
    public void A_verdict_that_does_not_say_what_or_of_which_run_is_refused(string data, string pointer) =>
        CloudEvents.ParseStructured(Bytes(Event(e =>
        {
            e["type"] = EventTypes.Outcome;
            e["data"] = JsonNode.Parse(data);
        }))).Then(OutcomeReader.Read).Refused().Pointer.ShouldBe(pointer);

    private static JsonObject Event(Action<JsonObject>? change = null)
    {
        var json = new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = "run-1",
            ["source"] = "shop/agent",
            ["type"] = EventTypes.Trajectory,
            ["data"] = new JsonObject { ["x"] = 1 },
        };
        change?.Invoke(json);
        return json;
    }

    private static byte[] Bytes(JsonNode json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    private static IEnumerable<KeyValuePair<string, string>> Headers(params (string Name, string Value)[] headers) =>
        headers.Select(h => KeyValuePair.Create(h.Name, h.Value));
}
