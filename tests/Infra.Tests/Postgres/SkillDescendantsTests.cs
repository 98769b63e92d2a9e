using Pipeline.Domain.Skills;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Tests.ReadModels;
using Pipeline.Tests;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Infra.Tests.Postgres;

public sealed class SkillDescendantsTests(PostgresFixture postgres) : ReadModelTests(postgres)
{
    [Fact]
    public async Task Skills_descend_by_merges_and_as_siblings_and_by_way_of_others()
    {
        foreach (var id in new[] { "a", "b", "c", "apart" }) await Ledger.AppendAsync("acme", $"skill-{id}", [Sample.Created(id)]);
        await Ledger.AppendAsync("acme", "skill-b", [Merged("b", "a")]);
        await Ledger.AppendAsync("acme", "skill-c", [Merged("c", "b")]);
        await Ledger.AppendAsync("acme", "skill-d", [Sample.Created("d") with { VariantOf = new("c", 1, "sha256:c"), Model = "model-b" }]);
        await Ledger.AppendAsync("other", "skill-e", [Sample.Created("e"), Merged("e", "a")]);

        var descendants = new SkillDescendants(Ledger.DataSource);
        (await descendants.OfAsync("acme", "a")).ShouldBe(["b", "c", "d"]);
        (await descendants.OfAsync("acme", "c")).ShouldBe(["d"]);
        (await descendants.OfAsync("acme", "apart")).ShouldBeEmpty();
    }

    private static SkillMerged Merged(string into, string from) =>
        new(2, [new(into, 1, $"sha256:{into}"), new(from, 1, $"sha256:{from}")], Sample.Content($"{into} and {from}"));
}
