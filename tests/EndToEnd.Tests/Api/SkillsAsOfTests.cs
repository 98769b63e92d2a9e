using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Reading;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Api;

public sealed class SkillsAsOfTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_list_folded_from_streams_is_what_the_catalogue_says_of_the_same_leaf_whatever_event_came_last()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        foreach (var name in (string[])["plain", "improved", "approved", "revoked", "retired"]) await ledger.ImportAsync(Written.Skill(name));
        await ledger.ImportAsync(Written.Skill("improved", "Second."));
        await ledger.SettleAsync();
        foreach (var (skill, order) in (ValueTuple<string, string>[])[("approved", "approve"), ("revoked", "revoke"), ("retired", "retire")])
            (await ledger.PostAsync($"/api/skills/{skill}/{order}", new JsonObject { ["version"] = 1, ["reason"] = "because" })).Status.ShouldBe(200);
        await ledger.SettleAsync();
        var skills = ledger.Service<SkillsAsOf>();
        var now = (await ledger.Service<LedgerMoments>().ReadAsync(null, TestContext.Current.CancellationToken))!;

        var catalogued = await skills.AllAsync(now, TestContext.Current.CancellationToken);
        var folded = await skills.AllAsync(now with { Asked = $"{now.Leaf}" }, TestContext.Current.CancellationToken);

        folded.Count.ShouldBe(5);
        Json(folded).ShouldBe(Json(catalogued));
        Json(await skills.AllAsync(now with { Asked = $"{now.Leaf}" }, TestContext.Current.CancellationToken)).ShouldBe(Json(catalogued), "the second time, too");
    }

    private static string Json(IReadOnlyList<ListedSkill> list) => JsonSerializer.Serialize(list, LedgerJson.Indented);
}
