using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>What of a tau2 judgement may go on: the reward, on what it rests, and how many checks were met. Never what was expected.</summary>
internal sealed class Tau2Verification
{
    // The benchmark compares floating point numbers so.
    private const double Tolerance = 1e-6;
    private const string Infrastructure = "infrastructure_error";

    private readonly Place? judgement;
    private readonly double? reward;
    private readonly bool isInfrastructure;

    private Tau2Verification(Place simulation)
    {
        judgement = simulation.Object("reward_info");
        reward = judgement?.Number("reward");
        isInfrastructure = simulation.Text("termination_reason") == Infrastructure;
    }

    public static Tau2Verification Of(Place simulation) => new(simulation);

    /// <param name="isHeaded">The file says which agent ran where: only then is its judgement taken for the verifier's.</param>
    public JsonObject Outcome(bool isHeaded)
    {
        // The run was cut off by what has nothing to do with the agent: no evidence either way.
        if (reward is not { } told || isInfrastructure) return new JsonObject { ["verifiedBy"] = "unknown" };
        return new JsonObject
        {
            ["success"] = told >= 1 - Tolerance,
            ["reward"] = told,
            ["verifiedBy"] = isHeaded && Breakdown().Count > 0 ? "verifier" : "self",
        };
    }

    public JsonObject Marks()
    {
        var marks = new JsonObject();
        if (judgement is not { } place) return marks;
        if (reward is { } told) marks["reward"] = told;
        if (place.Value.TryGetProperty("reward_basis", out var basis) && basis.ValueKind == JsonValueKind.Array)
            marks["reward_basis"] = new JsonArray([.. basis.EnumerateArray().Where(IsName).Select(b => (JsonNode)b.GetString()!)]);
        if (Breakdown() is { Count: > 0 } breakdown) marks["reward_breakdown"] = breakdown;
        if (place.Object("db_check")?.Flag("db_match") is { } match) marks["db_match"] = match;
        foreach (var (checks, met) in Checks)
        {
            if (Count(place, checks, met) is { } count) marks[checks] = count;
        }

        return marks;
    }

    private static readonly (string Checks, string Met)[] Checks =
        [("action_checks", "action_match"), ("communicate_checks", "met"), ("nl_assertions", "met"), ("env_assertions", "met")];

    private JsonObject Breakdown()
    {
        var marks = new JsonObject();
        if (judgement?.Object("reward_breakdown") is not { } place) return marks;
        foreach (var part in place.Value.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Number && IsName(p.Name)))
            marks[part.Name] = JsonValue.Create(part.Value);
        return marks;
    }

    private static JsonObject? Count(Place judgement, string checks, string met)
    {
        var items = judgement.Objects(checks).ToList();
        return items.Count == 0 ? null : new JsonObject { ["matched"] = items.Count(i => i.Flag(met) == true), ["total"] = items.Count };
    }

    // DB, COMMUNICATE, NL_ASSERTION: a name, not a text that could carry something.
    private static bool IsName(JsonElement value) => value.ValueKind == JsonValueKind.String && IsName(value.GetString()!);

    private static bool IsName(string name) => name.Length is > 0 and <= 32 && name.All(c => char.IsAsciiLetterUpper(c) || c == '_');
}
