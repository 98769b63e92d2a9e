using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Browser.Tests.Running;
using Pipeline.EndToEnd.Tests.Running;

namespace Pipeline.Browser.Tests;

public sealed class SkillPagesTests(ConsoleFixture console)
{
    private const string Skill = $"/console/skills/{Content.Written}";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string Of(string skill) => $"e.stream_id = 'skill-{skill}'";

    [Fact]
    public async Task A_skill_says_what_each_alias_names_since_when_by_whom_why_and_whether_it_holds()
    {
        await using var tab = await console.OpenAsync(Skill);

        var answer = await tab.Page.InnerTextAsync("section[aria-label='Alias production']");
        answer.ShouldContain("production = v2");
        answer.ShouldContain("moved by admin:local");
        answer.ShouldContain("because “looked at by two of us”");
        answer.ShouldContain("tier T3, needs T3");
        answer.ShouldContain("approved by admin:local");
        answer.ShouldContain("rebuilt from events, byte for byte as recorded");
        answer.ShouldContain($"pipeline replay {Content.Written}@2");
        answer.ShouldContain("hashes as it was sealed, and the checkpoint over");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task A_package_whose_bytes_were_altered_is_told_by_the_answer()
    {
        var ledger = await console.LedgerAsync();
        var (name, body) = ("altered-later", "Keep it as it is.");
        await ledger.ImportAsync(Written.Skill(name, body));
        await ledger.SettleAsync();
        var digest = (await ledger.ReadAsync($"/api/skills/{name}/versions/1")).GetProperty("files")[0].GetProperty("sha256").GetString()!["sha256:".Length..];
        (await ledger.ExecuteAsync($"update ledger.contents set body = 'x'::bytea, compression = 0 where sha256 = '\\x{digest}'")).ShouldBe(1);

        await using var tab = await console.OpenAsync($"/console/skills/{name}");

        (await tab.Page.InnerTextAsync("section[aria-label='Alias latest']")).ShouldContain("it is not what was recorded");
        (await tab.Page.Locator("section.answer.bad").CountAsync()).ShouldBe(1);
        (await tab.GoAsync($"/console/skills/{name}/versions/1")).ShouldBe(200);
        (await tab.TextAsync()).ShouldContain("The package is not as recorded");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task An_event_that_was_altered_is_told_by_its_page()
    {
        var ledger = await console.LedgerAsync();
        await ledger.ImportAsync(Written.Skill("altered-event", "Keep this, too."));
        await ledger.SettleAsync();
        var leaf = (await ledger.ReadAsync("/api/skills/altered-event/versions/1")).GetProperty("version").GetProperty("leaf").GetInt64();
        (await ledger.ExecuteAsync($"update ledger.mt_events set data = jsonb_set(data, '{{environment}}', '\"other\"') where seq_id = (select seq_id from ledger.leaves where leaf_index = {leaf})")).ShouldBe(1);

        await using var tab = await console.OpenAsync($"/console/events/{leaf}");

        (await tab.Page.InnerTextAsync(".standing")).ShouldContain("is not proved by the log: its event is not what was sealed");
        (await ledger.ExecuteAsync($"update ledger.mt_events set data = data || '{{\"unheardOf\": 1}}' where seq_id = (select seq_id from ledger.leaves where leaf_index = {leaf})")).ShouldBe(1);
        await tab.GoAsync($"/console/events/{leaf}");
        (await tab.Page.InnerTextAsync("[aria-label='Data of the event']")).ShouldContain("\"unheardOf\": 1", Case.Sensitive, "what is on record, and not what the program makes of it");
        await tab.GoAsync("/console/events/3");
        (await tab.Page.InnerTextAsync(".standing")).ShouldContain("Leaf 3 hashes as it was sealed");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task An_answer_that_rests_on_an_altered_event_is_red_and_says_which_check_failed_and_how_to_check_it()
    {
        var ledger = await console.LedgerAsync();
        await ledger.ImportAsync(Written.Skill("altered-answer", "Keep this as well."));
        await ledger.SettleAsync();
        await using var tab = await console.OpenAsync("/console/skills/altered-answer");
        (await tab.Page.Locator("section.answer.bad").CountAsync()).ShouldBe(0);
        var leaf = (await ledger.ReadAsync("/api/skills/altered-answer/aliases/latest/history")).GetProperty("moves")[0].GetProperty("leaf").GetInt64();

        (await ledger.ExecuteAsync($"update ledger.mt_events set data = jsonb_set(data, '{{reason}}', '\"because I say so\"') where seq_id = (select seq_id from ledger.leaves where leaf_index = {leaf})")).ShouldBe(1);
        await tab.GoAsync("/console/skills/altered-answer");

        var card = tab.Page.Locator("section.answer.bad");
        (await card.CountAsync()).ShouldBe(1);
        var failed = await card.Locator(".standing", new() { HasText = "not proved" }).InnerTextAsync();
        failed.ShouldContain($"Leaf {leaf} (the alias was moved) is not proved by the log: its event is not what was sealed.");
        failed.ShouldContain($"pipeline audit proof {leaf} --key KEY");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task An_answer_is_red_where_the_tier_that_it_tells_was_altered()
    {
        var ledger = await console.LedgerAsync();
        await ledger.ImportAsync(Written.Skill("altered-tier", "Keep this at its tier."));
        await ledger.SettleAsync();
        var leaf = await ledger.ScalarAsync<long>($"select max(l.leaf_index) from ledger.leaves l join ledger.mt_events e on e.seq_id = l.seq_id where {Of("altered-tier")} and e.type = 'tier_decided'");
        (await ledger.ExecuteAsync($"update ledger.mt_events set data = jsonb_set(data, '{{to}}', '\"t4\"') where seq_id = (select seq_id from ledger.leaves where leaf_index = {leaf})")).ShouldBe(1);

        await using var tab = await console.OpenAsync("/console/skills/altered-tier");

        var card = tab.Page.Locator("section.answer.bad[aria-label='Alias latest']");
        (await card.CountAsync()).ShouldBe(1);
        (await card.InnerTextAsync()).ShouldContain($"Leaf {leaf} (the tier was decided) is not proved by the log: its event is not what was sealed.");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task An_answer_is_red_where_the_revocation_that_it_should_tell_was_taken_out()
    {
        var ledger = await console.LedgerAsync();
        await ledger.ImportAsync(Written.Skill("revoked-and-hidden", "Keep this revoked."));
        await ledger.SettleAsync();
        (await ledger.PostAsync("/api/skills/revoked-and-hidden/revoke", new JsonObject { ["version"] = 1, ["reason"] = "it does harm" })).Status.ShouldBe(200);
        await ledger.SettleAsync();
        var revoked = await ledger.ScalarAsync<long>($"select max(version) from ledger.mt_events e where {Of("revoked-and-hidden")} and type = 'version_revoked'");
        var kept = revoked - 1 + await ledger.ExecuteAsync($"delete from ledger.mt_events e where {Of("revoked-and-hidden")} and version >= {revoked}");

        await using var tab = await console.OpenAsync("/console/skills/revoked-and-hidden");

        var card = tab.Page.Locator("section.answer.bad[aria-label='Alias latest']");
        (await card.CountAsync()).ShouldBe(1);
        (await card.InnerTextAsync()).ShouldContain($"Not all that is on record of the skill is here: its stream is to have {kept} events, and has {revoked - 1}.");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task An_answer_is_red_where_an_event_in_the_middle_was_taken_out()
    {
        var ledger = await console.LedgerAsync();
        await ledger.ImportAsync(Written.Skill("holed", "Keep this whole."));
        await ledger.ImportAsync(Written.Skill("holed", "Keep this whole, with care."));
        await ledger.SettleAsync();
        var gone = await ledger.ScalarAsync<long>($"select min(version) from ledger.mt_events e where {Of("holed")} and type = 'tier_decided'");
        (await ledger.ExecuteAsync($"delete from ledger.mt_events e where {Of("holed")} and version = {gone}")).ShouldBe(1);

        await using var tab = await console.OpenAsync("/console/skills/holed");

        var card = tab.Page.Locator("section.answer.bad[aria-label='Alias latest']");
        (await card.CountAsync()).ShouldBe(1);
        (await card.InnerTextAsync()).ShouldContain($"Not all that is on record of the skill is here: event {gone} is not where it was.");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task Before_an_alias_was_moved_the_answer_has_none_of_it()
    {
        var ledger = await console.LedgerAsync();
        var moves = (await ledger.ReadAsync($"/api/skills/{Content.Written}/aliases/production/history")).GetProperty("moves");
        var leaf = moves[0].GetProperty("leaf").GetInt64();

        await using var tab = await console.OpenAsync($"{Skill}?asOf={leaf - 1}");
        (await tab.Page.Locator("section[aria-label='Alias production']").CountAsync()).ShouldBe(0);
        (await tab.Page.Locator("#versions + form tbody tr").CountAsync()).ShouldBe(2);
        await tab.GoAsync($"{Skill}?asOf={leaf}");
        (await tab.Page.Locator("section[aria-label='Alias production']").CountAsync()).ShouldBe(1);
        (await tab.GoAsync($"{Skill}?asOf=0")).ShouldBe(404);
        (await tab.Page.InnerTextAsync("h1")).ShouldBe($"There was no skill “{Content.Written}” then");
    }

    [Fact]
    public async Task The_list_as_of_the_last_leaf_is_the_list_of_now()
    {
        // Not the skill whose event another test alters: what is folded is not what was projected then.
        const string List = "/console/skills?status=all&q=desk";
        await using var tab = await console.OpenAsync(List);
        string now, then, again, leaf, after;
        do
        {
            // Other tests write meanwhile: what is compared must be of one state.
            await (await console.LedgerAsync()).SettleAsync();
            (now, leaf) = await ListAsync("");
            (then, _) = await ListAsync($"&asOf={leaf}");
            await (await console.LedgerAsync()).SettleAsync();
            (again, after) = await ListAsync("");
        }
        while (after != leaf || again != now);

        then.ShouldBe(now);

        async Task<(string Rows, string Leaf)> ListAsync(string asOf)
        {
            await tab.GoAsync(List + asOf);
            return (await tab.Page.Locator("tbody").InnerTextAsync(), (await tab.Page.InnerTextAsync(".moment, .banner.then")).Split("leaf ")[1].Split(',')[0]);
        }
    }

    [Fact]
    public async Task Two_versions_are_chosen_and_only_what_changed_is_shown_with_who_is_behind_it()
    {
        await using var tab = await console.OpenAsync(Skill, Looks.Usual with { Script = false });
        await tab.Page.CheckAsync("input[name=from][value='1']");
        await tab.Page.CheckAsync("input[name=to][value='2']");
        await tab.Page.ClickAsync("text=Compare the two");

        tab.Path.ShouldContain("from=1");
        tab.Path.ShouldContain("to=2");
        (await tab.Page.InnerTextAsync("h2")).ShouldBe("v1 to v2: 1 section changed");
        (await tab.Page.Locator("section.change").CountAsync()).ShouldBe(1);
        (await tab.Page.InnerTextAsync(".side.after")).ShouldContain("Listen.");
        (await tab.Page.InnerTextAsync(".side.before")).ShouldNotContain("Listen.");
        (await tab.Page.InnerTextAsync(".behind")).ShouldContain("As it stands since v2, by admin:local");

        await tab.Page.SelectOptionAsync("#view", "text");
        await tab.Page.ClickAsync("text=Compare >> nth=-1");
        (await tab.Page.Locator("tr.added").CountAsync()).ShouldBe(1);
        await tab.GoAsync($"{Skill}/diff?from=2&to=2");
        (await tab.TextAsync()).ShouldContain("The two are the same package");
    }

    [Fact]
    public async Task A_section_that_stands_since_an_earlier_version_says_so()
    {
        await using var tab = await console.OpenAsync($"{Skill}/versions/3");

        var sections = await tab.Page.Locator("article.document section").AllInnerTextsAsync();
        sections.Single(s => s.StartsWith("When to use", StringComparison.Ordinal)).ShouldContain("since v1");
        sections.Single(s => s.StartsWith("Greeting", StringComparison.Ordinal)).ShouldContain("since v2");
        sections.Single(s => s.StartsWith("Parting", StringComparison.Ordinal)).ShouldContain("since v3");
    }

    [Fact]
    public async Task A_learned_section_names_the_episodes_behind_it()
    {
        await using var tab = await console.OpenAsync("/console/skills/library-desk-renew-loan/versions/1");

        (await tab.Page.Locator(".behind a.run").CountAsync()).ShouldBeGreaterThan(2);
        (await tab.Page.InnerTextAsync("h2:text('Evidence') + table")).ShouldContain("succeeded, says verifier");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task The_timeline_is_filtered_by_its_address_paged_and_exported_as_it_is_shown()
    {
        await using var tab = await console.OpenAsync("/console/timeline?operation=alias&limit=5");
        var shown = await LeavesAsync(tab);
        shown.Count.ShouldBe(5);
        shown.ShouldBe(shown.OrderDescending());
        (await tab.Page.Locator(".kind").AllInnerTextsAsync()).ShouldAllBe(kind => kind == "alias moved" || kind == "alias removed");

        var http = (await console.LedgerAsync()).Http;
        var json = JsonElement.Parse(await http.GetStringAsync(await tab.Page.GetAttributeAsync("text=JSON", "href"), Stop));
        json.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("leaf").GetInt64()).ShouldBe(shown);
        var csv = await http.GetStringAsync(await tab.Page.GetAttributeAsync("text=CSV", "href"), Stop);
        csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(row => long.Parse(row.Split('"')[1], null)).ShouldBe(shown);

        await tab.Page.ClickAsync("text=Older");
        (await LeavesAsync(tab)).Max().ShouldBeLessThan(shown.Min());
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task Filters_of_the_timeline_narrow_together()
    {
        await using var tab = await console.OpenAsync($"/console/timeline?kind=skill&operation=approve&actor=ADMIN&text={Content.Written}");

        (await tab.Page.Locator(".events li").AllInnerTextsAsync()).ShouldHaveSingleItem().ShouldContain("read it, line by line");
        await tab.GoAsync($"/console/timeline?kind=policy&operation=approve&text={Content.Written}");
        (await tab.TextAsync()).ShouldContain("Nothing on record is like that.");
        await tab.GoAsync("/console/timeline?operation=keep");
        (await tab.Page.Locator(".what").AllInnerTextsAsync()).ShouldAllBe(what => what.Contains("keep: "));
    }

    [Fact]
    public async Task An_event_is_shown_as_it_is_on_record()
    {
        await using var tab = await console.OpenAsync($"{Skill}/timeline?operation=approve");

        await tab.Page.ClickAsync(".events a.leaf");

        (await tab.Page.InnerTextAsync("h1")).ShouldEndWith("approval given");
        (await tab.Page.InnerTextAsync("pre")).ShouldContain("\"reason\": \"read it, line by line\"");
        await tab.ShouldBehaveAsync();
        (await tab.GoAsync("/console/events/99999999")).ShouldBe(404);
        (await tab.GoAsync("/console/events/5?asOf=4")).ShouldBe(404);
    }

    [Fact]
    public async Task A_lineage_goes_a_hop_each_way_and_further_where_it_is_opened()
    {
        await using var tab = await console.OpenAsync($"{Skill}/lineage?version=1");
        (await tab.Page.Locator("svg .node").CountAsync()).ShouldBe(2);

        await tab.Page.ClickAsync("svg a.opener");

        (await tab.Page.Locator("svg .node").CountAsync()).ShouldBe(3);
        (await tab.Page.Locator("svg path.line").CountAsync()).ShouldBe(2);
        (await tab.Page.Locator("table tbody tr").CountAsync()).ShouldBe(3);
        (await tab.Page.Locator("table tbody tr >> nth=1").InnerTextAsync()).ShouldContain("v3");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task A_lineage_goes_on_into_other_skills_where_two_became_one()
    {
        await using var tab = await console.OpenAsync($"/console/skills/{Content.Merged}/lineage?version=2");
        (await tab.Page.Locator("svg .node").AllInnerTextsAsync()).Count.ShouldBe(3);
        (await tab.Page.Locator("table tbody tr", new() { HasText = "this one" }).InnerTextAsync()).ShouldContain($"{Content.Absorbed} v1");

        await tab.GoAsync($"/console/skills/{Content.Absorbed}/lineage");

        (await tab.Page.Locator("table tbody tr").AllInnerTextsAsync()).ShouldContain(row => row.StartsWith($"{Content.Merged} v2", StringComparison.Ordinal));
        await tab.GoAsync($"/console/skills/{Content.Absorbed}");
        (await tab.Page.Locator(".facts").InnerTextAsync()).ShouldContain($"absorbed into {Content.Merged}@2");
    }

    [Fact]
    public async Task A_lineage_of_a_moment_has_nothing_that_came_later()
    {
        var ledger = await console.LedgerAsync();
        var second = (await ledger.ReadAsync($"/api/skills/{Content.Written}/versions/2")).GetProperty("version").GetProperty("leaf").GetInt64();

        await using var tab = await console.OpenAsync($"{Skill}/lineage?version=1&open={Content.Written}%402&asOf={second}");

        (await tab.Page.Locator("svg .node").CountAsync()).ShouldBe(2);
    }

    private static async Task<IReadOnlyList<long>> LeavesAsync(Tab tab) =>
        [.. (await tab.Page.Locator(".events a.leaf").AllInnerTextsAsync()).Select(text => long.Parse(text.Replace("Leaf", "", StringComparison.Ordinal).Trim(), null))];
}
