using System.Text.Json.Nodes;

namespace Pipeline.EndToEnd.Tests.Running;

/// <summary>A small run of an agent that has a shell and an editor: it turns measurements into a report, or mends a library.</summary>
internal sealed record CodingRun(int Number)
{
    public string Id { get; init; } = $"coding-{Number}";
    public string Environment { get; init; } = "workshop";
    public bool IsReport { get; init; } = true;

    /// <summary>Null: nobody said how it ended.</summary>
    public string? VerifiedBy { get; init; } = "human";

    public static IEnumerable<CodingRun> Many(int count, int from = 1) => Enumerable.Range(from, count).Select(n => new CodingRun(n) { IsReport = n % 2 == 0 });

    public JsonObject ToEvent()
    {
        var data = new JsonObject { ["trajectory"] = Trajectory(), ["task"] = $"task-{Id}", ["environment"] = Environment };
        if (VerifiedBy is not null) data["outcome"] = new JsonObject { ["success"] = true, ["verifiedBy"] = VerifiedBy };
        return new()
        {
            ["specversion"] = "1.0",
            ["id"] = Id,
            ["source"] = "https://workshop.test/agents",
            ["type"] = Run.EventType,
            ["time"] = "2026-02-03T10:00:00Z",
            ["datacontenttype"] = "application/json",
            ["data"] = data,
        };
    }

    private JsonObject Trajectory() => new()
    {
        ["schema_version"] = "ATIF-v1.7",
        ["session_id"] = Id,
        ["agent"] = new JsonObject { ["name"] = "smith", ["version"] = "1.0", ["model_name"] = "model-a" },
        ["steps"] = new JsonArray([.. IsReport ? Report() : Mending()]),
    };

    private IEnumerable<JsonNode> Report() =>
    [
        Step(1, "user", $"Please turn the measurements of station {Number} into a monthly report in a table"),
        Call(2, "open_file", new() { ["path"] = $"/data/{Number}/notes.md" }, "Units are kelvin."),
        Call(3, "shell", new() { ["command"] = $"python3 - <<'EOF'\nfrom meteo import to_celsius\nwith open('/data/{Number}/report.csv', 'w') as out:\n    out.write(to_celsius({Number}))\nEOF" }, "ok"),
        Call(4, "shell", new() { ["command"] = $"meteo-lint report.csv --strict --station {Number}" }, "0 problems"),
    ];

    private IEnumerable<JsonNode> Mending() =>
    [
        Step(1, "user", $"Fix the failing unit test of module m{Number} in the parser library and commit the fix"),
        Call(2, "shell", new() { ["command"] = "pytest -q tests" }, "1 failed"),
        Call(3, "edit_file", new() { ["path"] = $"src/m{Number}.py", ["old_string"] = "a", ["new_string"] = "b" }, "done"),
        Call(4, "shell", new() { ["command"] = "pytest -q tests && git add -A && git commit -m 'Mend it'" }, "1 passed"),
    ];

    private static JsonObject Step(int number, string source, string message) => new() { ["step_id"] = number, ["source"] = source, ["message"] = message };

    private JsonObject Call(int number, string tool, JsonObject arguments, string result)
    {
        var step = Step(number, "agent", "");
        step["tool_calls"] = new JsonArray(new JsonObject { ["tool_call_id"] = $"{Id}-{number}", ["function_name"] = tool, ["arguments"] = arguments });
        step["observation"] = new JsonObject { ["results"] = new JsonArray(new JsonObject { ["source_call_id"] = $"{Id}-{number}", ["content"] = result }) };
        return step;
    }
}
