using System.Text;
using System.Text.Json.Nodes;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Infra.Queue;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Input;

/// <summary>Words that only a run's payload has are looked for everywhere else.</summary>
public sealed class PrivacyTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Canary = "zeisig", Address = "zeisig.lockvogel@example.org", Card = "4111 1111 1111 1111";

    private HandDrivenLedger ledger = null!;

    public async ValueTask InitializeAsync() => ledger = await HandDrivenLedger.StartAsync(postgres);

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task What_a_run_says_is_in_no_table_message_answer_or_log_except_encrypted()
    {
        var telling = new Run(1) { Asks = $"I am {Canary}, mail me at {Address}, card {Card}", Finds = $"secret-{Canary}" };
        var answers = new List<Answer>
        {
            await ledger.EmitAsync([telling.ToEvent(), .. Run.Many(4, from: 2).Select(r => r.ToEvent())]),
            await ledger.EmitAsync(telling with { Succeeded = false, Id = "bad", Version = "ATIF-v1.8" }),
            await ledger.PostAsync("/api/events", telling.ToEvent().ToJsonString()[..^30], RunningLedger.Structured),
            await ledger.PostAsync("/api/events", telling.ToEvent().ToJsonString().Replace("\"message\":", $"\"{Canary}\":1,\"{Canary}\":2,\"message\":", StringComparison.Ordinal), RunningLedger.Structured),
            await ledger.PostAsync("/api/skills/x/retire", $$"""{"{{Canary}}":"{{Canary}}" """, "application/json"),
        };
        await FindNothingAsync();
        (await ledger.ProjectAllAsync()).ShouldBe(5);
        await ledger.CurateAllAsync();

        // Of the same things to the queue itself: its reason and detail say nothing of them either.
        foreach (var body in new[] { $"{{\"{Canary}\":", $"{{\"text\":\"{Canary}\"}}", telling.ToEvent().ToJsonString().Replace("ATIF-v1.7", Canary, StringComparison.Ordinal) })
            answers.Add(await ledger.InvokeAsync("ProjectTrajectory", Encoding.UTF8.GetBytes(body)));
        answers.Add(await ledger.PostAsync("/ProjectTrajectory", $$$"""{"Data":{"message":{"{{{Canary}}}":1,"{{{Canary}}}":2}},"Metadata":{}}""", "application/json"));
        answers.Add(await ledger.EmitAsync(telling));
        answers.Add(await ledger.GetAsync("/api/dead-letters"));
        // Contents are compressed, so the skill is read as it is served.
        answers.Add(await ledger.GetAsync("/api/skills/library-renew-loan"));
        answers[^1].Status.ShouldBe(200);

        await FindNothingAsync();
        answers.ShouldAllBe(a => !a.Text.Contains(Canary, StringComparison.OrdinalIgnoreCase));
        ledger.Log.Text.Length.ShouldBeGreaterThan(1000);
        ledger.Log.Text.ShouldNotContain(Canary, Case.Insensitive);
    }

    [Fact]
    public async Task The_search_for_words_would_find_them()
    {
        await ledger.ExecuteAsync($"insert into ledger.contents (sha256, size, compression, body) values ('\\x00', 1, 0, convert_to('the {Canary} sings', 'UTF8'))");
        (await FoundAsync(Canary)).ShouldBe(["contents.body"]);
    }

    [Fact]
    public async Task Values_that_a_pattern_knows_are_replaced_before_anything_is_stored()
    {
        (await ledger.EmitAsync(new Run(1) { Asks = $"Mail me at {Address}, card {Card}, thank you very much" })).Status.ShouldBe(202);
        await ledger.ProjectAllAsync();

        (await ledger.ScalarAsync<string>("select (data -> 'redactions')::text from ledger.mt_events where type = 'trajectory_recorded'")).ShouldContain("email");
    }

    private async Task FindNothingAsync()
    {
        foreach (var word in new[] { Canary, "lockvogel", "4111 1111" }) (await FoundAsync(word)).ShouldBeEmpty(word);
    }

    private async Task<IReadOnlyList<string>> FoundAsync(string word)
    {
        var columns = await ledger.ColumnAsync("""
            select table_name || ' ' || column_name || ' ' || data_type from information_schema.columns
            where table_schema = 'ledger' and data_type in ('text', 'character varying', 'jsonb', 'bytea', 'ARRAY') order by 1
            """);
        columns.Count.ShouldBeGreaterThan(40);
        var found = new List<string>();
        foreach (var column in columns.Select(c => c.Split(' ', 3)))
        {
            var text = column[2] == "bytea" ? $"encode({column[1]}, 'escape')" : $"{column[1]}::text";
            if (await ledger.ScalarAsync<bool>($"select exists (select from ledger.{column[0]} where {text} ilike '%{word}%')")) found.Add($"{column[0]}.{column[1]}");
        }
        return found;
    }
}
