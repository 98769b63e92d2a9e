using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.CurateFamily;
using Pipeline.Functions.Messages;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Composing;

/// <summary>A family curated with a model that words the drafts.</summary>
public sealed class ComposingTests(PostgresFixture postgres)
{
    private const string Skill = "/api/skills/library-renew-loan";
    private const string FamilyId = "library.renew-loan";

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
            (await ledger.Store.ReadContentAsync(consulted.GetProperty(digest).GetString()!, Stop)).ShouldNotBeNull(digest);
        (await ledger.Store.ReadContentAsync(composition.GetProperty("draftDigest").GetString()!, Stop)).ShouldNotBeNull();
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

    [Fact]
    public async Task The_same_version_comes_of_what_is_on_record_with_the_model_gone()
    {
        var model = await StubModel.StartAsync();
        await using var ledger = await HandDrivenLedger.StartAsync(postgres, settings: model.Settings());
        await LearnAsync(ledger, Run.Many(3));
        await model.DisposeAsync();

        (await ledger.ReadAsync($"{Skill}/replay")).GetProperty("matches").GetBoolean().ShouldBeTrue();

        var history = await ledger.Store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Family, FamilyId), sealedOnly: true, ct: Stop);
        var point = FamilyHistory.NextPoint(await ledger.Service<ActivePolicies>().LoadAsync(EventContext.DefaultTenant, Stop), history, lookedThrough: 2)!;
        var family = FamilyHistory.AsOf(history, point.Number);
        var episodes = await ledger.Service<EpisodeReader>().ReadAsync(EventContext.DefaultTenant, family.Id, EvidenceSelection.Select(family.Evidence, point.Active.Policy), Stop);
        var conclusion = FamilyCuration.Decide(new()
        {
            Family = family,
            Leaf = point.Evidence.Leaf!.Value,
            At = point.Evidence.Context.RecordedAt,
            PolicyReference = point.Active.Reference,
            Policy = point.Active.Policy,
            Episodes = episodes,
            Name = FamilyHistory.NameOf(family, episodes, point.Active.Policy),
            Skill = Domain.Skills.Skill.None,
            CurrentText = "",
            Answer = await ledger.Service<RecordedAnswers>().OfAsync(family.ConsultationAt(point.Number)!, Stop),
        });
        CanonicalJson.Text(conclusion.Decision).ShouldBe(CanonicalJson.Text(history.Select(e => e.Event).OfType<FamilyEvent.CurationDecided>().Last()));
        model.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task Every_decision_comes_out_again_without_the_model_and_another_policy_is_compared_by_the_drafts()
    {
        var model = await StubModel.StartAsync();
        await using var ledger = await HandDrivenLedger.StartAsync(postgres, settings: model.Settings(("MaxRetries", "0")));
        model.Behaviour = (context, turn) => context.Response.WriteAsync(turn.Number == 2 ? "{" : StubModel.Completion(StubModel.Reworded(turn.Draft)));
        // What later runs do differently makes a second version, of which the model makes nothing, and a third.
        foreach (var runs in Run.Many(24).Select(r => r with { ChecksHolds = r.Number is > 4 and < 16 }).Chunk(4)) await LearnAsync(ledger, runs);
        await model.DisposeAsync();
        (await ledger.ColumnAsync("select distinct data #>> '{composition,outcome}' from ledger.mt_events where type = 'curation_decided' and data ? 'composition' order by 1")).ShouldBe(["draftStands", "used"]);

        var again = await CommandLineRun.OfAsync("rederive", "--json", "--url", ledger.Http.BaseAddress!.ToString(), "--home", PostgresFixture.NewHome());
        again.ExitCode.ShouldBe(0, again.Out + again.Error);
        again.Json.GetProperty("same").GetInt64().ShouldBe(await ledger.EventsAsync("curation_decided"));

        var other = await CommandLineRun.OfAsync("whatif", "--policy", "default", "--json", "--url", ledger.Http.BaseAddress!.ToString(), "--home", PostgresFixture.NewHome());
        other.ExitCode.ShouldBe(0, other.Out + other.Error);
        other.Json.GetProperty("differs").GetInt32().ShouldBe(0, other.Out);
        other.Json.GetProperty("library").EnumerateArray().ShouldAllBe(s => JsonElement.DeepEquals(s.GetProperty("wouldBe"), s.GetProperty("recorded")));
    }

    [Fact]
    public async Task What_was_asked_once_is_not_asked_again()
    {
        await using var model = await StubModel.StartAsync();
        await using var ledger = await HandDrivenLedger.StartAsync(postgres, settings: model.Settings());
        await LearnAsync(ledger, Run.Many(3));

        await ledger.ExecuteAsync("delete from ledger.curation_progress");
        await ledger.InvokeAsync("CurateFamily", new CurationMessage(EventContext.DefaultTenant, FamilyId).ToOutput().Body);
        await LearnAsync(ledger, Run.Many(3, from: 4));

        model.Calls.ShouldBe(1, "more of the same changes nothing about a version that a model worded");
        (await ledger.EventsAsync("model_consulted")).ShouldBe(1);
        (await EventAsync(ledger, "curation_decided")).GetProperty("reasonCode").GetString().ShouldBe("no-change");
    }

    [Fact]
    public async Task An_answer_that_was_recorded_before_a_crash_is_found_after_it()
    {
        await using var model = await StubModel.StartAsync();
        await using var ledger = await HandDrivenLedger.StartAsync(postgres, settings: model.Settings());
        await ledger.ExecuteAsync("create function fail() returns trigger language plpgsql as $$ begin raise exception 'crash'; end $$");
        await ledger.ExecuteAsync("create trigger crash before insert on ledger.mt_events for each row when (new.type = 'curation_decided' and new.data ->> 'operation' = 'create') execute function fail()");
        (await ledger.EmitAsync(Run.Many(3))).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();
        (await ledger.InvokeAsync("CurateFamily", new CurationMessage(EventContext.DefaultTenant, FamilyId).ToOutput().Body)).Status.ShouldBe(500);
        (await ledger.EventsAsync("model_consulted")).ShouldBe(1);

        await ledger.ExecuteAsync("drop trigger crash on ledger.mt_events");
        await using var next = await HandDrivenLedger.StartAsync(postgres, settings: model.Settings(), existing: ledger);
        await next.CurateAllAsync();
        await next.SettleAsync();

        model.Calls.ShouldBe(1);
        (await next.ReadAsync(Skill)).GetProperty("text").GetString()!.ShouldContain(StubModel.Opening);
        (await next.EventsAsync("model_consulted")).ShouldBe(1);
    }

    [Fact]
    public async Task A_process_that_is_killed_while_it_waits_for_the_model_recovers_and_what_it_may_have_cost_counts()
    {
        await using var model = await StubModel.StartAsync();
        var asked = new TaskCompletionSource();
        model.Behaviour = (context, turn) =>
        {
            if (turn.Number > 1) return context.Response.WriteAsync(StubModel.Completion(StubModel.Reworded(turn.Draft)));
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var (home, database) = (PostgresFixture.NewHome(), await postgres.CreateDatabaseAsync());
        using (var first = PipelineProcess.Start(home, database, model.Settings(), "up", "--port", "0", "--no-samples"))
        {
            await using var ledger = new ServedLedger(database, await first.UrlAsync());
            (await ledger.EmitAsync(Run.Many(3))).Status.ShouldBe(202);
            await asked.Task.WaitAsync(TimeSpan.FromSeconds(60), Stop);
            await first.KillAsync();
            await ledger.ExecuteAsync("update ledger.queue_messages set locked_until = now() - interval '1 second' where locked_until is not null");
        }

        using var second = PipelineProcess.Start(home, database, model.Settings(), "up", "--port", "0", "--no-samples");
        await using var recovered = new ServedLedger(database, await second.UrlAsync());
        await recovered.SettleAsync();

        (await recovered.ReadAsync(Skill)).GetProperty("text").GetString()!.ShouldContain(StubModel.Opening);
        model.Calls.ShouldBe(2);
        (await recovered.EventsAsync("model_consulted")).ShouldBe(1);
        (await recovered.ReadAsync("/api/status")).GetProperty("composer").GetProperty("today").GetProperty("tokens").GetInt64().ShouldBeGreaterThan(1500);
        await second.TerminateAsync();
        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public async Task A_configuration_that_cannot_be_used_is_refused_at_the_start_by_its_name()
    {
        var home = PostgresFixture.NewHome();
        using var process = PipelineProcess.Start(home, await postgres.CreateDatabaseAsync(), new Dictionary<string, string?> { ["Composer:Endpoint"] = "http://models.example/v1", ["Composer:ApiKey"] = "sk-zeisig" }, "up", "--once");

        (await process.EndAsync()).ShouldNotBe(0);

        process.Error.ShouldContain("Composer:Model is missing");
        process.Error.ShouldContain("Composer:AllowHttp");
        process.Error.ShouldNotContain("zeisig");
        process.Error.ShouldNotContain("   at ");
        if (Directory.Exists(home)) Directory.Delete(home, recursive: true);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

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
