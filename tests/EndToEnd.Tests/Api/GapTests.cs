using System.Text.Json;
using Pipeline.EndToEnd.Tests.Learning;
using Pipeline.EndToEnd.Tests.Running;

namespace Pipeline.EndToEnd.Tests.Api;

public sealed class GapTests(SharedLedger shared) : IClassFixture<SharedLedger>
{
    private readonly PumpedLedger ledger = shared.Ledger;

    [Fact]
    public async Task What_fails_and_has_no_skill_is_listed_with_how_it_fails_and_what_is_missing()
    {
        await ledger.LearnAsync([
            .. Run.Many(3).Select(r => KindsTests.Of("failing", r) with { Succeeded = r.Number == 1 }),
            KindsTests.Of("failing", new Run(9)) with { VerifiedBy = "self" },
            .. Run.Many(4, from: 20).Select(r => KindsTests.Of("thriving", r) with { Succeeded = r.Number != 20 })]);

        var gap = (await GapsAsync("failing")).ShouldHaveSingleItem();

        gap.Text("familyId").ShouldBe("failing.renew-loan");
        gap.Text("kind").ShouldBe("functional");
        (gap.GetProperty("failures").GetInt32(), gap.GetProperty("successes").GetInt32(), gap.GetProperty("withoutVerdict").GetInt32()).ShouldBe((2, 1, 1));
        gap.GetProperty("missing").GetProperty("successes").GetInt32().ShouldBe(1);
        gap.GetProperty("missing").GetProperty("successesNeeded").GetInt32().ShouldBe(3);
        var pattern = gap.GetProperty("patterns").EnumerateArray().ShouldHaveSingleItem();
        pattern.Text("tool").ShouldBe("renew_loan");
        pattern.Text("error").ShouldBe("Error: the item is on hold for another member");
        pattern.Text("place").ShouldBe("atEffect");
        (await GapsAsync("thriving")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Gaps_come_page_by_page_and_the_same_each_time()
    {
        await ledger.LearnAsync(Run.Many(6, from: 40).Select(r => KindsTests.Of("paged", r) with { Effect = $"do_{r.Number}", Succeeded = false }));

        var names = new List<string>();
        string? cursor = null;
        do
        {
            var page = await ledger.ReadAsync($"/api/gaps?environment=paged&limit=4{(cursor is null ? "" : $"&cursor={cursor}")}");
            names.AddRange(page.GetProperty("gaps").EnumerateArray().Select(g => g.Text("familyId")));
            cursor = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);

        names.ShouldBe([.. Enumerable.Range(40, 6).Select(n => $"paged.do-{n}")], ignoreOrder: true);
        (await GapsAsync("paged")).Select(g => g.Text("familyId")).ShouldBe(names);
        (await ledger.GetAsync("/api/gaps?cursor=x")).ShouldBeProblem(400, "cursor");
    }

    private async Task<IReadOnlyList<JsonElement>> GapsAsync(string environment) =>
        [.. (await ledger.ReadAsync($"/api/gaps?environment={environment}")).GetProperty("gaps").EnumerateArray()];
}
