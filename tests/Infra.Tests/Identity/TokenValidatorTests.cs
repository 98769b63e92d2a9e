using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Pipeline.Infra.Identity;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Identity;

public sealed class TokenValidatorTests : IAsyncLifetime
{
    private readonly SettableTime _time = new();
    private TestIssuer issuer = null!;
    private SigningKeys keys = null!;
    private TokenValidator validator = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        issuer = await TestIssuer.StartAsync();
        var options = Options();
        keys = new(options, _time);
        validator = new(options, keys, _time);
    }

    public async ValueTask DisposeAsync()
    {
        keys.Dispose();
        await issuer.DisposeAsync();
    }

    [Fact]
    public async Task A_token_says_who_calls_and_with_which_roles()
    {
        var application = (await JudgeAsync(issuer.Token("Emitter", "Something"))).ShouldBeOfType<TokenVerdict.Accepted>();
        (application.Tenant, application.Subject, application.IsPerson).ShouldBe((TestIssuer.Tenant, TestIssuer.Person, false));
        application.Roles.ShouldBe(["Emitter", "Something"]);

        (await JudgeAsync(issuer.TokenOf("p", "Admin"))).ShouldBeOfType<TokenVerdict.Accepted>().IsPerson.ShouldBeTrue();
        (await JudgeAsync(issuer.Token())).ShouldBeOfType<TokenVerdict.Accepted>().Roles.ShouldBeEmpty();
        // One role alone may come as a text.
        (await JudgeAsync(issuer.Token(p => p["roles"] = "Admin"))).ShouldBeOfType<TokenVerdict.Accepted>().Roles.ShouldBe(["Admin"]);
    }

    [Theory]
    [InlineData("iss", "https://login.microsoftonline.com/other/v2.0", "another authority issued it")]
    [InlineData("iss", null, "another authority issued it")]
    [InlineData("aud", "99999999-9999-9999-9999-999999999999", "it is for another application")]
    [InlineData("aud", null, "it is for another application")]
    [InlineData("tid", "aaaaaaaa-0000-0000-0000-000000000002", "it is for a caller of another tenant")]
    [InlineData("tid", null, "it is for a caller of another tenant")]
    [InlineData("oid", null, "it does not say who calls (`oid`)")]
    [InlineData("oid", "a/b", "it does not say who calls (`oid`)")]
    [InlineData("azp", null, "it is no access token (`azp` is missing)")]
    [InlineData("exp", null, "it has expired")]
    public async Task A_token_for_others_or_from_others_is_refused(string claim, string? value, string why) =>
        await RefusedAsync(issuer.Token(p => _ = value is null ? p.Remove(claim) : (p[claim] = value) is null), why);

    [Theory]
    [InlineData(-119, null)]
    [InlineData(-121, "it has expired")]
    public async Task A_token_that_just_expired_counts_as_long_as_clocks_may_differ(int secondsLeft, string? why) =>
        await InTimeAsync(p => p["exp"] = _time.GetUtcNow().ToUnixTimeSeconds() + secondsLeft, why);

    [Theory]
    [InlineData(119, null)]
    [InlineData(121, "it is not valid yet")]
    public async Task A_token_from_the_future_is_not_valid_yet(int secondsAhead, string? why) =>
        await InTimeAsync(p => p["nbf"] = _time.GetUtcNow().ToUnixTimeSeconds() + secondsAhead, why);

    [Theory]
    [InlineData("RS256")]
    [InlineData("PS256")]
    public async Task Signatures_by_RSA_hold_in_both_paddings(string algorithm) =>
        (await JudgeAsync(issuer.Token(_ => { }, header: h => h["alg"] = algorithm))).ShouldBeOfType<TokenVerdict.Accepted>();

    [Fact]
    public async Task Signatures_by_an_elliptic_curve_hold()
    {
        issuer.Add("curve", ECDsa.Create(ECCurve.NamedCurves.nistP256));
        issuer.Current = "curve";
        (await JudgeAsync(issuer.Token("Reader"))).ShouldBeOfType<TokenVerdict.Accepted>();
    }

    [Fact]
    public async Task No_token_counts_without_a_signature_by_a_published_key()
    {
        var good = issuer.Token("Reader");
        const string algorithm = "its signature's algorithm is not taken: RS, PS or ES with 256, 384 or 512 are";
        await RefusedAsync(issuer.Token(_ => { }, header: h => h["alg"] = "none", sign: _ => []), algorithm);
        await RefusedAsync(issuer.Token(_ => { }, header: h => h["alg"] = "HS256", sign: text => HMACSHA256.HashData(issuer.PublicBytes("first"), text)), algorithm);
        await RefusedAsync(issuer.Token(_ => { }, header: h => h.Remove("alg")), algorithm);
        await RefusedAsync(issuer.Token(_ => { }, header: h => h.Remove("kid")), "it does not name its key (`kid`)");
        await RefusedAsync(issuer.Token(_ => { }, header: h => h["crit"] = new JsonArray("b64")), "it asks for something (`crit`) that is not known here");
        using var other = RSA.Create(2048);
        await RefusedAsync(issuer.Token(_ => { }, sign: text => TestIssuer.Sign(other, text, "RS256")), "its signature does not hold");
        await RefusedAsync(issuer.Token(_ => { }, header: h => h["jwk"] = new JsonObject { ["kty"] = "RSA" }, sign: text => TestIssuer.Sign(other, text, "RS256")), "its signature does not hold");
        await RefusedAsync(issuer.Token(_ => { }, sign: _ => []), "its signature does not hold");
        var parts = good.Split('.');
        var forged = issuer.Token("Admin").Split('.')[1];
        await RefusedAsync($"{parts[0]}.{forged}.{parts[2]}", "its signature does not hold");
        await RefusedAsync(issuer.Token(_ => { }, header: h => h["kid"] = "made-up"), "it is signed by a key that its issuer does not publish");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b.c")]
    [InlineData("..")]
    [InlineData("a.b.c.d.e")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.e30.")]
    public async Task What_is_no_token_is_refused(string text) => (await JudgeAsync(text)).ShouldBeOfType<TokenVerdict.Refused>();

    [Fact]
    public async Task A_token_that_is_too_long_is_not_looked_at()
    {
        await RefusedAsync(issuer.Token(p => p["x"] = new string('x', TokenValidator.Longest)), "it is no signed token (three parts, base64url)");
        issuer.Asked.ShouldBe(0);
    }

    [Fact]
    public async Task A_key_too_short_to_be_trusted_is_no_key()
    {
        issuer.Add("short", RSA.Create(1024));
        issuer.Current = "short";
        await RefusedAsync(issuer.Token("Reader"), "it is signed by a key that its issuer does not publish");
    }

    [Fact]
    public async Task A_new_key_counts_at_once_and_made_up_ones_do_not_make_the_program_ask_again_and_again()
    {
        await AcceptedAsync();
        issuer.Add("second");
        issuer.Current = "second";
        _time.Pass(SigningKeys.LeastBetween);
        await AcceptedAsync();
        issuer.Asked.ShouldBe(2);

        for (var i = 0; i < 5; i++) await RefusedAsync(issuer.Token(_ => { }, header: h => h["kid"] = $"made-up-{i}"), "it is signed by a key that its issuer does not publish");
        issuer.Asked.ShouldBe(2);
        _time.Pass(SigningKeys.LeastBetween);
        await RefusedAsync(issuer.Token(_ => { }, header: h => h["kid"] = "made-up"), "it is signed by a key that its issuer does not publish");
        issuer.Asked.ShouldBe(3);
    }

    [Fact]
    public async Task A_key_that_was_withdrawn_stops_counting()
    {
        await AcceptedAsync();
        issuer.Add("second");
        var old = issuer.Token(p => p["exp"] = _time.GetUtcNow().AddDays(2).ToUnixTimeSeconds());
        issuer.Withdraw("first");
        await AcceptedAsync(old);
        _time.Pass(SigningKeys.FreshFor);
        await RefusedAsync(old, "it is signed by a key that its issuer does not publish");
    }

    [Fact]
    public async Task A_key_that_comes_under_the_name_of_another_takes_its_place()
    {
        await AcceptedAsync();
        var old = issuer.Token(p => p["exp"] = _time.GetUtcNow().AddDays(2).ToUnixTimeSeconds());
        issuer.Add("first");
        _time.Pass(SigningKeys.FreshFor);
        await RefusedAsync(old, "its signature does not hold");
        await AcceptedAsync();
    }

    [Fact]
    public async Task While_the_authority_is_away_the_known_keys_go_on()
    {
        await AcceptedAsync();
        issuer.Instead = _ => Results.StatusCode(503);
        _time.Pass(SigningKeys.FreshFor);
        await AcceptedAsync();
        await RefusedAsync(issuer.Token(_ => { }, header: h => h["kid"] = "new"), "it is signed by a key that its issuer does not publish");
    }

    [Fact]
    public async Task Without_any_key_nobody_is_let_in_and_it_is_asked_again_soon()
    {
        issuer.Instead = _ => Results.StatusCode(503);
        (await AwayAsync()).Message.ShouldEndWith("(ServiceUnavailable)");
        issuer.Instead = null;
        await AwayAsync();
        _time.Pass(TimeSpan.FromSeconds(5));
        await AcceptedAsync();
    }

    [Fact]
    public async Task What_the_authority_answers_is_not_believed_blindly()
    {
        async Task ShouldSay(string why)
        {
            (await AwayAsync()).Message.ShouldBe($"the authority that issues tokens gives no keys: {why}");
            _time.Pass(TimeSpan.FromSeconds(5));
        }

        issuer.Configuration = c => c["issuer"] = "https://evil.test/v2.0";
        await ShouldSay("its configuration is another issuer's");
        issuer.Configuration = c => c["jwks_uri"] = "http://127.0.0.2:1/keys";
        await ShouldSay("its keys are elsewhere than its configuration");
        issuer.Configuration = c => c.Remove("jwks_uri");
        await ShouldSay("its keys are elsewhere than its configuration");
        issuer.Configuration = _ => { };
        issuer.Instead = _ => Results.Redirect("http://127.0.0.2:1/");
        await ShouldSay("it cannot be reached or answers otherwise (Found)");
        issuer.Instead = _ => Results.Text("<html>");
        await ShouldSay("its answer cannot be read");
        issuer.Instead = _ => Results.Text(new string(' ', SigningKeys.LargestAnswer + 1));
        (await AwayAsync()).Message.ShouldContain("cannot be reached or answers otherwise");
    }

    private IdentityOptions Options() => IdentityOptions.Read(issuer.Settings.Select(s => KeyValuePair.Create(s.Key["Identity__".Length..], (string?)s.Value)))!;

    private Task<TokenVerdict> JudgeAsync(string token) => validator.JudgeAsync(token, Stop);

    private async Task AcceptedAsync(string? token = null) =>
        (await JudgeAsync(token ?? issuer.Token(p => p["exp"] = _time.GetUtcNow().AddHours(1).ToUnixTimeSeconds()))).ShouldBeOfType<TokenVerdict.Accepted>();

    private async Task RefusedAsync(string token, string why) => (await JudgeAsync(token)).ShouldBe(new TokenVerdict.Refused(why));

    private async Task InTimeAsync(Action<JsonObject> payload, string? why)
    {
        var verdict = await JudgeAsync(issuer.Token(payload, now: _time.GetUtcNow()));
        if (why is null) verdict.ShouldBeOfType<TokenVerdict.Accepted>();
        else verdict.ShouldBe(new TokenVerdict.Refused(why));
    }

    private Task<SigningKeysAwayException> AwayAsync() => Should.ThrowAsync<SigningKeysAwayException>(() => JudgeAsync(issuer.Token("Reader")));

    private sealed class SettableTime : TimeProvider
    {
        private DateTimeOffset _now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());

        public override DateTimeOffset GetUtcNow() => _now;

        public void Pass(TimeSpan time) => _now += time;
    }
}
