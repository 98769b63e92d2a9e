using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.IngestEvents;

namespace Pipeline.EndToEnd.Tests.Input;

public sealed class RefusedAtTheDoorTests(SharedLedger shared) : IClassFixture<SharedLedger>
{
    private readonly PumpedLedger ledger = shared.Ledger;

    public static TheoryData<string, string, int, string> BadBodies { get; } = new()
    {
        { "nothing", "", 400, "json-empty" },
        { "no JSON", "{nope}", 400, "json-malformed" },
        { "JSON that is cut off", Valid[..(Valid.Length / 2)], 400, "json-truncated" },
        { "two documents", Valid + Valid, 400, "json-trailing" },
        { "a name twice", Valid.Replace("\"task\":", "\"task\":\"x\",\"task\":", StringComparison.Ordinal), 400, "json-duplicate-name" },
        { "U+0000", Valid.Replace("Hello", "\\u0000", StringComparison.Ordinal), 400, "json-nul" },
        { "half a surrogate pair", Valid.Replace("Hello", "\\ud83d", StringComparison.Ordinal), 400, "json-surrogate" },
        { "depth 10,000", Valid.Replace("\"task\":", $"\"deep\":{new string('[', 10_000)}{new string(']', 10_000)},\"task\":", StringComparison.Ordinal), 400, "json-depth" },
        { "depth 10,000 and no end", new string('[', 10_000), 400, "json-depth" },
        { "a number that no double holds", Valid.Replace("\"reward\":1", "\"reward\":1e999", StringComparison.Ordinal), 400, "json-number" },
        { "a batch that says it is one event", $"[{Valid}]", 400, "cloudevents-object" },
        { "a future ATIF", Valid.Replace("ATIF-v1.7", "ATIF-v1.8", StringComparison.Ordinal), 400, "atif-version" },
        { "an unknown ATIF", Valid.Replace("ATIF-v1.7", "ATIF-v2.0", StringComparison.Ordinal), 400, "atif-version" },
        { "no version of ATIF", Valid.Replace("\"schema_version\":\"ATIF-v1.7\",", "", StringComparison.Ordinal), 400, "missing-field" },
        { "a future CloudEvents", Valid.Replace("\"specversion\":\"1.0\"", "\"specversion\":\"2.0\"", StringComparison.Ordinal), 400, "cloudevents-version" },
        { "no id", Without("id"), 400, "missing-field" },
        { "no source", Without("source"), 400, "missing-field" },
        { "no type", Without("type"), 400, "missing-field" },
        { "no data", Without("data"), 400, "cloudevents-data" },
        { "another type of event", Valid.Replace(Run.EventType, "com.example.other", StringComparison.Ordinal), 400, "event-type" },
        { "no agent", Changed(t => t.Remove("agent")), 400, "missing-field" },
        { "a step without a source", Changed(t => t["steps"]![0]!.AsObject().Remove("source")), 400, "missing-field" },
        { "a tool call without a name", Changed(t => t["steps"]![1]!["tool_calls"]![0]!.AsObject().Remove("function_name")), 400, "missing-field" },
        { "no steps", Changed(t => t["steps"] = new JsonArray()), 400, "no-steps" },
        { "steps of a wrong type", Changed(t => t["steps"] = "none"), 400, "wrong-type" },
        { "a verdict on nothing", new Run(1).Verdict(true).ToJsonString().Replace("\"trajectory\":\"run-1\",", "", StringComparison.Ordinal), 400, "missing-field" },
        { "an id with a control character", Valid.Replace("\"id\":\"run-1\"", "\"id\":\"run\\n1\"", StringComparison.Ordinal), 400, "cloudevents-attribute" },
        { "an endless id", Valid.Replace("\"id\":\"run-1\"", $"\"id\":\"{new string('x', 600)}\"", StringComparison.Ordinal), 400, "cloudevents-attribute" },
    };

    private static string Valid => new Run(1).ToEvent().ToJsonString();

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task Each_bad_body_gets_an_error_that_names_what_is_wrong(string what, string body, int status, string code)
    {
        var answer = await ledger.PostAsync("/api/events", body, RunningLedger.Structured);

        answer.Status.ShouldBe(status, what);
        answer.Code.ShouldBe(code, what);
        answer.Text.ShouldNotContain("borrowed");
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused_such_as_gzip_that_was_cut_off_or_Latin_1()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(Valid));

        (await ledger.PostAsync("/api/events", packed.ToArray()[..60], RunningLedger.Structured)).ShouldBeProblem(400, "json-encoding");
        (await ledger.PostAsync("/api/events", Encoding.Latin1.GetBytes(Valid.Replace("Hello", "Allô", StringComparison.Ordinal)), RunningLedger.Structured)).ShouldBeProblem(400, "json-encoding");
    }

    [Theory]
    [InlineData("text/plain", "cloudevents-mode")]
    [InlineData("application/json", "cloudevents-mode")]
    [InlineData("application/gzip", "cloudevents-mode")]
    [InlineData("", "cloudevents-mode")]
    public async Task A_content_type_that_is_no_CloudEvent_is_refused(string contentType, string code) =>
        (await ledger.PostAsync("/api/events", Valid, contentType)).ShouldBeProblem(415, code);

    [Fact]
    public async Task Binary_mode_wants_JSON_and_all_attributes()
    {
        (string, string)[] attributes = [("ce-specversion", "1.0"), ("ce-id", "b-1"), ("ce-source", "https://b.test"), ("ce-type", Run.EventType)];

        (await ledger.PostAsync("/api/events", "plain words", "text/plain", attributes)).ShouldBeProblem(415, "data-content-type");
        (await ledger.PostAsync("/api/events", new Run(1).Data().ToJsonString(), "application/json", attributes[..2])).ShouldBeProblem(400, "missing-field");
        (await ledger.PostAsync("/api/events", "{", "application/json", attributes)).ShouldBeProblem(400, "json-truncated");
    }

    [Theory]
    [InlineData("Origin", "https://elsewhere.example")]
    [InlineData("Origin", "http://localhost:1")]
    [InlineData("Origin", "null")]
    [InlineData("Host", "elsewhere.example")]
    public async Task Another_page_in_the_same_browser_cannot_act(string header, string value) =>
        (await ledger.PostAsync("/api/events", Valid, RunningLedger.Structured, (header, value))).ShouldBeProblem(403, "not-from-here");

    [Fact]
    public async Task A_batch_that_is_no_array_is_refused_and_an_empty_one_does_nothing()
    {
        (await ledger.PostAsync("/api/events", Valid, RunningLedger.Batch)).ShouldBeProblem(400, "cloudevents-batch");

        var empty = await ledger.PostAsync("/api/events", "[]", RunningLedger.Batch);
        empty.Status.ShouldBe(202);
        empty.Statuses.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_whether_its_length_is_told_or_not()
    {
        var body = new byte[RequestBody.LargestBytes + 1];
        Array.Fill(body, (byte)' ');
        (await ledger.PostAsync("/api/events", body, RunningLedger.Structured)).ShouldBeProblem(413, "body-too-large");

        using var chunks = new StreamContent(new UntoldSpaces(body.Length + 1000));
        chunks.Headers.ContentType = new(RunningLedger.Structured);
        (await ledger.SendAsync(HttpMethod.Post, "/api/events", chunks)).ShouldBeProblem(413, "body-too-large");
    }

    [Fact]
    public async Task In_a_batch_of_ten_thousand_the_bad_ones_are_named_and_the_good_ones_go_on()
    {
        var small = new JsonObject { ["specversion"] = "1.0", ["id"] = "small", ["source"] = "https://small.test", ["type"] = "com.example.other", ["data"] = 1 };
        var good = Run.Many(3, from: 500).Select(r => (r with { Environment = "crowd", Id = $"crowd-{r.Number}" }).ToEvent());
        var answer = await ledger.EmitAsync(Enumerable.Repeat(small, 9_997).Concat(good));

        answer.Status.ShouldBe(202);
        answer.Json.GetProperty("refused").GetInt32().ShouldBe(9_997);
        answer.Json.GetProperty("accepted").GetInt32().ShouldBe(3);
        answer.Statuses.Count.ShouldBe(10_000);
        await ledger.SettleAsync();
        (await ledger.GetAsync("/api/skills/crowd-renew-loan")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task An_id_may_have_odd_characters_in_it()
    {
        const string Odd = "a/b?c=d&e #%2F'\";--<é>\u2028💥 \u202Eabc{}[]$1\\";
        var run = new Run(600) { Id = Odd, Environment = "odd", Source = "urn:x:'é\\" };
        await ledger.LearnAsync(run);

        (await ledger.EmitAsync(run)).Statuses.ShouldBe(["duplicate"]);
        var state = await ledger.PostAsync("/api/events/state", new JsonObject { ["events"] = new JsonArray(new JsonObject { ["source"] = run.Source, ["id"] = Odd }) });
        state.Json.GetProperty("events")[0].GetProperty("state").GetString().ShouldBe("recorded");
        state.Json.GetProperty("events")[0].GetProperty("id").GetString().ShouldBe(Odd);
    }

    private static string Without(string attribute)
    {
        var changed = new Run(1).ToEvent();
        changed.Remove(attribute).ShouldBeTrue();
        return changed.ToJsonString();
    }

    private static string Changed(Action<JsonObject> change)
    {
        var changed = new Run(1).ToEvent();
        change(changed["data"]!["trajectory"]!.AsObject());
        return changed.ToJsonString();
    }

    /// <summary>A stream whose length nobody can ask, so that it is sent in chunks.</summary>
    private sealed class UntoldSpaces(long left) : Stream
    {
        private long _left = left;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var length = (int)Math.Min(count, _left);
            Array.Fill(buffer, (byte)' ', offset, length);
            _left -= length;
            return length;
        }

        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
