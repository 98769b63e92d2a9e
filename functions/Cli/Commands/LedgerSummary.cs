using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Emitting;

namespace Pipeline.Functions.Cli.Commands;

/// <summary>What a ledger has learned, and what one might do next.</summary>
/// <param name="Runs">How many trajectories each skill was learned from, by its id.</param>
internal sealed record LedgerSummary(Answer<LedgerStatus> Status, SkillPage Skills, IReadOnlyDictionary<string, int> Runs)
{
    private const int MostShown = 25;

    public static async Task<LedgerSummary> ReadAsync(LedgerClient client, CancellationToken ct)
    {
        var skills = (await client.SkillsAsync("active", ct)).Value;
        var runs = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var skill in skills.Skills.Where(s => s.Origin == "learned"))
            runs[skill.Id] = RunsBehind((await client.HistoryAsync(skill.Id, ct)).Value);
        return new(await client.StatusAsync(ct), skills, runs);
    }

    public JsonObject Json(Uri url, EmitResult fed) => new()
    {
        ["url"] = url.ToString().TrimEnd('/'),
        ["fed"] = new JsonObject { ["accepted"] = fed.Accepted, ["recorded"] = fed.Recorded, ["duplicate"] = fed.Duplicate, ["rejected"] = fed.Rejected },
        ["status"] = JsonSerializer.SerializeToNode(Status.Json),
        ["skills"] = new JsonArray([.. Skills.Skills.Select(skill => (JsonNode)new JsonObject
        {
            ["id"] = skill.Id,
            ["name"] = skill.Name,
            ["description"] = skill.Description,
            ["environment"] = skill.Environment,
            ["origin"] = skill.Origin,
            ["version"] = skill.Version,
            ["digest"] = skill.Digest,
            ["runs"] = Runs.GetValueOrDefault(skill.Id),
        })]),
    };

    public void Show(Terminal terminal)
    {
        var status = Status.Value;
        terminal.Say($"{status.Trajectories.Recorded} trajectories in {status.Families} families: {status.Skills.Active} active skills.");
        if (VerdictsWanted.Of(status.Trajectories) is { } hint) terminal.Say(hint);
        if (status.Composer.Name.Length > 0)
            terminal.Say(status.Composer.Model.Length == 0 ? "Skills are written by the built-in miner; nothing calls out." : $"Skills are worded by a language model: {status.Composer}.");
        if (Skills.Skills.Count == 0)
        {
            terminal.Say($"Next: {Invocation.Of("emit PATH --wait")}");
            return;
        }

        var table = new DataTable("skill", "version", "tier", "runs", "description");
        foreach (var skill in Skills.Skills.Take(MostShown))
            table.Add(
                skill.Name, skill.Version?.ToString(CultureInfo.InvariantCulture) ?? "-", skill.Tier?.ToUpperInvariant() ?? "-",
                Runs.TryGetValue(skill.Id, out var runs) ? runs.ToString(CultureInfo.InvariantCulture) : "-", skill.Description);
        terminal.Data(table);
        if (Skills.Skills.Count > MostShown) terminal.Say($"... and {Skills.Skills.Count - MostShown} more.");
        ShowNext(terminal, Skills.Skills[0]);
    }

    private static void ShowNext(Terminal terminal, SkillFacts skill)
    {
        terminal.Say("");
        terminal.Say("What to try next:");
        foreach (var command in (string[])[$"skill show {skill.Name}", $"skill history {skill.Name}", $"replay {skill.Name}@{skill.Version}", $"search \"{Words(skill.Name)}\"", "emit PATH --wait"])
            terminal.Say($"  {Invocation.Of(command)}");
    }

    private static string Words(string name) => name.Replace('-', ' ');

    /// <summary>The trajectories that any version of the skill names as its evidence, each once.</summary>
    private static int RunsBehind(HistoryAnswer history) =>
        history.Events.SelectMany(e => Members(e.Data, "content", "evidence")).Select(evidence => evidence.GetProperty("trajectoryId").GetString()).Distinct().Count();

    private static IEnumerable<JsonElement> Members(JsonElement data, string owner, string list) =>
        data.ValueKind == JsonValueKind.Object && data.TryGetProperty(owner, out var content) && content.TryGetProperty(list, out var items) ? items.EnumerateArray() : [];
}
