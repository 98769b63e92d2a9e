using System.Net;
using System.Text.RegularExpressions;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Reading;

namespace Pipeline.EndToEnd.Tests.Api;

/// <summary>The console's forms as HTTP has them; tests/Browser.Tests looks at them in a browser.</summary>
public sealed partial class ConsoleFormTests(SharedLedger shared) : IClassFixture<SharedLedger>
{
    private readonly PumpedLedger ledger = shared.Ledger;

    [Fact]
    public async Task A_change_is_made_by_the_form_that_showed_it_and_by_no_other()
    {
        await ledger.ImportAsync(Written.Skill("by-form"));
        const string Path = "/console/skills/by-form/change/approve?version=1";
        var fields = await FieldsAsync(Path);
        var approvals = await ledger.EventsAsync("approval_given");

        (await SendAsync(Path, fields, ("Origin", "https://evil.example"))).Status.ShouldBe(403);
        (await SendAsync(Path, fields, ("Sec-Fetch-Site", "same-site"))).Status.ShouldBe(403);
        (await SendAsync(Path, fields.Where(f => f.Key != "__RequestVerificationToken"))).Status.ShouldBe(400);
        (await SendAsync(Path, fields.Select(f => f.Key == "preview" ? KeyValuePair.Create(f.Key, "sha256:other") : f))).Status.ShouldBe(412);
        var made = (await ledger.ReadAsync("/api/skills/by-form/versions/1")).GetProperty("version").GetProperty("leaf").GetInt64();
        (await SendAsync($"{Path}&asOf={made}", fields)).Status.ShouldBe(409);
        (await ledger.EventsAsync("approval_given")).ShouldBe(approvals);

        var done = await SendAsync(Path, fields);

        done.Status.ShouldBe(200);
        done.Text.ShouldContain("approved by admin:local");
        (await ledger.EventsAsync("approval_given")).ShouldBe(approvals + 1);
        (await ledger.ReadAsync("/api/skills/by-form")).GetProperty("trust").Text("tier").ShouldBe("t3");
    }

    [Fact]
    public async Task A_preview_writes_nothing()
    {
        await ledger.ImportAsync(Written.Skill("only-shown"));
        var before = await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where stream_id = 'skill-only-shown'");

        foreach (var change in (string[])["approve?version=1", "revoke?version=1", "move?version=1&alias=canary", "roll-back?version=1", "withdraw?version=1"])
            (await ledger.GetAsync($"/console/skills/only-shown/change/{change}")).Status.ShouldBe(200, change);

        (await ledger.ScalarAsync<long>("select count(*) from ledger.mt_events where stream_id = 'skill-only-shown'")).ShouldBe(before);
    }

    [Fact]
    public async Task Growth_that_is_counted_bit_by_bit_is_the_growth_that_is_counted_at_once()
    {
        await ledger.LearnAsync(Run.Many(8, from: 900).Select(r => r with { Environment = "growing" }));
        var store = ledger.Store;
        var leaves = (await store.SizeAsync(TestContext.Current.CancellationToken)).Sealed;
        var little = new LedgerGrowth(store, new(ledger.Database));
        for (var upTo = leaves / 2; upTo < leaves; upTo += 7) await ReadAsync(little, upTo);

        var (bit, once) = (await ReadAsync(little, leaves), await ReadAsync(new(store, new(ledger.Database)), leaves));

        bit.Points.ShouldBe(once.Points);
        bit.Operations.ShouldBe(once.Operations);
        bit.Points[^1].Events.ShouldBe(leaves);
        bit.Points.Select(p => p.Runs).ShouldBe(bit.Points.Select(p => p.Runs).Order());
        bit.Operations.Single(o => o.Operation == "create").Done.ShouldBe(await ledger.ScalarAsync<long>($"select count(*) from ledger.leaves join ledger.mt_events using (seq_id) where leaf_index < {leaves} and type = 'skill_created'"));
    }

    private async Task<Growth> ReadAsync(LedgerGrowth growth, long leaves)
    {
        var last = (await ledger.Store.ReadSealedAsync(leaves - 1, 1, TestContext.Current.CancellationToken))[0];
        return await growth.ReadAsync(new(leaves, last.Context.RecordedAt, leaves, ""), TestContext.Current.CancellationToken);
    }

    private async Task<IReadOnlyList<KeyValuePair<string, string>>> FieldsAsync(string path)
    {
        var page = await ledger.GetAsync(path);
        page.Status.ShouldBe(200, page.Text);
        var form = page.Text[page.Text.IndexOf("method=\"post\"", StringComparison.Ordinal)..];
        return [.. HiddenField().Matches(form).Select(m => KeyValuePair.Create(m.Groups["name"].Value, WebUtility.HtmlDecode(m.Groups["value"].Value))), KeyValuePair.Create("reason", "read it")];
    }

    private Task<Answer> SendAsync(string path, IEnumerable<KeyValuePair<string, string>> fields, params (string Name, string Value)[] headers) =>
        ledger.SendAsync(HttpMethod.Post, path, new FormUrlEncodedContent(fields), [.. headers, ("Accept", "text/html")]);

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex HiddenField();
}
