using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Pipeline.Browser.Tests.Running;
using Pipeline.Domain.Ledger;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.LedgerApi;

namespace Pipeline.Browser.Tests;

/// <summary>What an admin changes: seen before, done with a reason, and by nobody else.</summary>
public sealed class ChangeTests(ConsoleFixture console)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_version_is_approved_and_what_happens_is_what_was_shown()
    {
        var ledger = await SkillAsync("to-approve");
        await using var tab = await console.OpenAsync("/console/skills/to-approve/change", Looks.Usual with { Script = false });
        await tab.Page.ClickAsync("form[action$='/change/approve'] button");
        (await tab.Page.InnerTextAsync("h2")).ShouldBe("Approve v1");
        (await tab.Page.Locator("tr.of-version").InnerTextAsync()).ShouldContain("1 approval");
        (await VersionAsync(ledger, "to-approve")).ShouldBe(await SeenAsync(tab));

        await ShouldHappenAsShownAsync(ledger, tab, "to-approve", "read it, <b>line by line</b>");

        tab.Path.ShouldStartWith("/console/skills/to-approve?since=");
        (await tab.Page.InnerTextAsync(".banner.done")).ShouldContain("approved by admin:local");
        (await tab.TextAsync()).ShouldContain("“read it, <b>line by line</b>”");
        await tab.ShouldBehaveAsync();
        await tab.GoAsync("/console/skills/to-approve/change/approve?version=1");
        (await tab.TextAsync()).ShouldContain("It is so already: nothing would change.");
        (await tab.Page.Locator("form[method=post]").CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task An_alias_is_moved_for_a_share_and_an_approval_is_withdrawn()
    {
        var ledger = await SkillAsync("to-move", versions: 2);
        (await ApproveAsync(ledger, "to-move", 1)).Status.ShouldBe(200);
        (await ApproveAsync(ledger, "to-move", 2)).Status.ShouldBe(200);
        await using var tab = await console.OpenAsync("/console/skills/to-move/change");
        await tab.Page.FillAsync("#alias", "canary");
        await tab.Page.SelectOptionAsync("#move-version", "1");
        await tab.Page.FillAsync("#share", "20");
        await tab.Page.ClickAsync("form[action$='/change/move'] button");
        (await tab.Page.InnerTextAsync("h2")).ShouldBe("Let canary name v1 for 20 % of the callers");
        (await tab.Page.Locator("tr.of-alias", new() { HasText = "canary" }).InnerTextAsync()).ShouldContain("v1 for 20 %");

        await ShouldHappenAsShownAsync(ledger, tab, "to-move", "a fifth of them first");

        var canary = (await ledger.ReadAsync("/api/skills/to-move/aliases")).GetProperty("aliases").EnumerateArray().Single(a => a.Text("alias") == "canary");
        (canary.GetProperty("version").GetInt32(), canary.GetProperty("share").GetInt32()).ShouldBe((1, 20));
        await tab.GoAsync("/console/skills/to-move/change/withdraw?version=1");
        await ShouldHappenAsShownAsync(ledger, tab, "to-move", "not any more");
        (await tab.Page.InnerTextAsync(".banner.done")).ShouldContain("approval withdrawn by admin:local");
    }

    [Fact]
    public async Task A_roll_back_makes_the_version_that_was_shown()
    {
        var ledger = await SkillAsync("to-roll-back", versions: 2);
        await using var tab = await console.OpenAsync("/console/skills/to-roll-back/change/roll-back?version=1", Looks.Phone);
        (await tab.Page.Locator("tr.of-version").AllInnerTextsAsync()).ShouldHaveSingleItem().ShouldContain("not there");
        await tab.ShouldBehaveAsync();

        await ShouldHappenAsShownAsync(ledger, tab, "to-roll-back", "the second says too much");

        (await tab.Page.Locator("#versions + form tbody tr").CountAsync()).ShouldBe(3);
    }

    [Fact]
    public async Task A_skill_is_retired_and_reinstated_and_each_is_offered_only_where_it_can_be()
    {
        var ledger = await SkillAsync("to-retire", 1);
        await using var tab = await console.OpenAsync("/console/skills/to-retire/change", Looks.Phone);
        (await tab.Page.Locator("form[action$='/change/reinstate']").CountAsync()).ShouldBe(0);
        await tab.Page.ClickAsync("form[action$='/change/retire'] button");
        (await tab.Page.InnerTextAsync("h2")).ShouldBe("Retire the skill");
        (await tab.Page.Locator("tr.of-skill td").AllInnerTextsAsync()).Take(2).Select(t => t.Trim()).ShouldBe(["active", "retired"]);
        await tab.ShouldBehaveAsync();
        await ShouldHappenAsShownAsync(ledger, tab, "to-retire", "nobody needs it");

        (await ledger.ReadAsync("/api/skills/to-retire")).GetProperty("skill").Text("status").ShouldBe("retired");
        await tab.GoAsync("/console/skills/to-retire/change");
        (await tab.Page.Locator("form[action$='/change/retire']").CountAsync()).ShouldBe(0);
        await tab.Page.ClickAsync("form[action$='/change/reinstate'] button");
        await ShouldHappenAsShownAsync(ledger, tab, "to-retire", "somebody does after all");

        (await ledger.ReadAsync("/api/skills/to-retire")).GetProperty("skill").Text("status").ShouldBe("active");
        (await tab.Page.InnerTextAsync(".banner.done")).ShouldContain("reinstated");
    }

    [Fact]
    public async Task A_skill_whose_name_another_has_by_now_is_not_reinstated_and_the_page_says_so_before()
    {
        var ledger = await SkillAsync("to-wake", 1);
        (await ledger.PostAsync("/api/skills/to-wake/retire", new JsonObject { ["reason"] = "enough" })).Status.ShouldBe(200);
        await ledger.ImportAsync(Written.Skill("to-wake", "Another altogether.", "to-wake-again"));
        await ledger.SettleAsync();

        await using var tab = await console.OpenAsync("/console/skills/to-wake/change/reinstate");

        (await tab.Page.InnerTextAsync(".banner.bad")).ShouldContain("name-taken");
        (await tab.Page.Locator("form[method=post]").CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_revocation_shows_what_it_quarantines_elsewhere_and_does_so()
    {
        var ledger = await SkillAsync("stays-of-two", "to-revoke");
        await Content.MergeAsync(ledger, "stays-of-two", "to-revoke");
        await ledger.SettleAsync();
        await using var tab = await console.OpenAsync("/console/skills/to-revoke/change/revoke?version=1");
        (await tab.Page.Locator("section.change").CountAsync()).ShouldBe(2);
        var elsewhere = tab.Page.Locator("section.change", new() { HasText = "Another skill" });
        (await elsewhere.InnerTextAsync()).ShouldContain("stays-of-two");
        var shown = await elsewhere.Locator(".would-be li").AllTextContentsAsync();
        shown.ShouldNotBeEmpty();
        var before = await VersionAsync(ledger, "stays-of-two");
        (await ledger.ReadAsync("/api/skills/stays-of-two/versions/2")).GetProperty("version").Text("tier").ShouldBe((await elsewhere.Locator("tr.of-version td").First.InnerTextAsync()).Trim(), StringCompareShould.IgnoreCase);

        await ShouldHappenAsShownAsync(ledger, tab, "to-revoke", "it sends people away");

        (await ToldSinceAsync(ledger, "stays-of-two", before)).ShouldBe(shown);
        (await ledger.ReadAsync("/api/skills/stays-of-two/versions/2")).GetProperty("version").Text("tier").ShouldBe("q");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task What_the_ledger_refuses_is_shown_as_it_says_it()
    {
        await SkillAsync("to-refuse");
        await using var tab = await console.OpenAsync("/console/skills/to-refuse/change/move?version=1&alias=production");

        (await tab.Page.InnerTextAsync(".banner.bad")).ShouldContain("production needs T3, and version 1 of to-refuse is at");
        (await tab.Page.Locator("form[method=post]").CountAsync()).ShouldBe(0);
        await tab.GoAsync("/console/skills/to-refuse/change/move?version=1&alias=latest");
        (await tab.Page.InnerTextAsync(".banner.bad")).ShouldContain("alias-automatic");
        await tab.GoAsync("/console/skills/to-refuse/change/revoke?version=9");
        (await tab.Page.InnerTextAsync(".banner.bad")).ShouldContain("to-refuse has versions 1 to 1, not 9");
        foreach (var nothing in (string[])["burn?version=1", "revoke", "move?version=1", "move?version=1&alias=canary&share=101"])
            (await tab.GoAsync($"/console/skills/to-refuse/change/{nothing}")).ShouldBe(404, nothing);
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task What_changed_meanwhile_is_shown_before_it_is_done()
    {
        var ledger = await SkillAsync("to-outdate", versions: 2);
        await using var tab = await console.OpenAsync("/console/skills/to-outdate/change/roll-back?version=1");
        (await ApproveAsync(ledger, "to-outdate", 1)).Status.ShouldBe(200);
        await ledger.SettleAsync();
        var before = await VersionAsync(ledger, "to-outdate");

        var answer = await SendAsync(tab, "so that it is back");

        answer.ShouldBe(412);
        (await tab.Page.InnerTextAsync(".banner.bad")).ShouldContain("Nothing was done: things have changed since you were shown what would change.");
        (await VersionAsync(ledger, "to-outdate")).ShouldBe(before);
        (await tab.Page.InputValueAsync("#reason")).ShouldBe("so that it is back");
        await ShouldHappenAsShownAsync(ledger, tab, "to-outdate", "so that it is back");
    }

    [Fact]
    public async Task What_was_cannot_be_changed()
    {
        var ledger = await SkillAsync("to-leave");
        var leaf = (await ledger.ReadAsync("/api/skills/to-leave/versions/1")).GetProperty("version").GetProperty("leaf").GetInt64();
        await using var tab = await console.OpenAsync($"/console/skills/to-leave/change?asOf={leaf}");
        (await tab.Page.Locator("main form").CountAsync()).ShouldBe(0);
        await tab.GoAsync($"/console/skills/to-leave/change/approve?version=1&asOf={leaf}");
        (await tab.Page.Locator("main form").CountAsync()).ShouldBe(0);

        await tab.GoAsync("/console/skills/to-leave/change/approve?version=1");
        await tab.Page.EvaluateAsync($"() => document.querySelector('form.deed').action += '&asOf={leaf}'");
        var before = await VersionAsync(ledger, "to-leave");
        (await SendAsync(tab, "for the record")).ShouldBe(409);

        (await tab.Page.InnerTextAsync(".banner.bad")).ShouldContain("what was cannot be changed");
        (await VersionAsync(ledger, "to-leave")).ShouldBe(before);
    }

    [Fact]
    public async Task Nothing_is_done_without_a_reason()
    {
        var ledger = await SkillAsync("to-reason");
        await using var tab = await console.OpenAsync("/console/skills/to-reason/change/revoke?version=1");
        var before = await VersionAsync(ledger, "to-reason");
        await tab.Page.EvaluateAsync("() => document.querySelector('#reason').required = false");

        (await SendAsync(tab, " \n\t ")).ShouldBe(400);

        (await tab.Page.InnerTextAsync(".banner.bad")).ShouldContain("a reason is needed");
        (await VersionAsync(ledger, "to-reason")).ShouldBe(before);
    }

    [Fact]
    public async Task A_form_that_another_page_sends_changes_nothing()
    {
        var ledger = await SkillAsync("to-protect");
        await using var tab = await console.OpenAsync("/console/skills/to-protect/change/revoke?version=1");
        var fields = await tab.Page.EvaluateAsync<Dictionary<string, string>>("() => Object.fromEntries(new FormData(document.querySelector('form.deed')))");
        fields["reason"] = "because";
        var cookie = (await tab.Page.Context.CookiesAsync()).Single();
        cookie.SameSite.ShouldBe(SameSiteAttribute.Strict);
        cookie.HttpOnly.ShouldBeTrue();
        var before = await VersionAsync(ledger, "to-protect");

        (await PostAsync(ledger, fields, cookie, "https://evil.example", "cross-site")).ShouldBe(HttpStatusCode.Forbidden);
        (await PostAsync(ledger, fields, cookie, null, "cross-site")).ShouldBe(HttpStatusCode.Forbidden);
        (await PostAsync(ledger, fields, null, null, null)).ShouldBe(HttpStatusCode.BadRequest);
        (await PostAsync(ledger, fields.Where(f => f.Key != "__RequestVerificationToken"), cookie, null, null)).ShouldBe(HttpStatusCode.BadRequest);
        (await VersionAsync(ledger, "to-protect")).ShouldBe(before);
        // Else all of this would prove nothing.
        (await PostAsync(ledger, fields, cookie, null, null)).ShouldBe(HttpStatusCode.Found);
        (await VersionAsync(ledger, "to-protect")).ShouldBeGreaterThan(before);
    }

    [Fact]
    public async Task A_form_that_is_sent_twice_has_its_effect_once()
    {
        var ledger = await SkillAsync("to-send-twice", versions: 2);
        await using var tab = await console.OpenAsync("/console/skills/to-send-twice/change/roll-back?version=1");
        var fields = await tab.Page.EvaluateAsync<Dictionary<string, string>>("() => Object.fromEntries(new FormData(document.querySelector('form.deed')))");
        fields["reason"] = "pressed twice";
        var cookie = (await tab.Page.Context.CookiesAsync()).Single();

        (await PostAsync(ledger, fields, cookie, null, null, "to-send-twice/change/roll-back?version=1")).ShouldBe(HttpStatusCode.Found);
        (await PostAsync(ledger, fields, cookie, null, null, "to-send-twice/change/roll-back?version=1")).ShouldBe(HttpStatusCode.Found);

        (await ledger.ReadAsync("/api/skills/to-send-twice")).GetProperty("skill").GetProperty("versions").GetInt32().ShouldBe(3);
    }

    private async Task<ServedLedger> SkillAsync(params string[] names) => await SkillAsync(names, 1);

    private Task<ServedLedger> SkillAsync(string name, int versions) => SkillAsync([name], versions);

    private async Task<ServedLedger> SkillAsync(IReadOnlyList<string> names, int versions)
    {
        var ledger = await console.LedgerAsync();
        for (var version = 1; version <= versions; version++)
        {
            foreach (var name in names) await ledger.ImportAsync(Written.Skill(name, $"Do this {version} times, then that of {name}.", name));
            await ledger.SettleAsync();
        }
        return ledger;
    }

    private static Task<Answer> ApproveAsync(ServedLedger ledger, string skill, int version) =>
        ledger.PostAsync($"/api/skills/{skill}/approve", new JsonObject { ["version"] = version, ["reason"] = "read" });

    // Sends the form and holds what went on record against what the page had said would.
    private static async Task ShouldHappenAsShownAsync(ServedLedger ledger, Tab tab, string skill, string reason)
    {
        var shown = await tab.Page.Locator("section.change").First.Locator(".would-be li").AllTextContentsAsync();
        shown.ShouldNotBeEmpty();
        var rows = await tab.Page.Locator("section.change >> nth=0 >> tr.of-alias").AllInnerTextsAsync();
        var before = await VersionAsync(ledger, skill);
        (await SendAsync(tab, reason)).ShouldBe(200);
        (await ToldSinceAsync(ledger, skill, before)).ShouldBe(shown);
        var aliases = (await ledger.ReadAsync($"/api/skills/{skill}/aliases")).GetProperty("aliases").EnumerateArray().ToDictionary(a => a.Text("alias"), a => a.GetProperty("version").GetInt32());
        foreach (var cells in rows.Select(r => r.Split('\t', StringSplitOptions.TrimEntries)).Where(c => c.Length > 2))
            (aliases.TryGetValue(cells[0], out var version) ? $"v{version}" : "nothing").ShouldBe(cells[2].Split(' ')[0]);
    }

    private static async Task<int> SendAsync(Tab tab, string reason)
    {
        await tab.Page.FillAsync("#reason", reason);
        var arrived = new TaskCompletionSource();
        tab.Page.FrameNavigated += (_, _) => arrived.TrySetResult();
        var answer = await tab.Page.RunAndWaitForResponseAsync(() => tab.Page.ClickAsync("form.deed button"), r => r.Request.IsNavigationRequest && r.Status != (int)HttpStatusCode.Found);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        await tab.Page.Locator("footer").WaitForAsync();
        return answer.Status;
    }

    private static async Task<long> SeenAsync(Tab tab) => long.Parse((await tab.Page.GetAttributeAsync("input[name=seen]", "value"))!, null);

    private static async Task<long> VersionAsync(ServedLedger ledger, string skill) =>
        (await ledger.Store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, skill), ct: Stop))[^1].Version;

    private static async Task<IEnumerable<string>> ToldSinceAsync(ServedLedger ledger, string skill, long version) =>
        (await ledger.Store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, skill), version, ct: Stop)).Select(e => EventSummary.Of(e.Event));

    private static async Task<HttpStatusCode> PostAsync(
        ServedLedger ledger, IEnumerable<KeyValuePair<string, string>> fields, BrowserContextCookiesResult? cookie, string? origin, string? site, string path = "to-protect/change/revoke?version=1")
    {
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = ledger.Http.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/console/skills/{path}") { Content = new FormUrlEncodedContent(fields) };
        if (cookie is not null) request.Headers.Add("Cookie", $"{cookie.Name}={cookie.Value}");
        if (origin is not null) request.Headers.Add("Origin", origin);
        if (site is not null) request.Headers.Add("Sec-Fetch-Site", site);
        using var answer = await client.SendAsync(request, Stop);
        return answer.StatusCode;
    }
}
