using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.EndToEnd.Tests.Running;

/// <summary>Skills that somebody wrote elsewhere, as an import takes them.</summary>
internal static class Written
{
    public static JsonObject Skill(string name, string says = "Do this, then that.", string? id = null) =>
        Of(id, null, ("SKILL.md", Markdown(name, says)));

    public static string Markdown(string name, string says) => $"---\nname: {name}\ndescription: Use when {name} is asked for.\n---\n\n# {name}\n\n{says}\n";

    public static JsonObject Of(string? id, string? name, params (string Path, string Text)[] files) => new()
    {
        ["id"] = id,
        ["name"] = name,
        ["files"] = new JsonArray([.. files.Select(f => (JsonNode)new JsonObject { ["path"] = f.Path, ["content"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(f.Text)) })]),
    };

    /// <summary>Imports skills and gives the results, of which the API has one for each.</summary>
    public static async Task<IReadOnlyList<JsonElement>> ImportAsync(this RunningLedger ledger, params IEnumerable<JsonObject> skills)
    {
        var answer = await ledger.PostAsync("/api/skills/import", new JsonObject { ["skills"] = new JsonArray([.. skills.Select(s => (JsonNode)s)]) });
        answer.Status.ShouldBe(200, answer.Text);
        // Until they are judged they are not served.
        if (ledger is PumpedLedger) await ledger.SettleAsync();
        return [.. answer.Json.GetProperty("results").EnumerateArray()];
    }

    public static string Text(this JsonElement element, string property) => element.GetProperty(property).GetString()!;
}
