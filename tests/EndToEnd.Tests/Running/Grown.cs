using System.Text.Json.Nodes;

namespace Pipeline.EndToEnd.Tests.Running;

internal static class Grown
{
    /// <summary>Skills with two versions, both at T3; by gates that count their author's approval.</summary>
    public static async Task GrowAsync(this PumpedLedger ledger, params string[] names)
    {
        foreach (var name in names)
        {
            await ledger.ImportAsync(Written.Skill(name, "First."));
            await ledger.ImportAsync(Written.Skill(name, "Second."));
            foreach (var version in new[] { 1, 2 })
                (await ledger.PostAsync($"/api/skills/{name}/approve", new JsonObject { ["version"] = version, ["reason"] = "read it" })).Json.Text("tier").ShouldBe("t3");
        }
    }
}
