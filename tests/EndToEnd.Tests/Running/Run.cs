using System.Text.Json.Nodes;

namespace Pipeline.EndToEnd.Tests.Running;

/// <summary>A small run of a library's desk agent: it finds the member, looks at the loans, and does one thing to a loan.</summary>
/// <param name="Number">Makes the run's values its own, and the same each time.</param>
internal sealed record Run(int Number)
{
    public const string EventType = "com.skillpipeline.trajectory.v1";
    public const string VerdictType = "com.skillpipeline.outcome.v1";

    public string Id { get; init; } = $"run-{Number}";
    public string Source { get; init; } = "https://library.test/desk";

    /// <summary>Whose data it is; empty: its source's.</summary>
    public string Subject { get; init; } = "";
    public string Environment { get; init; } = "library";
    public string Effect { get; init; } = "renew_loan";

    /// <summary>A second thing that is done to the loan after the first; empty for none.</summary>
    public string Then { get; init; } = "";

    /// <summary>What the first attempt at the effect is answered with, before it works; empty where it works at once.</summary>
    public string Refusal { get; init; } = "";
    public string Task { get; init; } = $"task-{Number}";
    public bool Succeeded { get; init; } = true;
    public string VerifiedBy { get; init; } = "verifier";

    /// <summary>The tools that it looks with, in this order.</summary>
    public (string Member, string Loans) Looks { get; init; } = ("find_member", "get_loans");

    /// <summary>Whether it looked for holds by others before it acted.</summary>
    public bool ChecksHolds { get; init; }

    /// <summary>The version of the effect's skill that the run had loaded; null: none.</summary>
    public int? LoadedVersion { get; init; }

    /// <summary>The skill that it is a version of; empty: the effect's own.</summary>
    public string LoadedSkill { get; init; } = "";
    public string Model { get; init; } = "model-a";
    public string Asks { get; init; } = $"Hello, please help me with the book that I borrowed, my card is C-{7000 + Number}.";
    public string Finds { get; init; } = "on loan";
    public string Version { get; init; } = "ATIF-v1.7";

    private string Card => $"C-{7000 + Number}";
    private string Member => $"M-{2000 + Number}";
    private string Loan => $"L-{90000 + Number}";

    public static IEnumerable<Run> Many(int count, int from = 1) => Enumerable.Range(from, count).Select(n => new Run(n));

    public JsonObject ToEvent()
    {
        var cloudEvent = new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = Id,
            ["source"] = Source,
            ["type"] = EventType,
            ["time"] = "2026-02-03T10:00:00Z",
            ["datacontenttype"] = "application/json",
            ["data"] = Data(),
        };
        if (Subject.Length > 0) cloudEvent["datasubject"] = Subject;
        return cloudEvent;
    }

    public JsonObject Data()
    {
        var data = new JsonObject
        {
            ["trajectory"] = Trajectory(),
            ["task"] = Task,
            ["environment"] = Environment,
            ["outcome"] = new JsonObject { ["success"] = Succeeded, ["reward"] = Succeeded ? 1 : 0, ["verifiedBy"] = VerifiedBy },
        };
        if (LoadedVersion is { } version)
            data["skills"] = new JsonObject { ["loaded"] = new JsonArray(new JsonObject { ["name"] = LoadedSkill.Length > 0 ? LoadedSkill : $"{Environment}-{Effect.Replace('_', '-')}", ["version"] = version }) };
        return data;
    }

    /// <summary>A later verdict on this run.</summary>
    public JsonObject Verdict(bool success, string id = "", string verifiedBy = "human") => new()
    {
        ["specversion"] = "1.0",
        ["id"] = id.Length > 0 ? id : $"verdict-on-{Id}",
        ["source"] = Source,
        ["type"] = VerdictType,
        ["data"] = new JsonObject
        {
            ["trajectory"] = Id,
            ["outcome"] = new JsonObject { ["success"] = success, ["verifiedBy"] = verifiedBy },
            ["reason"] = "looked at again",
        },
    };

    private JsonObject Trajectory()
    {
        var steps = new JsonArray { Step(1, "user", Asks) };
        steps.Add(Call(Looks.Member, new() { ["card"] = Card }, $$"""{"member_id": "{{Member}}", "name": "Reader {{Number}}"}""", 2));
        steps.Add(Call(Looks.Loans, new() { ["member_id"] = Member }, $$"""{"loans": [{"loan_id": "{{Loan}}", "state": "{{Finds}}"}]}""", 3));
        if (ChecksHolds) steps.Add(Call("get_holds", new() { ["loan_id"] = Loan }, """{"holds": 0}""", 4));
        steps.Add(Step(5, "agent", "Shall I go on?"));
        steps.Add(Step(6, "user", "Yes, please."));
        var at = 7;
        if (Refusal.Length > 0) steps.Add(Call(Effect, new() { ["loan_id"] = $"{90000 + Number}" }, Refusal, at++));
        steps.Add(Call(Effect, new() { ["loan_id"] = Loan }, Succeeded ? $$"""{"loan_id": "{{Loan}}", "done": true}""" : "Error: the item is on hold for another member", at++));
        if (Then.Length > 0) steps.Add(Call(Then, new() { ["loan_id"] = Loan }, $$"""{"loan_id": "{{Loan}}", "done": true}""", at++));
        steps.Add(Step(at, "agent", "All done."));
        return new()
        {
            ["schema_version"] = Version,
            ["session_id"] = Id,
            ["agent"] = new JsonObject { ["name"] = "desk", ["version"] = "1.0", ["model_name"] = Model },
            ["steps"] = steps,
        };
    }

    private static JsonObject Step(int number, string source, string message) =>
        new() { ["step_id"] = number, ["source"] = source, ["message"] = message };

    private JsonObject Call(string tool, JsonObject arguments, string result, int number)
    {
        var step = Step(number, "agent", "");
        step["tool_calls"] = new JsonArray(new JsonObject { ["tool_call_id"] = $"{Id}-{number}", ["function_name"] = tool, ["arguments"] = arguments });
        step["observation"] = new JsonObject { ["results"] = new JsonArray(new JsonObject { ["source_call_id"] = $"{Id}-{number}", ["content"] = result }) };
        return step;
    }
}
