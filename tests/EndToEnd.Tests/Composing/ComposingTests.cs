using System.Text.Json;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Composing;

/// <summary>A family curated with a model that words the drafts.</summary>
public sealed class ComposingTests(PostgresFixture postgres)
{
    private const string Skill = "/api/skills/library-renew-loan";

    [Fact]
    public async Task A_model_words_the_first_version_and_the_ledger_says_which_and_from_what()
    {
        await using var model = await StubModel.StartAsync();
        await using var ledger = await HandDrivenLedger.StartAsync(postgres, settings: model.Settings());

        await LearnAsync(ledger, Run.Many(3));

        var text = (await ledger.ReadAsync(Skill)).GetProperty("text").GetString()!;
        text.ShouldContain(StubModel.Opening);
        text.ShouldContain("`find_member`");
        var created = await EventAsync(ledger, "skill_created");
        var composer = created.GetProperty("content").GetProperty("composer");
        composer.GetProperty("name").GetString().ShouldBe("language-model");
        composer.GetProperty("model").GetString().ShouldBe("stub-1-2026-02");
        created.GetProperty("content").GetProperty("taint").EnumerateArray().Select(t => t.GetString()).ShouldContain("model-text");
        var composition = (await EventAsync(ledger, "curation_decided")).GetProperty("composition");
        composition.GetProperty("outcome").GetString().ShouldBe("used");
        var consulted = await EventAsync(ledger, "model_consulted");
        consulted.GetProperty("requestDigest").GetString().ShouldBe(composition.GetProperty("requestDigest").GetString());
        consulted.GetProperty("inputTokens").GetInt64().ShouldBe(1200);
        foreach (var digest in new[] { "requestDigest", "promptDigest", "responseDigest" })
            (await ledger.Store.ReadContentAsync(consulted.GetProperty(digest).GetString()!, TestContext.Current.CancellationToken)).ShouldNotBeNull(digest);
        (await ledger.Store.ReadContentAsync(composition.GetProperty("draftDigest").GetString()!, TestContext.Current.CancellationToken)).ShouldNotBeNull();
        (await ledger.ReadAsync("/api/status")).GetProperty("composer").GetProperty("today").GetProperty("tokens").GetInt64().ShouldBe(1500);
    }

    [Fact]
    public async Task Nothing_is_asked_where_nothing_is_configured()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);

        await LearnAsync(ledger, Run.Many(3));

        (await ledger.EventsAsync("model_consulted")).ShouldBe(0);
        (await ledger.ReadAsync("/api/status")).GetProperty("composer").GetProperty("name").GetString().ShouldBe("miner");
        (await EventAsync(ledger, "curation_decided")).TryGetProperty("composition", out _).ShouldBeFalse();
    }

    private static async Task LearnAsync(HandDrivenLedger ledger, IEnumerable<Run> runs)
    {
        (await ledger.EmitAsync(runs)).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        await ledger.CurateAllAsync();
        await ledger.SettleAsync();
    }

    private static async Task<JsonElement> EventAsync(HandDrivenLedger ledger, string type) =>
        JsonElement.Parse((await ledger.ColumnAsync($"select data::text from ledger.mt_events where type = '{type}' order by seq_id desc limit 1")).Single());
}
