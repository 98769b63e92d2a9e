using System.Net;
using System.Text.RegularExpressions;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Api;

/// <summary>Tokens of the console's forms: what protects them lies in the database, encrypted.</summary>
public sealed partial class ConsoleFormTests(PostgresFixture postgres)
{
    private const string Change = "/console/skills/open-form/change/roll-back?version=1";

    [Fact]
    public async Task A_form_that_was_open_while_the_program_was_restarted_is_taken_by_it_and_by_any_other_on_the_same_database()
    {
        await using var first = await HandDrivenLedger.StartAsync(postgres);
        await first.ImportAsync(Written.Skill("open-form", "One."));
        await first.ImportAsync(Written.Skill("open-form", "Two."));
        await first.SettleAsync();
        var (fields, cookie) = await OpenAsync(first);
        await using var second = await HandDrivenLedger.StartAsync(postgres, existing: first);

        (await SendAsync(second, fields.Where(f => f.Key != "__RequestVerificationToken"), cookie)).ShouldBe(HttpStatusCode.BadRequest);
        (await SendAsync(second, fields, cookie)).ShouldBe(HttpStatusCode.Found);

        var bodies = await first.ScalarAsync<string>("select string_agg(encode(wrapped_key || body, 'escape'), '') from ledger.form_keys");
        bodies.ShouldNotContain("masterKey", customMessage: "the keys must not stand there to be read");
    }

    private static async Task<(Dictionary<string, string> Fields, string Cookie)> OpenAsync(HandDrivenLedger ledger)
    {
        var page = await ledger.GetAsync(Change, ("Accept", "text/html"));
        page.Status.ShouldBe(200, page.Text);
        var fields = HiddenField().Matches(page.Text).ToDictionary(m => m.Groups["name"].Value, m => WebUtility.HtmlDecode(m.Groups["value"].Value));
        fields["reason"] = "typed before the restart";
        fields["_handler"] = "change";
        return (fields, page.Headers["Set-Cookie"].Split(';')[0]);
    }

    private static async Task<HttpStatusCode> SendAsync(HandDrivenLedger ledger, IEnumerable<KeyValuePair<string, string>> fields, string cookie)
    {
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = ledger.Http.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, Change) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.Add("Cookie", cookie);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex HiddenField();
}
