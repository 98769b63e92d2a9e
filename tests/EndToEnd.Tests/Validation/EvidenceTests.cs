using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Hosting;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Validation;

/// <summary>Runs go on after a version was judged: what they show is judged too.</summary>
public sealed class EvidenceTests(PostgresFixture postgres)
{
    private const string Asked = "select concat_ws(' ', data ->> 'validator', data #>> '{evidence,0,familyId}', data #>> '{evidence,0,through}') from ledger.mt_events where type = 'validation_requested' and data ? 'evidence' order by version";

    private static readonly EventContext s_context = new() { Actor = new(ActorKind.Policy, "default"), CausationId = "test", CorrelationId = "test", DecidedBy = "default@1", RecordedAt = default };

    [Fact]
    public async Task A_second_source_that_does_the_same_brings_no_new_version_and_bears_the_skill_out()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        await TakeAsync(ledger, Run.Many(4).Select(r => r.ToEvent()));
        var alone = await TrustAsync(ledger);
        alone.Tier.ShouldBe("t1");
        alone.Denials.ShouldContain("T2: borne out by 1 independent source, needs 2");
        var before = await ledger.ColumnAsync(Asked);

        await TakeAsync(ledger, Run.Many(1, from: 5).Select(Elsewhere));
        (await ledger.ColumnAsync(Asked)).ShouldBe(before, "one more run is no step");
        await TakeAsync(ledger, Run.Many(1, from: 6).Select(Elsewhere));

        (await ledger.ColumnAsync(Asked)).Except(before).ShouldBe(["backtest library.renew-loan 6", "grounding library.renew-loan 6"], ignoreOrder: true);
        var borneOut = await TrustAsync(ledger);
        borneOut.Version.ShouldBe(1);
        borneOut.Tier.ShouldBe("t2");
        (await ledger.ColumnAsync("select jsonb_array_elements_text(data -> 'evidence') from ledger.mt_events where type = 'tier_decided' and data ->> 'to' = 't2'"))
            .ShouldContain(e => e.StartsWith("grounding: ", StringComparison.Ordinal) && e.EndsWith(" on 6 of library.renew-loan", StringComparison.Ordinal));
        var listed = (await ledger.ReadAsync("/api/skills/library-renew-loan/validations")).GetProperty("validations").EnumerateArray().Where(v => v.Text("validator") == "grounding").ToList();
        listed.Count(v => !v.GetProperty("stale").GetBoolean()).ShouldBe(1);
        listed.Single(v => !v.GetProperty("stale").GetBoolean()).GetProperty("evidence")[0].GetProperty("through").GetInt32().ShouldBe(6);
    }

    [Fact]
    public async Task Evidence_that_is_corrected_is_judged_again_at_once()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        await TakeAsync(ledger, Run.Many(4).Select(r => r.ToEvent()));
        var before = await ledger.ColumnAsync(Asked);

        await TakeAsync(ledger, [new Run(2).Verdict(success: false)]);

        (await ledger.ColumnAsync(Asked)).Except(before).ShouldContain("grounding library.renew-loan 5");
        (await ledger.ScalarAsync<long>("select count(*) from ledger.validation_jobs where state <> 'done'")).ShouldBe(0);
    }

    [Fact]
    public async Task What_went_into_a_version_is_there_to_judge_all_skills_of_the_family_by()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        await TakeAsync(ledger, Run.Many(5).Select(r => r.ToEvent()));
        var before = await ledger.ColumnAsync(Asked);
        before.ShouldNotContain("grounding library.renew-loan 5");

        await ledger.Service<LedgerWriter>().WriteAsync(s_context, async read =>
        {
            var family = await read.FoldAsync("family-library.renew-loan", Family.None, Family.Evolve);
            var decided = family.State.Decisions.Last(d => d.Result is not null) with { ThroughEvidence = 5 };
            return new(Decision.Of(decided), [family.Append(Streams.Family, [decided])]);
        }, TestContext.Current.CancellationToken);
        await ledger.ValidateAllAsync();

        (await ledger.ColumnAsync(Asked)).Except(before).ShouldBe(["backtest library.renew-loan 5", "grounding library.renew-loan 5"], ignoreOrder: true);
    }

    [Fact]
    public async Task How_often_the_sealed_order_is_looked_at_changes_nothing_about_the_last_word()
    {
        await using var ledger = await HandDrivenLedger.StartAsync(postgres);
        await TakeAsync(ledger, Run.Many(6).Select(r => r.ToEvent()));
        var said = await LastWordsAsync(ledger);
        await using var slow = await HandDrivenLedger.StartAsync(postgres);
        for (var n = 1; n <= 6; n++) await TakeAsync(slow, [new Run(n).ToEvent()]);

        (await LastWordsAsync(slow)).ShouldBe(said);
    }

    private static JsonObject Elsewhere(Run run) => (run with { Source = "https://branch.test/desk" }).ToEvent();

    private static async Task TakeAsync(HandDrivenLedger ledger, IEnumerable<JsonObject> events)
    {
        (await ledger.EmitAsync(events)).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        (await ledger.InvokeAsync("SealLedger", null)).Status.ShouldBe(200);
        await ledger.CurateAllAsync();
        await ledger.ValidateAllAsync();
        (await ledger.InvokeAsync("SealLedger", null)).Status.ShouldBe(200);
    }

    private static async Task<(int Version, string Tier, IReadOnlyList<string> Denials)> TrustAsync(HandDrivenLedger ledger)
    {
        var decided = JsonElement.Parse((await ledger.ColumnAsync("select data::text from ledger.mt_events where type = 'tier_decided' order by version desc limit 1")).Single());
        return (decided.GetProperty("version").GetInt32(), decided.Text("to"), [.. decided.GetProperty("denials").EnumerateArray().Select(d => d.GetString()!)]);
    }

    private static Task<IReadOnlyList<string>> LastWordsAsync(HandDrivenLedger ledger) => ledger.ColumnAsync("""
        select distinct on (data ->> 'validator') concat_ws(' ', data ->> 'validator', data ->> 'verdict', data -> 'evidence', data ->> 'reportDigest')
        from ledger.mt_events where type = 'validation_completed' and data ->> 'validator' in ('grounding', 'backtest')
          and data ->> 'packageDigest' = (select data #>> '{content,package,digest}' from ledger.mt_events where type in ('skill_created', 'skill_improved') order by version desc limit 1)
        order by data ->> 'validator', version desc
        """);
}
