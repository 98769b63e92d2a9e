using System.Text;
using System.Text.Json;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Adapters;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Tests.Trajectories;

public sealed class AtofAdapterTests
{
    private static readonly string[] Stream =
    [
        Event("start", "agent", "a1", null, "desk", """{"input": "Renew my loan L-100."}"""),
        Event("start", "llm", "m1", "a1", "model-x", "{}"),
        Event("end", "llm", "m1", "a1", "model-x", """{"choices": [{"message": {"content": "I look it up."}}]}""", """{"model_name": "model-x"}"""),
        Event("start", "tool", "t1", "a1", "get_loan", """{"loan_id": "L-100"}"""),
        Event("end", "tool", "t1", "a1", "get_loan", """{"result": "due"}""", """{"tool_call_id": "c1"}"""),
        """{"kind": "mark", "atof_version": "0.1", "category": "guardrail", "uuid": "g1", "parent_uuid": "a1", "data": {"passed": true}}""",
        Event("end", "agent", "a1", null, "desk", """{"response": "It is due."}"""),
    ];

    [Fact]
    public void The_lines_of_an_event_stream_are_one_run()
    {
        var run = Single(Stream);

        run.Source.ShouldBe("atof/desk");
        run.Id.ShouldBe("a1");
        var trajectory = TrajectoryReader.Read(run).Accepted();
        trajectory.Model.ShouldBe("model-x");
        trajectory.Steps.Select(s => (s.Source, s.Message)).ShouldBe(
        [
            (StepSource.User, "Renew my loan L-100."), (StepSource.Agent, "I look it up."), (StepSource.System, """{"passed":true}"""), (StepSource.Agent, "It is due."),
        ]);
        var call = trajectory.Steps[1].Calls.ShouldHaveSingleItem();
        (call.Id, call.Tool, call.Arguments["loan_id"]!.ToString(), call.Result!.Content).ShouldBe(("c1", "get_loan", "L-100", "due"));
    }

    [Fact]
    public void A_stream_of_another_version_or_without_an_outermost_scope_is_refused()
    {
        Refusal(Stream.Select(l => l.Replace("0.1", "9.9", StringComparison.Ordinal))).ShouldBe("atof-version");
        Refusal(Stream.Skip(1)).ShouldBe("atof-root");
        Refusal([.. Stream.Take(3), "{"]).ShouldBe("json-truncated");
    }

    [Fact]
    public void Public_streams_become_the_documents_that_stand_beside_them()
    {
        var streams = SharedData.Files("formats/atif", "*_atof.jsonl");
        streams.ShouldNotBeEmpty();
        foreach (var stream in streams)
        {
            using var golden = JsonDocument.Parse(SharedData.Read(stream.Replace("_atof.jsonl", "_atif.json", StringComparison.Ordinal)));
            var made = Single(Encoding.UTF8.GetString(SharedData.Read(stream)).Split('\n')).Data;
            Facts(made).ShouldBe(Facts(golden.RootElement), stream);
        }
    }

    private static List<string> Facts(JsonElement document) => [.. document.GetProperty("steps").EnumerateArray().Select(step => string.Join(" | ",
        step.GetProperty("source").GetString(), Compact(step.GetProperty("message").GetString()!),
        step.TryGetProperty("tool_calls", out var calls) ? string.Join(", ", calls.EnumerateArray().Select(c => $"{c.GetProperty("tool_call_id")} {c.GetProperty("function_name")} {Compact(c.GetProperty("arguments").GetRawText())}")) : "",
        step.TryGetProperty("observation", out var seen) ? string.Join(", ", seen.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("content").ToString())) : ""))];

    private static string Compact(string text) => text.StartsWith('{') ? JsonSerializer.Serialize(JsonDocument.Parse(text).RootElement) : text;

    private static CloudEvent Single(IEnumerable<string> lines) =>
        AdapterCatalogue.Read(Encoding.UTF8.GetBytes(string.Join('\n', lines)), null, AdapterOptions.Default).ShouldHaveSingleItem().Accepted();

    private static string Refusal(IEnumerable<string> lines) =>
        AdapterCatalogue.Read(Encoding.UTF8.GetBytes(string.Join('\n', lines)), null, AdapterOptions.Default).ShouldHaveSingleItem()
            .Refused().Code;

    private static string Event(string part, string category, string uuid, string? parent, string name, string data, string profile = "null") =>
        $$"""{"kind": "scope", "scope_category": "{{part}}", "atof_version": "0.1", "category": "{{category}}", "category_profile": {{profile}}, "uuid": "{{uuid}}", "parent_uuid": {{(parent is null ? "null" : $"\"{parent}\"")}}, "name": "{{name}}", "timestamp": "2026-01-01T00:00:00Z", "data": {{data}}}""";
}
