using System.Net;
using System.Net.Http.Headers;
using Pipeline.Browser.Tests.Running;

namespace Pipeline.Browser.Tests;

public sealed class FrameTests(ConsoleFixture console)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_browser_that_asks_for_the_root_sees_the_overview()
    {
        await using var tab = await console.OpenAsync("/");

        tab.Path.ShouldBe("/console");
        (await tab.Page.TitleAsync()).ShouldBe("Overview – Skill pipeline");
        (await tab.Page.Locator("nav[aria-label=Console] a[aria-current]").AllInnerTextsAsync()).ShouldBe(["Overview"]);
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task Filters_stand_in_the_address_and_work_without_script()
    {
        await using var tab = await console.OpenAsync("/console/skills", Looks.Usual with { Script = false });

        await tab.Page.FillAsync("#q", "etiquette");
        await tab.Page.ClickAsync("form[role=search] button");

        tab.Path.ShouldContain("q=etiquette");
        (await tab.Page.Locator("tbody tr").CountAsync()).ShouldBe(1);
        (await tab.Page.InputValueAsync("#q")).ShouldBe("etiquette");
    }

    [Fact]
    public async Task A_moment_is_kept_in_every_link_and_said_on_every_page()
    {
        await using var tab = await console.OpenAsync("/console/skills");
        var now = await tab.Page.Locator("tbody tr").CountAsync();

        await tab.Page.FillAsync("#as-of", "40");
        await tab.Page.PressAsync("#as-of", "Enter");

        (await tab.Page.InnerTextAsync(".banner.then")).ShouldStartWith("As of leaf 40");
        (await tab.Page.Locator("tbody tr").CountAsync()).ShouldBeLessThan(now);
        await tab.Page.ClickAsync("nav[aria-label=Console] a:text('Skills')");
        tab.Path.ShouldContain("asOf=40");
        await tab.Page.ClickAsync("text=Back to now");
        (await tab.Page.Locator(".banner.then").CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task What_is_no_moment_is_said_to_be_none()
    {
        await using var tab = await console.OpenAsync("/console/skills?asOf=yesterday<b>");

        (await tab.Page.InnerTextAsync(".banner.bad")).ShouldContain("“yesterday<b>” is neither a leaf nor a time");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task Before_the_first_leaf_there_was_nothing()
    {
        await using var tab = await console.OpenAsync("/console/skills?asOf=2001-01-01");

        (await tab.Page.InnerTextAsync(".banner.then")).ShouldStartWith("Before the first leaf.");
        (await tab.TextAsync()).ShouldContain("There is no skill yet.");
        await tab.GoAsync("/console/timeline?asOf=2001-01-01");
        (await tab.TextAsync()).ShouldContain("Nothing on record is like that.");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task A_page_that_is_not_there_is_a_page_with_status_404()
    {
        await using var tab = await console.OpenAsync("/console/skills");

        (await tab.GoAsync("/console/nothing/like/this")).ShouldBe(404);
        (await tab.Page.InnerTextAsync("h1")).ShouldBe("There is no such page");
        await tab.ShouldBehaveAsync();
    }

    [Fact]
    public async Task Every_answer_says_what_a_page_may_do()
    {
        var http = (await console.LedgerAsync()).Http;
        foreach (var path in (string[])["/console/skills", "/console/nothing", "/console/skills?page=x"])
        {
            using var answer = await http.GetAsync(path, Stop);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            policy.ShouldStartWith("default-src 'none'; ");
            policy.ShouldContain("frame-ancestors 'none'");
            policy.ShouldContain("form-action 'self'");
            policy.ShouldNotContain("unsafe");
            answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
            answer.Headers.GetValues("Referrer-Policy").ShouldBe(["same-origin"]);
            answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Who_is_no_browser_is_greeted_at_the_root_as_before()
    {
        var http = (await console.LedgerAsync()).Http;

        (await http.GetStringAsync("/", Stop)).ShouldStartWith("pipeline ");
    }

    [Fact]
    public async Task Another_name_and_another_origin_are_refused()
    {
        var http = (await console.LedgerAsync()).Http;

        (await SendAsync(http, HttpMethod.Get, r => r.Headers.Host = "evil.example")).ShouldBe(HttpStatusCode.Forbidden);
        (await SendAsync(http, HttpMethod.Post, r => r.Headers.Add("Origin", "https://evil.example"))).ShouldBe(HttpStatusCode.Forbidden);
        (await SendAsync(http, HttpMethod.Post, r => r.Headers.Add("Origin", "null"))).ShouldBe(HttpStatusCode.Forbidden);
        (await SendAsync(http, HttpMethod.Post, r => r.Headers.Add("Sec-Fetch-Site", "cross-site"))).ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused()
    {
        var http = (await console.LedgerAsync()).Http;

        (await SendAsync(http, HttpMethod.Post, _ => { })).ShouldBe(HttpStatusCode.BadRequest);
    }

    private static async Task<HttpStatusCode> SendAsync(HttpClient http, HttpMethod method, Action<HttpRequestMessage> change)
    {
        using var request = new HttpRequestMessage(method, "/console/skills");
        if (method == HttpMethod.Post) request.Content = new FormUrlEncodedContent([new("_handler", "x")]);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        change(request);
        using var answer = await http.SendAsync(request, Stop);
        return answer.StatusCode;
    }
}
