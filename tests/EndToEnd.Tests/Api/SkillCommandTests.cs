using System.Text.Json.Nodes;
using Pipeline.EndToEnd.Tests.Running;

namespace Pipeline.EndToEnd.Tests.Api;

public sealed class SkillCommandTests(SharedLedger shared) : IClassFixture<SharedLedger>
{
    private readonly PumpedLedger ledger = shared.Ledger;

    [Fact]
    public async Task A_skill_is_retired_and_reinstated()
    {
        await ledger.ImportAsync(Written.Skill("seasonal"));

        var retired = await CommandAsync("seasonal", "retire");
        retired.Status.ShouldBe(200);
        retired.Json.Text("status").ShouldBe("retired");
        retired.Json.GetProperty("events")[0].GetString().ShouldBe("skill_retired");
        (await CommandAsync("seasonal", "retire")).Json.GetProperty("events").GetArrayLength().ShouldBe(0);
        (await CommandAsync("seasonal", "rollback", new() { ["toVersion"] = 1 })).ShouldBeProblem(409, "skill-retired");

        (await CommandAsync("seasonal", "reinstate")).Json.Text("status").ShouldBe("active");
        (await ledger.ReadAsync("/api/skills/seasonal")).GetProperty("skill").Text("status").ShouldBe("active");
    }

    [Fact]
    public async Task Rolling_back_makes_a_new_number_with_the_old_digest()
    {
        await ledger.ImportAsync(Written.Skill("rolled", "First."));
        await ledger.ImportAsync(Written.Skill("rolled", "Second."));
        var first = (await ledger.ReadAsync("/api/skills/rolled/versions/1")).GetProperty("version").Text("digest");

        var back = (await CommandAsync("rolled", "rollback", new() { ["toVersion"] = 1, ["reason"] = "worse" })).Json;

        back.GetProperty("version").GetInt32().ShouldBe(3);
        back.Text("digest").ShouldBe(first);
        (await ledger.ReadAsync("/api/skills/rolled")).Text("text").ShouldContain("First.");
        (await ledger.ReadAsync("/api/skills/rolled/replay?version=3")).GetProperty("matches").GetBoolean().ShouldBeTrue();
        (await CommandAsync("rolled", "rollback", new() { ["toVersion"] = 9 })).ShouldBeProblem(404, "version-unknown");
    }

    [Fact]
    public async Task A_revoked_version_is_not_gone_back_to()
    {
        await ledger.ImportAsync(Written.Skill("tainted", "First."));
        await ledger.ImportAsync(Written.Skill("tainted", "Second."));

        (await CommandAsync("tainted", "revoke", new() { ["version"] = 1, ["reason"] = "leaks" })).Json.GetProperty("events").EnumerateArray().ShouldContain(e => e.GetString() == "version_revoked");
        (await CommandAsync("tainted", "rollback", new() { ["toVersion"] = 1 })).ShouldBeProblem(409, "version-revoked");
        (await ledger.ImportAsync(Written.Skill("tainted", "First."))).Single().Text("code").ShouldBe("digest-revoked");
    }

    [Fact]
    public async Task A_command_on_a_skill_that_moved_on_is_refused()
    {
        await ledger.ImportAsync(Written.Skill("moving", "First."));
        await ledger.ImportAsync(Written.Skill("moving", "Second."));

        (await CommandAsync("moving", "retire", null, ("If-Match", "\"1\""))).ShouldBeProblem(412, "skill-moved");
        (await CommandAsync("moving", "retire", null, ("If-Match", "one"))).ShouldBeProblem(400, "if-match");
        (await ledger.ReadAsync("/api/skills/moving")).GetProperty("skill").Text("status").ShouldBe("active");
        (await CommandAsync("moving", "retire", null, ("If-Match", $"\"{await StreamVersionAsync("moving")}\""))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_command_that_is_repeated_under_its_key_is_answered_as_before()
    {
        await ledger.ImportAsync(Written.Skill("repeated"));
        (string, string)[] headers = [("Idempotency-Key", "repeat-1"), ("If-Match", $"\"{await StreamVersionAsync("repeated")}\"")];

        var first = await CommandAsync("repeated", "retire", Reason("once"), headers);
        first.Status.ShouldBe(200);
        var again = await CommandAsync("repeated", "retire", Reason("once"), headers);

        again.Text.ShouldBe(first.Text);
        (await ledger.ReadAsync("/api/skills/repeated/history")).GetProperty("events").EnumerateArray().Count(e => e.Text("type") == "skill_retired").ShouldBe(1);
    }

    [Fact]
    public async Task A_key_stands_for_one_command_only()
    {
        await ledger.ImportAsync(Written.Skill("keyed"), Written.Skill("other-keyed"));
        (await CommandAsync("keyed", "reinstate", null, ("Idempotency-Key", "key-1"))).Json.GetProperty("events").GetArrayLength().ShouldBe(0);

        (await CommandAsync("keyed", "retire", null, ("Idempotency-Key", "key-1"))).ShouldBeProblem(409, "idempotency-key");
        (await CommandAsync("other-keyed", "reinstate", null, ("Idempotency-Key", "key-1"))).ShouldBeProblem(409, "idempotency-key");
        (await CommandAsync("keyed", "reinstate", Reason("another reason"), ("Idempotency-Key", "key-1"))).ShouldBeProblem(409, "idempotency-key");
        (await ledger.ReadAsync("/api/skills/keyed")).GetProperty("skill").Text("status").ShouldBe("active");
    }

    [Fact]
    public async Task Commands_at_once_under_one_key_run_once()
    {
        await ledger.ImportAsync(Written.Skill("hurried", "First."));
        await ledger.ImportAsync(Written.Skill("hurried", "Second."));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => CommandAsync("hurried", "rollback", new() { ["toVersion"] = 1 }, ("Idempotency-Key", "hurry"))));

        answers.ShouldAllBe(a => a.Status == 200);
        answers.Select(a => a.Json.GetProperty("version").GetInt32()).Distinct().ShouldBe([3]);
        (await ledger.ReadAsync("/api/skills/hurried/versions")).GetProperty("versions").GetArrayLength().ShouldBe(3);
    }

    [Fact]
    public async Task The_name_of_a_retired_skill_is_free_and_then_reinstating_it_is_refused()
    {
        await ledger.ImportAsync(Written.Skill("shared-name", id: "elder"));
        await CommandAsync("elder", "retire");

        (await ledger.ImportAsync(Written.Skill("shared-name", id: "younger"))).Single().Text("name").ShouldBe("shared-name");
        (await ledger.ReadAsync("/api/skills/shared-name")).GetProperty("skill").Text("id").ShouldBe("younger");
        (await CommandAsync("elder", "reinstate")).ShouldBeProblem(409, "name-taken");

        await CommandAsync("younger", "retire");
        (await CommandAsync("elder", "reinstate")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_learned_skill_that_is_retired_is_not_brought_back_by_new_evidence()
    {
        await ledger.LearnAsync(Run.Many(3).Select(Of));
        (await CommandAsync("gone-renew-loan", "retire")).Status.ShouldBe(200);

        await ledger.LearnAsync(Run.Many(6, from: 10).Select(r => Of(r) with { ChecksHolds = true }));

        (await ledger.ReadAsync("/api/skills/gone-renew-loan")).GetProperty("skill").Text("status").ShouldBe("retired");
        (await ledger.ColumnAsync("select data ->> 'reasonCode' from ledger.mt_events where stream_id = 'family-gone.renew-loan' and type = 'curation_decided' order by version"))[^1].ShouldBe("skill-not-active");
        static Run Of(Run run) => run with { Environment = "gone", Id = $"gone-{run.Number}" };
    }

    [Theory]
    [InlineData("", "application/json", 400, "bad-request")]
    [InlineData("{", "application/json", 400, "bad-request")]
    [InlineData("[]", "application/json", 400, "bad-request")]
    [InlineData("null", "application/json", 400, "bad-request")]
    [InlineData("{\"reason\":7}", "application/json", 400, "bad-request")]
    [InlineData("{\"reason\":\"x\"}", "text/plain", 415, "content-type")]
    public async Task A_body_that_cannot_be_read_is_a_problem(string body, string contentType, int status, string code)
    {
        await ledger.ImportAsync(Written.Skill("ill-asked"));
        (await ledger.PostAsync("/api/skills/ill-asked/retire", body, contentType)).ShouldBeProblem(status, code);
    }

    [Fact]
    public async Task What_a_command_needs_must_be_there()
    {
        await ledger.ImportAsync(Written.Skill("needy"));
        (await CommandAsync("needy", "rollback", [])).ShouldBeProblem(400, "bad-request");
        (await CommandAsync("needy", "revoke", Reason("x"))).ShouldBeProblem(400, "bad-request");
        (await CommandAsync("nobody", "retire")).ShouldBeProblem(404, "skill-unknown");
    }

    private static JsonObject Reason(string reason) => new() { ["reason"] = reason };

    private async Task<long> StreamVersionAsync(string skill) => (await ledger.ReadAsync($"/api/skills/{skill}")).GetProperty("skill").GetProperty("streamVersion").GetInt64();

    private Task<Answer> CommandAsync(string skill, string command, JsonObject? body = null, params (string, string)[] headers) =>
        ledger.PostAsync($"/api/skills/{skill}/{command}", body ?? Reason("because"), headers);
}
